/**
 * The client module of Hongyan: everything between a page and the server. Any page can import it:
 *
 * ```js
 * import { Hongyan } from "https://chat.example/hongyan.js";
 * const hongyan = new Hongyan();
 * hongyan.on("entries", ({ conversation, served }) => served.forEach(({ entry }) => show(conversation, entry)));
 * hongyan.on("state", (state) => showConnection(state));
 * await hongyan.signIn({ username: "ada", password: "…" });
 * hongyan.send(conversation, { type: "text", text: "Hello" });
 * ```
 *
 * What it promises: a message given to `send` is stored once, in the order of writing, also across reloads and lost
 * connections; `entries` come in the order of each conversation's log, without gaps and without duplicates.
 *
 * @import { Appended, Change, ConnectionState, OutboxItem, PresenceState, ReadAnswer, Served, TextContent, User, Welcome } from "./client/types.js"
 */
import { requestWithRetry } from "./client/retry.js";
import { Connection } from "./client/connection.js";
import { Delivery } from "./client/delivery.js";
import { Emitter } from "./client/emitter.js";
import { asHongyanError, HongyanError } from "./client/errors.js";
import { newClientId } from "./client/ids.js";
import { Outbox } from "./client/outbox.js";
import { Session } from "./client/session.js";

export { asHongyanError, HongyanError, newClientId };

/**
 * @typedef {object} HongyanEvents
 * @property {User | null} user somebody signed in or out, here or in another tab
 * @property {ConnectionState} state
 * @property {Welcome} welcome a new socket is ready
 * @property {Change} change what a sync says of a conversation. The entries of one that is known follow as `entries`;
 *   of one that is new (`restart` came just before) they are the end of its history
 * @property {{conversation: string, served: Served[]}} entries in order, each once
 * @property {{conversation: string | null, cursor: number}} restart forget the entries of this conversation (null: of
 *   all); those that follow begin after `cursor`, what was before is read with `history`
 * @property {null} synced everything that happened during an absence has been told
 * @property {null} syncRequired pushes may have been lost on an open connection: the log is being read; watch presence again
 * @property {string} outbox the messages of this conversation that wait have changed
 * @property {{conversation: string, user: string, seq: number}} read
 * @property {{conversation: string, user: string}} typing shown for six seconds
 * @property {PresenceState} presence
 * @property {{user: User}} profile
 */

/**
 * Every other push of the server is emitted under its type, with its data.
 * @extends {Emitter<HongyanEvents & Record<string, any>>}
 */
export class Hongyan extends Emitter {
  /** @type {Outbox | null} */
  outbox = null;

  /**
   * @param {object} [options] all have defaults that fit a page served by the server
   * @param {string} [options.base] the server's address
   * @param {Storage} [options.storage] keeps the refresh token and the outbox
   * @param {typeof globalThis.fetch} [options.fetch]
   * @param {typeof globalThis.WebSocket} [options.WebSocket]
   */
  constructor({ base = new URL(".", import.meta.url).href, storage = globalThis.localStorage, fetch, WebSocket } = {}) {
    super();
    this.storage = storage;
    this.session = new Session({ base, storage, fetch });
    this.connection = new Connection({
      url: new URL("ws", base).href.replace(/^http/, "ws"),
      token: (refused) => this.session.token(refused),
      accepts: () =>
        this.session.http("GET", "me").then(
          () => true,
          (error) => asHongyanError(error).status !== 401,
        ),
      WebSocket,
    });
    this.delivery = new Delivery({ request: (type, data) => this.request(type, data) });
    this.#wire();
  }

  /** Who is signed in, or null. */
  get user() {
    return this.session.user;
  }

  /** The state of the connection. */
  get state() {
    return this.connection.state;
  }

  /** Connects if somebody is signed in; afterwards the connection keeps itself. */
  start() {
    if (!this.user) return;
    if (this.outbox?.user !== this.user.id) this.#openOutbox(this.user.id);
    this.connection.start();
  }

  /** Closes the connection and stays signed in. */
  stop() {
    this.outbox?.close();
    this.connection.stop();
  }

  /** @param {{username: string, password: string, displayName?: string, device?: string}} account */
  register(account) {
    return this.session.register(account);
  }

  /** @param {{username: string, password: string, device?: string}} who */
  signIn(who) {
    return this.session.signIn(who);
  }

  signOut() {
    return this.session.signOut();
  }

  /**
   * Whether the node at the other end knows this frame type. What it does not know is not to be sent.
   * @param {string} type
   */
  supports(type) {
    return this.connection.welcome?.features.includes(type) ?? false;
  }

  /**
   * An HTTP call as the person signed in.
   * @param {string} method
   * @param {string} path below `/api/v1/`
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  http(method, path, body) {
    return this.session.http(method, path, body);
  }

  /**
   * A request that is safe to repeat: it waits for a connection and is sent again until there is an answer.
   * @param {string} type
   * @param {object} data
   * @param {{withinMs?: number, wanted?: () => boolean}} [options] `wanted` is asked before each time that it is sent
   * @returns {Promise<any>} the answer's data
   * @throws {HongyanError} the server's refusal, or why there was no answer in time
   */
  request(type, data, { withinMs = 20_000, wanted } = {}) {
    return requestWithRetry(this.connection, type, data, withinMs, wanted);
  }

  /**
   * Tells the server something that is not worth repeating, such as typing. Fails in silence.
   * @param {string} type
   * @param {object} data
   */
  notify(type, data) {
    this.connection.request(type, data).catch(() => {});
  }

  /**
   * Writes a message: at once if there is a connection, else when there is one again.
   * @param {string} conversation
   * @param {TextContent} content
   * @param {number} [replyTo]
   * @returns {OutboxItem}
   */
  send(conversation, content, replyTo) {
    if (!this.outbox) throw new HongyanError({ kind: "unauthenticated", message: "not signed in" });
    return this.outbox.add({ conversation, content, replyTo });
  }

  /** @param {string} conversation @param {number} seq */
  recall(conversation, seq) {
    return this.#appendOwn("message.recall", "recall", conversation, { seq });
  }

  /** @param {string} conversation @param {number} seq @param {TextContent} content */
  edit(conversation, seq, content) {
    return this.#appendOwn("message.edit", "edit", conversation, { seq, content });
  }

  /** @param {string} conversation @param {number} seq @param {string} emoji @param {boolean} [remove] */
  react(conversation, seq, emoji, remove = false) {
    return this.#appendOwn("message.react", "reaction", conversation, { seq, emoji, remove: remove || undefined });
  }

  /**
   * Changes a group; the entry that tells of it comes as one of `entries`.
   * @param {"group.add"|"group.remove"|"group.leave"|"group.rename"|"group.role"|"group.history"} type
   * @param {{conversation: string} & Record<string, any>} data
   */
  async changeGroup(type, data) {
    const { seq } = await this.request(type, { ...data, clientId: newClientId() });
    this.delivery.expect(data.conversation, seq);
  }

  /**
   * A request that appends an entry. With the same client id it is done once, however often it is sent. The entry comes as
   * one of `entries`.
   * @param {string} type
   * @param {{clientId: string} & Record<string, any>} data
   * @param {() => boolean} [wanted] asked before each attempt; false: it is not sent any more
   * @returns {Promise<any>} the answer's data
   */
  async append(type, data, wanted) {
    const answer = await this.request(type, data, { wanted });
    this.delivery.expect(answer.conversation ?? data.conversation, answer.seq);
    return answer;
  }

  /**
   * A page of what was before, newest last.
   * @param {string} conversation
   * @param {number} before
   * @param {{limit?: number, view?: "all" | "messages"}} [options]
   * @returns {Promise<ReadAnswer>}
   */
  history(conversation, before, { limit = 50, view = "messages" } = {}) {
    return this.request("entries.read", { conversation, before, limit, view });
  }

  /**
   * @param {string} type
   * @param {string} kind of the entry that it makes
   * @param {string} conversation
   * @param {Record<string, any>} content
   */
  async #appendOwn(type, kind, conversation, content) {
    const clientId = newClientId();
    const answer = await this.request(type, { conversation, clientId, ...content });
    this.#own({ conversation, kind, clientId, content }, answer);
  }

  /**
   * Puts an entry of ours into its place without waiting for its push.
   * @param {{conversation: string, kind: string, clientId: string, content: Record<string, any>}} entry
   * @param {Appended} answer
   */
  #own(entry, { seq, at }) {
    if (!this.user) return;
    if (at) this.delivery.onEntry({ ...entry, seq, at, sender: this.user.id });
    else this.delivery.expect(entry.conversation, seq);
  }

  #wire() {
    this.session.on("changed", (user) => {
      this.outbox?.close();
      this.outbox = null;
      this.connection.stop(user ? "idle" : "signed-out");
      this.delivery.reset();
      this.emit("user", user);
      this.start();
    });
    this.connection.on("state", (state) => {
      if (state !== "online") this.outbox?.close();
      this.emit("state", state);
      if (state === "signed-out") this.session.forget();
    });
    this.connection.on("welcome", (welcome) => {
      this.emit("welcome", welcome);
      this.outbox?.open();
      this.delivery.onWelcome(welcome);
    });
    this.connection.on("push", ({ type, data }) => this.#pushed(type, data));
    for (const type of /** @type {const} */ (["change", "entries", "restart", "synced"])) {
      this.delivery.on(type, (detail) => {
        if (type === "entries") this.#delivered(/** @type {HongyanEvents["entries"]} */ (detail).served);
        this.emit(type, /** @type {any} */ (detail));
      });
    }
    globalThis.addEventListener?.("online", () => this.connection.nudge());
    globalThis.addEventListener?.("offline", () => this.connection.nudge());
    globalThis.document?.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.connection.nudge();
    });
    globalThis.addEventListener?.("storage", (event) => {
      const { key, newValue } = /** @type {StorageEvent} */ (event);
      this.outbox?.onStorage(key, newValue);
    });
  }

  /** @param {string} type @param {any} data */
  #pushed(type, data) {
    if (type === "entry") this.delivery.onEntry(data);
    else if (type === "sync.required") {
      this.delivery.sync();
      this.emit("syncRequired", null);
    } else {
      this.emit(type, data);
    }
  }

  /** @param {Served[]} served */
  #delivered(served) {
    for (const { entry } of served) if (entry.sender === this.user?.id) this.outbox?.delivered(entry.clientId);
  }

  /** @param {string} user */
  #openOutbox(user) {
    const outbox = new Outbox({ storage: this.storage, user, send: (item) => this.#sendNow(item) });
    outbox.on("changed", (conversation) => this.emit("outbox", conversation));
    outbox.on("acknowledged", ({ item, answer }) => {
      const content = item.replyTo ? { ...item.content, replyTo: item.replyTo } : item.content;
      this.#own({ conversation: item.conversation, kind: "message", clientId: item.clientId, content }, answer);
      // A message from before a reload may have been stored then: its entry lies behind us and is not delivered again.
      if ((this.delivery.cursor(item.conversation) ?? 0) >= answer.seq) outbox.delivered(item.clientId);
    });
    this.outbox = outbox;
  }

  /** @param {OutboxItem} item */
  #sendNow({ conversation, clientId, content, replyTo }) {
    return this.connection.request("message.send", { conversation, clientId, content, replyTo });
  }
}
