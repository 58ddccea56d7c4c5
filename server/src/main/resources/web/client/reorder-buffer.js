/** @import { Entry, EntrySnapshot } from "./types.js" */

/** How many entries after a gap are kept; the others are read again. */
const MAX_HELD = 500;

/**
 * Puts the entries of one conversation into the order of its log: a pure state machine. Everything up to and including
 * `cursor` has been delivered or is not visible to the user; entries after a gap are held until the gap is closed.
 */
export class ReorderBuffer {
  /** @type {Map<number, EntrySnapshot>} */
  #held = new Map();

  /** @param {number} cursor */
  constructor(cursor) {
    this.cursor = cursor;
    /** The highest `seq` known to exist. */
    this.head = cursor;
  }

  /** Whether something before `head` is missing. */
  get gap() {
    return this.head > this.cursor;
  }

  /**
   * Takes one entry, pushed or read, in any order and any number of times.
   * @param {Entry} entry
   * @param {number} asOf see {@link EntrySnapshot}
   * @returns {EntrySnapshot[]} the entries that are now in order, each exactly once
   */
  offer(entry, asOf) {
    if (entry.seq <= this.cursor) return [];
    this.head = Math.max(this.head, entry.seq);
    const known = this.#held.get(entry.seq);
    if (!known || asOf > known.asOf) this.#held.set(entry.seq, { entry, asOf });
    if (this.#held.size > MAX_HELD) this.#held.delete(Math.max(...this.#held.keys()));
    return this.#release();
  }

  /**
   * Takes the answer of a read. It closes the gap only if it begins right after the cursor.
   * @param {Entry[]} entries
   * @param {number} from
   * @param {number} through entries missing in `from…through` are skipped
   * @param {number} asOf the end of the log when it was read
   * @returns {EntrySnapshot[]} in order
   */
  cover(entries, from, through, asOf) {
    this.head = Math.max(this.head, asOf);
    /** @type {EntrySnapshot[]} */
    const ready = [];
    for (const entry of [...entries].sort((a, b) => a.seq - b.seq)) {
      if (entry.seq <= this.cursor) continue;
      if (from > this.cursor + 1) ready.push(...this.offer(entry, asOf));
      else ready.push({ entry, asOf });
    }
    if (from > this.cursor + 1 || through <= this.cursor) return ready;
    this.cursor = through;
    for (const seq of this.#held.keys()) if (seq <= through) this.#held.delete(seq);
    return [...ready, ...this.#release()];
  }

  /** @param {number} seq an entry known to exist */
  expect(seq) {
    this.head = Math.max(this.head, seq);
  }

  #release() {
    /** @type {EntrySnapshot[]} */
    const ready = [];
    for (;;) {
      const next = this.#held.get(this.cursor + 1);
      if (!next) return ready;
      this.#held.delete(++this.cursor);
      ready.push(next);
    }
  }
}
