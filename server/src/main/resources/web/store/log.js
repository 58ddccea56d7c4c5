/** @import { Entry, Reaction, ReadAnswer, Served } from "../client/types.js" */

/** Kinds that change an earlier entry and are not shown themselves. */
const CHANGES = ["recall", "edit", "reaction"];
const COUNTING = ["message", "envelope", "transfer"];

/**
 * @typedef {object} Item
 * @property {Entry} entry replaced, never changed, so that a view can compare
 * @property {number} asOf see {@link Served}
 * @property {string} [recalledBy]
 */

/** @param {Entry} entry */
export function isShown(entry) {
  if (CHANGES.includes(entry.kind)) return false;
  return entry.kind === "message" || entry.kind === "group" || Boolean(entry.summary);
}

/**
 * Whether an entry counts as unread for somebody.
 * @param {Entry} entry
 * @param {string} me
 */
export function counts(entry, me) {
  return COUNTING.includes(entry.kind) && entry.sender !== me && !entry.recalled;
}

/**
 * A contiguous piece of one conversation's log, up to its end: what is shown of it, in its current state.
 */
export class LogWindow {
  /** @type {Item[]} ascending */
  items = [];

  /**
   * @param {number} cursor everything after it is appended, what is before is read on demand
   * @param {string} me
   */
  constructor(cursor, me) {
    this.me = me;
    /** Everything in `from…through` is here. */
    this.from = cursor + 1;
    this.through = cursor;
    this.complete = cursor === 0;
  }

  /** @param {number} seq */
  find(seq) {
    const index = this.#index(seq);
    const item = this.items[index];
    return item?.entry.seq === seq ? item : undefined;
  }

  /**
   * Takes the next entries of the log.
   * @param {Served[]} served
   * @returns {number[]} entries whose state can only be read anew
   */
  append(served) {
    /** @type {number[]} */
    const unclear = [];
    for (const { entry, asOf } of served) {
      if (entry.seq <= this.through) continue;
      this.through = entry.seq;
      if (isShown(entry)) this.items.push({ entry, asOf });
      const target = this.#targetOf(entry);
      if (target && !change(target, entry, this.me)) unclear.push(target.entry.seq);
    }
    return unclear;
  }

  /**
   * Takes a page that ends right before this window.
   * @param {ReadAnswer} page
   */
  prepend(page) {
    const older = page.entries
      .filter((entry) => entry.seq < this.from && isShown(entry))
      .sort((a, b) => a.seq - b.seq)
      .map((entry) => ({ entry, asOf: page.lastSeq }));
    this.items = [...older, ...this.items];
    const from = Math.min(this.from, page.from);
    this.complete = from <= Math.max(1, page.firstSeq) || from === this.from;
    this.from = from;
  }

  /**
   * Takes the state of one entry as it was just read.
   * @param {Entry} entry
   * @param {number} asOf
   * @returns {boolean} false if more has happened to it since: then it is not taken
   */
  replace(entry, asOf) {
    const index = this.#index(entry.seq);
    const item = this.items[index];
    if (item?.entry.seq !== entry.seq) return true;
    if (item.asOf > asOf) return false;
    this.items[index] = { entry, asOf };
    return true;
  }

  /**
   * Forgets the oldest, which can be read again.
   * @param {number} keep
   */
  trim(keep) {
    if (this.items.length <= keep) return;
    this.items = this.items.slice(-keep);
    this.from = this.items[0].entry.seq;
    this.complete = false;
  }

  /** @param {Entry} entry */
  #targetOf(entry) {
    return CHANGES.includes(entry.kind) ? this.find(entry.content.seq) : undefined;
  }

  /** @param {number} seq */
  #index(seq) {
    let low = 0;
    for (let high = this.items.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.items[middle].entry.seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * Brings an item up to date with a recall, an edit or a reaction that came later.
 * @param {Item} item
 * @param {Entry} later
 * @param {string} me
 * @returns {boolean} false if the outcome cannot be known from here
 */
export function change(item, later, me) {
  const { entry } = item;
  if (item.asOf >= later.seq) return true;
  if (later.kind === "recall") {
    item.entry = { ...entry, recalled: true, content: {}, reactedSeq: undefined, reactions: undefined };
    item.recalledBy = later.sender;
  } else if (later.kind === "edit" && !entry.recalled && (entry.edited?.seq ?? 0) < later.seq) {
    if (!later.content.content) return false;
    const replyTo = entry.content.replyTo;
    item.entry = { ...entry, content: { ...later.content.content, replyTo }, edited: { seq: later.seq, at: later.at } };
  } else if (later.kind === "reaction" && !entry.recalled && (entry.reactedSeq ?? 0) < later.seq) {
    item.entry = {
      ...entry,
      reactedSeq: later.seq,
      reactions: summed(entry.reactions ?? [], later, later.sender === me),
    };
  }
  item.asOf = later.seq;
  return true;
}

/**
 * The log holds a reaction only if it changed something: each counts.
 * @param {Reaction[]} reactions
 * @param {Entry} later
 * @param {boolean} mine
 * @returns {Reaction[]}
 */
function summed(reactions, later, mine) {
  const { emoji, remove } = later.content;
  const sum = reactions.find((reaction) => reaction.emoji === emoji) ?? { emoji, count: 0, mine: false };
  const next = { emoji, count: sum.count + (remove ? -1 : 1), mine: mine ? !remove : sum.mine };
  const all = reactions.includes(sum) ? reactions : [...reactions, sum];
  return all.map((reaction) => (reaction === sum ? next : reaction)).filter((reaction) => reaction.count > 0);
}
