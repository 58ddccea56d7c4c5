/** @import { Change, Entry, EntrySnapshot, ReadAnswer, SyncAnswer, User, Welcome } from "./types.js" */
import { fullJitter } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { asHongyanError, HongyanError } from "./errors.js";
import { ReorderBuffer } from "./reorder-buffer.js";

/** Nodes repair their own gaps; a client reads the log only after this delay, plus up to the same again as jitter. */
const REPAIR_AFTER_MS = 500;
const PAGE = 100;
/** A client that is further behind reads the newest page instead of all missing entries. */
const FAR_BEHIND = 1_000;

/**
 * Keeps every conversation up to date: orders pushes, repairs gaps from the log, and syncs after each reconnect. A push
 * is a hint; the log is the truth.
 *
 * Events, in the order in which they have to be applied:
 * - `change`: a conversation in the answer of `sync`. If it was known, its entries follow as `entries`; if it is new,
 *   `change.entries` are the end of its history;
 * - `entries`: entries of one conversation, in the order of its log and each once;
 * - `restart`: drop the entries of this conversation (null: of all); the next ones begin after `cursor`;
 * - `users`: profiles of users whom the next changes name;
 * - `synced`: a sync is complete.
 * @extends {Emitter<{change: Change, entries: {conversation: string, snapshots: EntrySnapshot[]},
 *   restart: {conversation: string | null, cursor: number}, users: User[], synced: null}>}
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
  /** Counts resets, so that an answer to an earlier request is ignored. */
  #generation = 0;

  /**
   * @param {object} options
   * @param {(type: string, data: object) => Promise<any>} options.request repeats the request until it is answered
   * @param {() => number} [options.random]
   */
  constructor({ request, random = Math.random }) {
    super();
    this.request = request;
    this.random = random;
  }

  /**
   * How far a conversation has been delivered.
   * @param {string} conversation
   * @returns {number | undefined} everything up to this `seq` has been delivered
   */
  cursor(conversation) {
    return this.#buffers.get(conversation)?.cursor;
  }

  /**
   * Follows a conversation that was just opened, before the first push or sync.
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

  /** Drops all cursors: another user signed in, or the database was restored. */
  reset() {
    this.#generation++;
    for (const timer of this.#repairs.values()) clearTimeout(timer);
    this.#repairs.clear();
    this.#buffers.clear();
    this.#since = undefined;
    this.emit("restart", { conversation: null, cursor: 0 });
  }

  /**
   * Takes an entry that was pushed, or an own one that was just acknowledged.
   * @param {Entry} entry
   */
  onEntry(entry) {
    this.#deliver(entry.conversation, this.#buffer(entry.conversation, entry.seq - 1).offer(entry, entry.seq));
    this.#scheduleRepair(entry.conversation);
  }

  /**
   * The log of the conversation has an entry with this number: if it is not pushed, it is read.
   * @param {string} conversation
   * @param {number} seq
   */
  expect(conversation, seq) {
    this.#buffer(conversation, seq - 1).expect(seq);
    this.#scheduleRepair(conversation);
  }

  /**
   * Syncs. At most one sync runs at a time; calls meanwhile cause one more.
   * @returns {Promise<void>} never rejects: a failed sync is repeated
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
    // The next welcome syncs.
    if (error.kind === "disconnected" || error.kind === "offline") return;
    setTimeout(() => this.sync(), error.retryAfterMs ?? 1_000 + fullJitter(3, this.random));
  }

  /** @returns {Promise<void>} */
  async #syncPages() {
    for (let more = true; more;) {
      const generation = this.#generation;
      const cursors = new Map([...this.#buffers].map(([id, buffer]) => [id, buffer.cursor]));
      /** @type {SyncAnswer} */
      const answer = await this.request("sync", { since: this.#since, names: true });
      if (generation !== this.#generation) return this.#syncPages();
      if (answer.changes.some((change) => isAhead(change, cursors))) {
        this.reset();
        return this.#syncPages();
      }
      if (answer.users?.length) this.emit("users", answer.users);
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
   * @param {number} cursor where a new conversation begins
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
   * @param {EntrySnapshot[]} snapshots
   */
  #deliver(conversation, snapshots) {
    if (snapshots.length) this.emit("entries", { conversation, snapshots });
  }

  /** @param {string} conversation */
  #scheduleRepair(conversation) {
    const buffer = this.#buffers.get(conversation);
    if (!buffer?.gap || this.#repairs.has(conversation)) return;
    const delay = REPAIR_AFTER_MS * (1 + this.random());
    this.#repairs.set(
      conversation,
      setTimeout(() => this.#repair(conversation, 0), delay),
    );
  }

  /**
   * Reads the log from the cursor until no entry is missing.
   * @param {string} conversation
   * @param {number} attempt
   */
  async #repair(conversation, attempt) {
    const buffer = this.#buffers.get(conversation);
    clearTimeout(this.#repairs.get(conversation));
    this.#repairs.delete(conversation);
    if (!buffer?.gap) return;
    const before = buffer.cursor;
    // A placeholder, so that pushes do not start a second repair.
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
      // No access, or no connection: a later push or sync tries again.
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
 * Whether this client has seen entries that the log does not have, because it was restored to an earlier state.
 * @param {Change} change
 * @param {Map<string, number>} cursors at the time of the request
 */
function isAhead(change, cursors) {
  return change.state === "member" && (cursors.get(change.conversation) ?? 0) > change.lastSeq;
}
