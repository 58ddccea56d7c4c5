/** @import { Entry, Reaction, ReadAnswer, EntrySnapshot } from "../client/types.js" */

import { normalizedEmoji } from "../text/graphemes.js";

/** Kinds that change an earlier entry and are not shown themselves. */
const CHANGES = ["recall", "edit", "reaction"];

/**
 * @typedef {object} LogItem
 * @property {Entry} entry replaced, never changed, so that a view can compare
 * @property {number} asOf see {@link EntrySnapshot}
 * @property {string} [recalledBy]
 */

/** @param {Entry} entry */
export function isShown(entry) {
  if (CHANGES.includes(entry.kind)) return false;
  return entry.kind === "message" || entry.kind === "group" || Boolean(entry.summary);
}

/**
 * Whether an entry counts as unread for the user.
 * @param {Entry} entry
 * @param {string} me
 */
export function countsAsUnread(entry, me) {
  return Boolean(entry.counts) && entry.sender !== me && !entry.recalled;
}

/**
 * A contiguous part of one conversation's log, up to its end: the entries that are shown, in their current state.
 */
export class LogWindow {
  /** @type {LogItem[]} ascending */
  items = [];

  /**
   * @param {number} cursor later entries are appended, earlier ones are loaded on demand
   * @param {string} me
   */
  constructor(cursor, me) {
    this.me = me;
    /** All visible entries in `from…through` are loaded. */
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
   * @param {EntrySnapshot[]} snapshots
   * @returns {number[]} entries whose state has to be read again
   */
  append(snapshots) {
    /** @type {number[]} */
    const unclear = [];
    for (const { entry, asOf } of snapshots) {
      if (entry.seq <= this.through) continue;
      this.through = entry.seq;
      if (isShown(entry)) this.items.push({ entry: grouped(entry), asOf });
      const target = this.#targetOf(entry);
      if (target && !applyTo(target, entry, this.me)) unclear.push(target.entry.seq);
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
      .map((entry) => ({ entry: grouped(entry), asOf: page.lastSeq }));
    this.items = [...older, ...this.items];
    const from = Math.min(this.from, page.from);
    this.complete = from <= Math.max(1, page.firstSeq) || from === this.from;
    this.from = from;
  }

  /**
   * Takes the state of one entry that was just read.
   * @param {Entry} entry
   * @param {number} asOf
   * @returns {boolean} false if the state here is newer: then it is ignored
   */
  replace(entry, asOf) {
    const index = this.#index(entry.seq);
    const item = this.items[index];
    if (item?.entry.seq !== entry.seq) return true;
    if (item.asOf > asOf) return false;
    this.items[index] = { entry: grouped(entry), asOf };
    return true;
  }

  /**
   * Drops the oldest entries, which can be loaded again.
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
 * Applies a later recall, edit or reaction to an item.
 * @param {LogItem} item
 * @param {Entry} later
 * @param {string} me
 * @returns {boolean} false if the entry has to be read again
 */
export function applyTo(item, later, me) {
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
      reactions: sumReactions(entry.reactions ?? [], later, later.sender === me),
    };
  }
  item.asOf = later.seq;
  return true;
}

/**
 * The entry with one sum for each emoji, in whatever forms users wrote it.
 * @param {Entry} entry
 * @returns {Entry}
 */
function grouped(entry) {
  if (!entry.reactions) return entry;
  /** @type {Map<string, Reaction>} */
  const sums = new Map();
  for (const { emoji: written, count, mine } of entry.reactions) {
    const emoji = normalizedEmoji(written);
    const sum = sums.get(emoji);
    sums.set(emoji, { emoji, count: count + (sum?.count ?? 0), mine: mine || (sum?.mine ?? false) });
  }
  return { ...entry, reactions: [...sums.values()] };
}

/**
 * Adds a reaction to the sums. The log holds only reactions that changed something.
 * @param {Reaction[]} reactions
 * @param {Entry} later
 * @param {boolean} mine
 * @returns {Reaction[]}
 */
function sumReactions(reactions, later, mine) {
  const { remove } = later.content;
  const emoji = normalizedEmoji(later.content.emoji);
  const sum = reactions.find((reaction) => reaction.emoji === emoji) ?? { emoji, count: 0, mine: false };
  const next = { emoji, count: sum.count + (remove ? -1 : 1), mine: mine ? !remove : sum.mine };
  const all = reactions.includes(sum) ? reactions : [...reactions, sum];
  return all.map((reaction) => (reaction === sum ? next : reaction)).filter((reaction) => reaction.count > 0);
}
