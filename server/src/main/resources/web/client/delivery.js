/** @import { Change, Entry, ReadAnswer, Served, SyncAnswer, Welcome } from "./types.js" */
import { fullJitter } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { asHongyanError, HongyanError } from "./errors.js";
import { ReorderBuffer } from "./reorder-buffer.js";

/** The node mends its own gaps; a client asks only after this, with as much again of jitter. */
const REPAIR_AFTER_MS = 500;
const PAGE = 100;
/** Who was away for longer than this many entries reads the newest page instead of all of them. */
const FAR_BEHIND = 1_000;

/**
 * Keeps every conversation up to date: orders pushes, repairs gaps from the log, and after an absence asks `sync` what
 * happened. A push is a hint; the log is the truth.
 *
 * Events, in an order in which they can be applied:
 * - `change`: what `sync` says of a conversation. The entries of one that is known follow as `entries`; of one that is
 *   new they are the end of its history, and all there is of it until more is read;
 * - `entries`: entries of one conversation, in the order of its log and each once;
 * - `restart`: forget what was delivered for this conversation (null: for all of them), it begins anew after `cursor`;
 * - `synced`: a sync has been worked through.
 * @extends {Emitter<{change: Change, entries: {conversation: string, served: Served[]},
 *   restart: {conversation: string | null, cursor: number}, synced: null}>}
 */
export class Delivery extends Emitter {
  /** @type {Map<string, ReorderBuffer>} */
  #buffers = new Map();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #repairs = new Map();
  /** @type {string | undefined} */
  #since;
  /** @type {string | null} */
  #epoch = null;
  /** @type {Promise<void> | null} */
  #syncing = null;
  #syncAgain = false;
  /** Counts restarts, so that an answer to an older question is not taken for a new one. */
  #generation = 0;

  /**
   * @param {object} options
   * @param {(type: string, data: object) => Promise<any>} options.request asks the server until it answers
   * @param {() => number} [options.random]
   */
  constructor({ request, random = Math.random }) {
    super();
    this.request = request;
    this.random = random;
  }

  /**
   * What is known of a conversation's order.
   * @param {string} conversation
   * @returns {number | undefined} everything up to this `seq` has been delivered
   */
  cursor(conversation) {
    return this.#buffers.get(conversation)?.cursor;
  }

  /**
   * Begins to follow a conversation that was just opened, before any push or sync names it.
   * @param {string} conversation
   * @param {number} lastSeq
   */
  track(conversation, lastSeq) {
    this.#buffer(conversation, lastSeq);
  }

  /** @param {Welcome} welcome */
  onWelcome(welcome) {
    if (this.#epoch !== null && this.#epoch !== welcome.epoch) this.reset();
    this.#epoch = welcome.epoch;
    return this.sync();
  }

  /** Drops all cursors: another person, or another state of the database. */
  reset() {
    this.#generation++;
    for (const timer of this.#repairs.values()) clearTimeout(timer);
    this.#repairs.clear();
    this.#buffers.clear();
    this.#since = undefined;
    this.emit("restart", { conversation: null, cursor: 0 });
  }

  /**
   * An entry that was pushed, or one of our own that was just acknowledged.
   * @param {Entry} entry
   */
  onEntry(entry) {
    this.#deliver(entry.conversation, this.#buffer(entry.conversation, entry.seq - 1).offer(entry, entry.seq));
    this.#mend(entry.conversation);
  }

  /**
   * Says that a conversation's log has an entry with this number: if it does not come by itself, it is read.
   * @param {string} conversation
   * @param {number} seq
   */
  expect(conversation, seq) {
    this.#buffer(conversation, seq - 1).expect(seq);
    this.#mend(conversation);
  }

  /**
   * Asks what happened meanwhile. At most one sync is under way; more wishes become one more.
   * @returns {Promise<void>} never fails: a sync that could not be done is repeated
   */
  sync() {
    if (this.#syncing) {
      this.#syncAgain = true;
      return this.#syncing;
    }
    const syncing = this.#syncPages()
      .catch((/** @type {unknown} */ error) => this.#syncFailed(asHongyanError(error)))
      .finally(() => {
        this.#syncing = null;
        if (!this.#syncAgain) return;
        this.#syncAgain = false;
        this.sync();
      });
    this.#syncing = syncing;
    return syncing;
  }

  /** @param {HongyanError} error */
  #syncFailed(error) {
    // Without a connection there is nothing to do: the next welcome syncs.
    if (error.kind === "disconnected" || error.kind === "offline") return;
    setTimeout(() => this.sync(), error.retryAfterMs ?? 1_000 + fullJitter(3, this.random));
  }

  /** @returns {Promise<void>} */
  async #syncPages() {
    for (let more = true; more;) {
      const generation = this.#generation;
      const before = new Map([...this.#buffers].map(([id, buffer]) => [id, buffer.cursor]));
      /** @type {SyncAnswer} */
      const answer = await this.request("sync", { since: this.#since });
      if (generation !== this.#generation) return this.#syncPages();
      if (answer.changes.some((change) => ahead(change, before))) {
        this.reset();
        return this.#syncPages();
      }
      for (const change of answer.changes) this.#apply(change);
      this.#since = answer.since;
      more = answer.more;
    }
    this.emit("synced", null);
  }

  /** @param {Change} change */
  #apply(change) {
    const id = change.conversation;
    const known = this.#buffers.get(id);
    const buffer = known ?? this.#buffer(id, change.lastSeq);
    this.emit("change", change);
    if (!known) return;
    for (const entry of [...change.entries].sort((a, b) => a.seq - b.seq)) {
      this.#deliver(id, buffer.offer(entry, change.lastSeq));
    }
    buffer.expect(change.lastSeq);
    if (buffer.head - buffer.cursor > FAR_BEHIND) {
      this.#buffers.set(id, new ReorderBuffer(buffer.head));
      this.emit("restart", { conversation: id, cursor: buffer.head });
    } else if (buffer.gap) {
      this.#repair(id, 0);
    }
  }

  /**
   * @param {string} conversation
   * @param {number} cursor where to begin if it is new
   */
  #buffer(conversation, cursor) {
    let buffer = this.#buffers.get(conversation);
    if (!buffer) {
      buffer = new ReorderBuffer(cursor);
      this.#buffers.set(conversation, buffer);
      this.emit("restart", { conversation, cursor });
    }
    return buffer;
  }

  /**
   * @param {string} conversation
   * @param {Served[]} served
   */
  #deliver(conversation, served) {
    if (served.length) this.emit("entries", { conversation, served });
  }

  /** @param {string} conversation */
  #mend(conversation) {
    const buffer = this.#buffers.get(conversation);
    if (!buffer?.gap || this.#repairs.has(conversation)) return;
    const delay = REPAIR_AFTER_MS * (1 + this.random());
    this.#repairs.set(
      conversation,
      setTimeout(() => this.#repair(conversation, 0), delay),
    );
  }

  /**
   * Reads from the cursor on until nothing is missing.
   * @param {string} conversation
   * @param {number} attempt
   */
  async #repair(conversation, attempt) {
    const buffer = this.#buffers.get(conversation);
    clearTimeout(this.#repairs.get(conversation));
    this.#repairs.delete(conversation);
    if (!buffer?.gap) return;
    const before = buffer.cursor;
    // Holds the place, so that pushes meanwhile do not begin a second repair.
    this.#repairs.set(
      conversation,
      setTimeout(() => {}, 0),
    );
    try {
      /** @type {ReadAnswer} */
      const page = await this.request("entries.read", { conversation, after: before, limit: PAGE, view: "all" });
      if (this.#buffers.get(conversation) !== buffer) return;
      this.#deliver(conversation, buffer.cover(page.entries, page.from, page.through, page.lastSeq));
    } catch {
      // Not ours to read, or not now: a later push or sync asks again.
    }
    this.#repairs.delete(conversation);
    if (!buffer.gap || this.#buffers.get(conversation) !== buffer) return;
    const stuck = buffer.cursor === before;
    if (stuck && attempt >= 6) return;
    const delay = stuck ? REPAIR_AFTER_MS + fullJitter(attempt, this.random) : 0;
    this.#repairs.set(
      conversation,
      setTimeout(() => this.#repair(conversation, stuck ? attempt + 1 : 0), delay),
    );
  }
}

/**
 * Whether we have seen entries that the log does not have: it was restored to an earlier state.
 * @param {Change} change
 * @param {Map<string, number>} cursors as they were when the question was asked
 */
function ahead(change, cursors) {
  return change.state === "member" && (cursors.get(change.conversation) ?? 0) > change.lastSeq;
}
