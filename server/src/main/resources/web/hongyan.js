/**
 * The client module of Hongyan: connection, session, delivery and outbox. Any page can import it:
 *
 * ```js
 * import { Hongyan } from "https://chat.example/hongyan.js";
 * const hongyan = new Hongyan();
 * hongyan.on("entries", ({ conversation, snapshots }) => snapshots.forEach(({ entry }) => show(conversation, entry)));
 * hongyan.on("state", (state) => showConnection(state));
 * await hongyan.signIn({ username: "ada", password: "…" });
 * hongyan.send(conversation, { type: "text", text: "Hello" });
 * ```
 *
 * Guarantees: what is passed to `send` or `edit` is stored exactly once and in order, also across reloads and lost
 * connections; `entries` arrive in the order of each conversation's log, without gaps and without duplicates.
 *
 * @import { Appended, Change, ConnectionState, OutboxItem, PresenceState, ReadAnswer, EntrySnapshot, TextContent, User,
 *   Welcome } from "./client/types.js"
 */
import { requestWithRetry } from "./client/retry.js";
import { Connection } from "./client/connection.js";
import { Delivery } from "./client/delivery.js";
import { Emitter } from "./client/emitter.js";
import { asHongyanError, HongyanError } from "./client/errors.js";
import { newClientId } from "./client/ids.js";
import { Outbox } from "./client/outbox.js";
import { Session } from "./client/session.js";
import { deviceStorage, SafeStorage } from "./client/storage.js";

export { asHongyanError, HongyanError, newClientId };

/**
 * @typedef {object} HongyanEvents
 * @property {User | null} user a user signed in or out, here or in another tab
 * @property {ConnectionState} state
 * @property {Welcome} welcome a new socket is ready
 * @property {Change} change a conversation in the answer of a sync. If it was known, its entries follow as `entries`.
 *   If it is new (`restart` came just before), `change.entries` are the end of its history
 * @property {{conversation: string, snapshots: EntrySnapshot[]}} entries in order, each once
 * @property {{conversation: string | null, cursor: number}} restart drop the entries of this conversation (null: of
 *   all). The next ones begin after `cursor`; older ones can be read with `history`
 * @property {User[]} users profiles of users whom the next changes name
 * @property {null} synced everything that happened while there was no connection has been emitted
 * @property {null} syncRequired pushes may have been lost: a sync is running; watch presence and other subscriptions
 *   again
 * @property {string} outbox the waiting messages or edits of this conversation changed
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
  constructor({ base = new URL(".", import.meta.url).href, storage = deviceStorage, fetch, WebSocket } = {}) {
    super();
    this.storage = SafeStorage.of(storage);
    this.session = new Session({ base, storage: this.storage, fetch });
    this.connection = new Connection({
      url: new URL("ws", base).href.replace(/^http/, "ws"),
      token: (refused) => this.session.token(refused),
      accepts: () =>
        this.session.http("GET", "me").then(
          () => true,
          (error) => asHongyanError(error).status !== 401,
        ),
      refusal: () => this.session.socketRefusal(),
      WebSocket,
    });
    this.delivery = new Delivery({ request: (type, data) => this.request(type, data) });
    this.#wire();
  }

  /** The user who is signed in, or null. */
  get user() {
    return this.session.user;
  }

  /** The state of the connection. */
  get state() {
    return this.connection.state;
  }

  /** Connects if a user is signed in, and from then on reconnects by itself. */
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
   * Whether the connected node supports this frame type. Do not send a type that it does not support.
   * @param {string} type
   */
  supports(type) {
    return this.connection.welcome?.features.includes(type) ?? false;
  }

  /**
   * An HTTP request as the user.
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
   * @param {{withinMs?: number, shouldSend?: () => boolean}} [options] `shouldSend` is called before each attempt;
   *   false cancels
   * @returns {Promise<any>} the answer's data
   * @throws {HongyanError} the server's refusal, or why there was no answer in time
   */
  request(type, data, { withinMs = 20_000, shouldSend } = {}) {
    return requestWithRetry(this.connection, type, data, withinMs, shouldSend);
  }

  /**
   * Sends a request once and ignores its outcome, for example that the user is typing.
   * @param {string} type
   * @param {object} data
   */
  notify(type, data) {
    this.connection.request(type, data).catch(() => {});
  }

  /**
   * Sends a message: now if there is a connection, else as soon as there is one.
   * @param {string} conversation
   * @param {TextContent} content
   * @param {number} [replyTo]
   * @returns {OutboxItem}
   */
  send(conversation, content, replyTo) {
    return this.#queue({ conversation, content, replyTo });
  }

  /** @param {Pick<OutboxItem, "conversation" | "content" | "replyTo" | "edits">} item */
  #queue(item) {
    if (!this.outbox) throw new HongyanError({ kind: "unauthenticated", message: "not signed in" });
    return this.outbox.add(item);
  }

  /** @param {string} conversation @param {number} seq */
  recall(conversation, seq) {
    return this.#appendOwn("message.recall", "recall", conversation, { seq });
  }

  /**
   * Replaces the content of an own message: now if there is a connection, else as soon as there is one.
   * @param {string} conversation
   * @param {number} seq
   * @param {TextContent} content
   * @returns {OutboxItem}
   */
  edit(conversation, seq, content) {
    return this.#queue({ conversation, content, edits: seq });
  }

  /** @param {string} conversation @param {number} seq @param {string} emoji @param {boolean} [remove] */
  react(conversation, seq, emoji, remove = false) {
    return this.#appendOwn("message.react", "reaction", conversation, { seq, emoji, remove: remove || undefined });
  }

  /**
   * Changes a group. Its entry arrives as one of `entries`.
   * @param {"group.add"|"group.remove"|"group.leave"|"group.rename"|"group.role"|"group.history"} type
   * @param {{conversation: string} & Record<string, any>} data
   */
  async changeGroup(type, data) {
    const { seq } = await this.request(type, { ...data, clientId: newClientId() });
    this.delivery.expect(data.conversation, seq);
  }

  /**
   * A request that appends an entry. With the same client id it is done once, however often it is sent. The entry
   * arrives as one of `entries`.
   * @param {string} type
   * @param {{clientId: string} & Record<string, any>} data
   * @param {() => boolean} [shouldSend] called before each attempt; false cancels the request
   * @returns {Promise<any>} the answer's data
   */
  async append(type, data, shouldSend) {
    const answer = await this.request(type, data, { shouldSend });
    this.delivery.expect(answer.conversation ?? data.conversation, answer.seq);
    return answer;
  }

  /**
   * A page of history before an entry, in ascending order.
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
   * Delivers an own entry without waiting for its push.
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
      if (state === "signed-out") this.session.clear();
    });
    this.connection.on("welcome", (welcome) => {
      this.emit("welcome", welcome);
      this.outbox?.open();
      this.delivery.onWelcome(welcome);
    });
    this.connection.on("push", ({ type, data }) => this.#pushed(type, data));
    for (const type of /** @type {const} */ (["change", "entries", "restart", "synced", "users"])) {
      this.delivery.on(type, (detail) => {
        if (type === "entries") this.#delivered(/** @type {HongyanEvents["entries"]} */ (detail).snapshots);
        this.emit(type, /** @type {any} */ (detail));
      });
    }
    globalThis.addEventListener?.("online", () => this.connection.checkNow());
    globalThis.addEventListener?.("offline", () => this.connection.checkNow());
    globalThis.document?.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.connection.checkNow();
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

  /** @param {EntrySnapshot[]} snapshots */
  #delivered(snapshots) {
    for (const { entry } of snapshots) {
      if (entry.sender === this.user?.id) this.outbox?.delivered(entry.clientId);
      if (entry.kind === "recall") this.outbox?.recalled(entry.conversation, entry.content.seq);
    }
  }

  /** @param {string} user */
  #openOutbox(user) {
    const outbox = new Outbox({ storage: this.storage, user, send: (item) => this.#sendNow(item) });
    outbox.on("changed", (conversation) => this.emit("outbox", conversation));
    outbox.on("acknowledged", ({ item, answer }) => {
      const { conversation, clientId, content, replyTo, edits } = item;
      if (edits) this.#own({ conversation, kind: "edit", clientId, content: { seq: edits, content } }, answer);
      else {
        const full = replyTo ? { ...content, replyTo } : content;
        this.#own({ conversation, kind: "message", clientId, content: full }, answer);
      }
      // A message from before a reload may have been stored then. Its entry is before the cursor and is not delivered
      // again.
      if ((this.delivery.cursor(item.conversation) ?? 0) >= answer.seq) outbox.delivered(item.clientId);
    });
    this.outbox = outbox;
  }

  /** @param {OutboxItem} item */
  #sendNow({ conversation, clientId, content, replyTo, edits }) {
    if (edits) return this.connection.request("message.edit", { conversation, seq: edits, clientId, content });
    return this.connection.request("message.send", { conversation, clientId, content, replyTo });
  }
}
