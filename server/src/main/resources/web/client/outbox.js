/** @import { Appended, OutboxItem } from "./types.js" */
import { fullJitter } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { asHongyanError, HongyanError } from "./errors.js";
import { newClientId } from "./ids.js";
import { serverClock } from "./server-clock.js";
import { SafeStorage } from "./storage.js";

/** An internal server error is retried this often before the user is asked. */
const MAX_INTERNAL = 3;

/**
 * The messages and edits that are not acknowledged yet. Each keeps its client id, so that it is stored once, however
 * often and by whichever tab it is sent. Each conversation sends one at a time, in the order of writing; a refused one
 * stays as failed and does not block the others.
 *
 * Each message has its own storage key, so that tabs do not overwrite each other's, and another tab can send those of a
 * closed one.
 *
 * Events: `changed` with the conversation; `acknowledged` once per message.
 * @extends {Emitter<{changed: string, acknowledged: {item: OutboxItem, answer: Appended}}>}
 */
export class Outbox extends Emitter {
  /** @type {Map<string, OutboxItem>} by client id, in the order of writing */
  #items = new Map();
  /** @type {Set<string>} conversations that are sending a message */
  #busy = new Set();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #waits = new Map();
  /** @type {Map<string, number>} attempts by client id */
  #attempts = new Map();
  #open = false;
  #order = 0;

  /**
   * @param {object} options
   * @param {SafeStorage | Storage} options.storage
   * @param {string} options.user the sender
   * @param {(item: OutboxItem) => Promise<Appended>} options.send one attempt
   * @param {() => number} [options.random]
   */
  constructor({ storage, user, send, random = Math.random }) {
    super();
    this.storage = SafeStorage.of(storage);
    this.user = user;
    this.prefix = `hongyan.outbox.${user}.`;
    this.send = send;
    this.random = random;
    this.#load();
  }

  /**
   * The messages of a conversation that are not in its log yet, oldest first.
   * @param {string} conversation
   * @returns {OutboxItem[]}
   */
  of(conversation) {
    return this.#in(conversation).filter(({ edits }) => edits === undefined);
  }

  /**
   * The edits of a conversation that its log does not have yet, oldest first.
   * @param {string} conversation
   * @returns {OutboxItem[]}
   */
  editsOf(conversation) {
    return this.#in(conversation).filter(({ edits }) => edits !== undefined);
  }

  /** @param {string} conversation */
  #in(conversation) {
    return [...this.#items.values()].filter((item) => item.conversation === conversation);
  }

  /** How many are not acknowledged. */
  get size() {
    return [...this.#items.values()].filter((item) => item.state !== "sent").length;
  }

  /**
   * Takes a message or an edit and sends it as soon as possible. An edit replaces failed ones of the same message.
   * @param {Pick<OutboxItem, "conversation" | "content" | "replyTo" | "edits">} message
   * @returns {OutboxItem}
   */
  add(message) {
    const order = Math.max(this.#order + 1, Date.now());
    this.#order = order;
    /** @type {OutboxItem} */
    const item = { ...message, clientId: newClientId(), at: serverClock.iso(), order, state: "queued" };
    this.#items.set(item.clientId, item);
    this.#save(item);
    for (const edit of this.#editsOfSame(item)) if (edit.state === "failed") this.#remove(edit.clientId);
    this.emit("changed", item.conversation);
    this.#flush(item.conversation);
    return item;
  }

  /** There is a connection: sends everything that waits. */
  open() {
    this.#open = true;
    for (const timer of this.#waits.values()) clearTimeout(timer);
    this.#waits.clear();
    for (const conversation of new Set([...this.#items.values()].map((item) => item.conversation))) {
      this.#flush(conversation);
    }
  }

  /** The connection is lost. Unanswered messages are sent again on the next one. */
  close() {
    this.#open = false;
  }

  /** @param {string} clientId of a failed message */
  retry(clientId) {
    const item = this.#items.get(clientId);
    if (item?.state !== "failed") return;
    this.#attempts.delete(clientId);
    if (item.error?.kind === "conflict") {
      // The client id belongs to another message: only a new one can succeed.
      this.#remove(clientId);
      const { conversation, content, replyTo, edits } = item;
      this.add({ conversation, content, replyTo, edits });
      return;
    }
    this.#update(item, { state: "queued", error: undefined });
    this.#flush(item.conversation);
  }

  /** @param {string} clientId of a message that is not to be sent, or sent again */
  discard(clientId) {
    this.#remove(clientId);
  }

  /**
   * A message was recalled, so its edits no longer apply.
   * @param {string} conversation
   * @param {number} seq
   */
  recalled(conversation, seq) {
    for (const { edits, clientId } of this.editsOf(conversation)) if (edits === seq) this.#remove(clientId);
  }

  /** Removes everything: the user signs out. */
  clear() {
    for (const clientId of [...this.#items.keys()]) this.#remove(clientId);
  }

  /**
   * The log has this message: removes it.
   * @param {string | undefined} clientId
   */
  delivered(clientId) {
    if (clientId) this.#remove(clientId);
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
    const item = this.#in(conversation).find(({ state }) => state === "queued");
    if (!item) return;
    this.#busy.add(conversation);
    try {
      this.#onAnswer(item, await this.send(item));
    } catch (error) {
      this.#onError(item, asHongyanError(error));
    } finally {
      this.#busy.delete(conversation);
    }
    this.#flush(conversation);
  }

  /**
   * @param {OutboxItem} item
   * @param {Appended} answer
   */
  #onAnswer(item, answer) {
    this.storage.removeItem(this.prefix + item.clientId);
    this.#attempts.delete(item.clientId);
    // Its entry may have arrived before the answer, or the user may have discarded it.
    const kept = this.#items.get(item.clientId);
    if (kept) this.#items.set(item.clientId, { ...kept, state: "sent", seq: answer.seq });
    this.emit("acknowledged", { item, answer });
    this.emit("changed", item.conversation);
  }

  /**
   * @param {OutboxItem} item
   * @param {HongyanError} error
   */
  #onError(item, error) {
    if (!this.#items.has(item.clientId)) return;
    const attempts = (this.#attempts.get(item.clientId) ?? 0) + 1;
    this.#attempts.set(item.clientId, attempts);
    // The server closed the socket because of this frame, and would do so again.
    const rejected = ["closed.1007", "closed.1009", "closed.4003"].includes(error.reason);
    if (!rejected && error.kind === "disconnected") return this.close();
    if (!rejected && (error.retryable || (error.kind === "internal" && attempts < MAX_INTERNAL))) {
      this.#retryLater(item.conversation, error.retryAfterMs ?? fullJitter(attempts, this.random));
      return;
    }
    const { kind, reason, message } = error;
    const recalled = item.edits !== undefined && reason === "message.recalled";
    if (recalled || this.#editsOfSame(item).some(({ order }) => order > item.order)) {
      this.#remove(item.clientId);
      return;
    }
    this.#update(item, { state: "failed", error: { kind, reason, message } });
  }

  /** The other edits of the same message. @param {OutboxItem} item */
  #editsOfSame({ conversation, edits, clientId }) {
    return this.editsOf(conversation).filter((other) => other.edits === edits && other.clientId !== clientId);
  }

  /**
   * @param {string} conversation
   * @param {number} ms
   */
  #retryLater(conversation, ms) {
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
  #update(item, change) {
    const changed = { ...item, ...change };
    this.#items.set(item.clientId, changed);
    this.#save(changed);
    this.emit("changed", item.conversation);
  }

  /** @param {string} clientId */
  #remove(clientId) {
    const item = this.#items.get(clientId);
    if (!item) return;
    this.#items.delete(clientId);
    this.storage.removeItem(this.prefix + clientId);
    this.emit("changed", item.conversation);
  }

  /** @param {OutboxItem} item */
  #save(item) {
    this.storage.setItem(this.prefix + item.clientId, JSON.stringify(item));
  }

  #load() {
    /** @type {OutboxItem[]} */
    const found = [];
    for (const key of this.storage.keys()) {
      if (!key.startsWith(this.prefix)) continue;
      try {
        found.push(JSON.parse(this.storage.getItem(key) ?? ""));
      } catch {
        // Not written by this module.
      }
    }
    for (const item of found.sort((a, b) => a.order - b.order)) {
      this.#items.set(item.clientId, item);
      this.#order = Math.max(this.#order, item.order);
    }
  }
}
