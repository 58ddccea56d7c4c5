/** @import { Appended, OutboxItem } from "./types.js" */
import { fullJitter } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { asHongyanError, HongyanError } from "./errors.js";
import { newClientId } from "./ids.js";

/** An error of the server's own is retried this often before the person is asked. */
const MAX_INTERNAL = 3;

/**
 * What was written and not yet acknowledged. Each message keeps one client id for life, so that however often it is
 * sent, by whichever tab, it is stored once. Per conversation one message is under way at a time, in the order of
 * writing; a refused one stays as failed and does not hold up the others.
 *
 * Each message is a storage key of its own: tabs share them without overwriting each other's, and one that is closed
 * leaves its messages to the next.
 *
 * Events: `changed` with the conversation; `acknowledged` once per message.
 * @extends {Emitter<{changed: string, acknowledged: {item: OutboxItem, answer: Appended}}>}
 */
export class Outbox extends Emitter {
  /** @type {Map<string, OutboxItem>} by client id, in the order of writing */
  #items = new Map();
  /** @type {Set<string>} conversations with a message under way */
  #busy = new Set();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #waits = new Map();
  /** @type {Map<string, number>} attempts by client id */
  #attempts = new Map();
  #open = false;
  #order = 0;

  /**
   * @param {object} options
   * @param {Storage} options.storage
   * @param {string} options.user whose messages these are
   * @param {(item: OutboxItem) => Promise<Appended>} options.send one attempt
   * @param {() => number} [options.random]
   */
  constructor({ storage, user, send, random = Math.random }) {
    super();
    this.storage = storage;
    this.user = user;
    this.prefix = `hongyan.outbox.${user}.`;
    this.send = send;
    this.random = random;
    this.#load();
  }

  /**
   * The messages of a conversation that its log does not show yet, oldest first.
   * @param {string} conversation
   * @returns {OutboxItem[]}
   */
  of(conversation) {
    return [...this.#items.values()].filter((item) => item.conversation === conversation);
  }

  /** How many are not acknowledged. */
  get size() {
    return [...this.#items.values()].filter((item) => item.state !== "sent").length;
  }

  /**
   * Takes a message; from here on it is sent as soon as that is possible.
   * @param {Pick<OutboxItem, "conversation" | "content" | "replyTo">} message
   * @returns {OutboxItem}
   */
  add(message) {
    const order = Math.max(this.#order + 1, Date.now());
    this.#order = order;
    /** @type {OutboxItem} */
    const item = { ...message, clientId: newClientId(), at: new Date().toISOString(), order, state: "queued" };
    this.#items.set(item.clientId, item);
    this.#save(item);
    this.emit("changed", item.conversation);
    this.#flush(item.conversation);
    return item;
  }

  /** There is a connection: everything that waits is sent. */
  open() {
    this.#open = true;
    for (const timer of this.#waits.values()) clearTimeout(timer);
    this.#waits.clear();
    for (const conversation of new Set([...this.#items.values()].map((item) => item.conversation))) {
      this.#flush(conversation);
    }
  }

  /** The connection is gone. What was under way is sent again when there is one. */
  close() {
    this.#open = false;
  }

  /** @param {string} clientId of a failed message */
  retry(clientId) {
    const item = this.#items.get(clientId);
    if (item?.state !== "failed") return;
    this.#attempts.delete(clientId);
    if (item.error?.kind === "conflict") {
      // The id is taken by another text: only a new one can help.
      this.#forget(clientId);
      this.add({ conversation: item.conversation, content: item.content, replyTo: item.replyTo });
      return;
    }
    this.#become(item, { state: "queued", error: undefined });
    this.#flush(item.conversation);
  }

  /** @param {string} clientId of a message that shall not be sent, or sent again */
  discard(clientId) {
    this.#forget(clientId);
  }

  /** Gives up everything: the person signs out. */
  clear() {
    for (const clientId of [...this.#items.keys()]) this.#forget(clientId);
  }

  /**
   * The log has this message: it needs no place here any more.
   * @param {string | undefined} clientId
   */
  delivered(clientId) {
    if (clientId) this.#forget(clientId);
  }

  /**
   * Another tab changed a message.
   * @param {string | null} key
   * @param {string | null} value
   */
  onStorage(key, value) {
    if (!key?.startsWith(this.prefix)) return;
    const clientId = key.slice(this.prefix.length);
    const item = this.#items.get(clientId);
    if (value !== null || !item || item.state === "sent" || this.#busy.has(item.conversation)) return;
    this.#items.delete(clientId);
    this.emit("changed", item.conversation);
  }

  /** @param {string} conversation */
  async #flush(conversation) {
    if (!this.#open || this.#busy.has(conversation) || this.#waits.has(conversation)) return;
    const item = this.of(conversation).find(({ state }) => state === "queued");
    if (!item) return;
    this.#busy.add(conversation);
    try {
      this.#acknowledged(item, await this.send(item));
    } catch (error) {
      this.#refused(item, asHongyanError(error));
    } finally {
      this.#busy.delete(conversation);
    }
    this.#flush(conversation);
  }

  /**
   * @param {OutboxItem} item
   * @param {Appended} answer
   */
  #acknowledged(item, answer) {
    this.storage.removeItem(this.prefix + item.clientId);
    this.#attempts.delete(item.clientId);
    // It may have been delivered before its answer came, or been discarded by the person.
    const kept = this.#items.get(item.clientId);
    if (kept) this.#items.set(item.clientId, { ...kept, state: "sent" });
    this.emit("acknowledged", { item, answer });
    this.emit("changed", item.conversation);
  }

  /**
   * @param {OutboxItem} item
   * @param {HongyanError} error
   */
  #refused(item, error) {
    if (!this.#items.has(item.clientId)) return;
    const attempts = (this.#attempts.get(item.clientId) ?? 0) + 1;
    this.#attempts.set(item.clientId, attempts);
    // A socket closed for the size or the bytes of what it got would be closed again, for ever.
    const poison = ["closed.1007", "closed.1009", "closed.4003"].includes(error.reason);
    if (!poison && error.kind === "disconnected") return this.close();
    if (!poison && (error.retryable || (error.kind === "internal" && attempts < MAX_INTERNAL))) {
      this.#wait(item.conversation, error.retryAfterMs ?? fullJitter(attempts, this.random));
      return;
    }
    const { kind, reason, message } = error;
    this.#become(item, { state: "failed", error: { kind, reason, message } });
  }

  /**
   * @param {string} conversation
   * @param {number} ms
   */
  #wait(conversation, ms) {
    const timer = setTimeout(() => {
      this.#waits.delete(conversation);
      this.#flush(conversation);
    }, ms);
    this.#waits.set(conversation, timer);
  }

  /**
   * @param {OutboxItem} item
   * @param {Partial<OutboxItem>} change
   */
  #become(item, change) {
    const changed = { ...item, ...change };
    this.#items.set(item.clientId, changed);
    this.#save(changed);
    this.emit("changed", item.conversation);
  }

  /** @param {string} clientId */
  #forget(clientId) {
    const item = this.#items.get(clientId);
    if (!item) return;
    this.#items.delete(clientId);
    this.storage.removeItem(this.prefix + clientId);
    this.emit("changed", item.conversation);
  }

  /** @param {OutboxItem} item */
  #save(item) {
    try {
      this.storage.setItem(this.prefix + item.clientId, JSON.stringify(item));
    } catch {
      // Storage is full or forbidden: the message is still sent from memory, only a reload would lose it.
    }
  }

  #load() {
    /** @type {OutboxItem[]} */
    const found = [];
    for (let i = 0; i < this.storage.length; i++) {
      const key = this.storage.key(i);
      if (!key?.startsWith(this.prefix)) continue;
      try {
        found.push(JSON.parse(this.storage.getItem(key) ?? ""));
      } catch {
        // Not something that we wrote.
      }
    }
    for (const item of found.sort((a, b) => a.order - b.order)) {
      this.#items.set(item.clientId, item);
      this.#order = Math.max(this.#order, item.order);
    }
  }
}
