/** @import { Entry, Served } from "./types.js" */

/** How many entries past a gap are kept; what does not fit is read again. */
const MAX_HELD = 500;

/**
 * Puts what arrives for one conversation into the order of its log: a pure state machine. Everything up to and
 * including `cursor` has been delivered or is not ours to see; what lies past a gap is held until the gap is closed.
 */
export class ReorderBuffer {
  /** @type {Map<number, Served>} */
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
   * @param {number} asOf see {@link Served}
   * @returns {Served[]} what is now in order, each entry exactly once
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
   * Takes what a read of the log covered. Only if it begins right after the cursor does it close the gap.
   * @param {Entry[]} entries
   * @param {number} from
   * @param {number} through everything absent in `from…through` is passed over
   * @param {number} asOf the end of the log when it was read
   * @returns {Served[]} in order
   */
  cover(entries, from, through, asOf) {
    this.head = Math.max(this.head, asOf);
    /** @type {Served[]} */
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
    /** @type {Served[]} */
    const ready = [];
    for (;;) {
      const next = this.#held.get(this.cursor + 1);
      if (!next) return ready;
      this.#held.delete(++this.cursor);
      ready.push(next);
    }
  }
}
