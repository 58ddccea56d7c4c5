/** @import { Entry, OutboxItem } from "../client/types.js" */
/** @import { Item } from "../store/log.js" */
/** @import { TransferState } from "../client/types.js" */
/** @import { EnvelopeLine } from "../store/envelope-lines.js" */

import { counts } from "../store/log.js";

/** Messages of one person within this time stand together. */
const TOGETHER_MS = 5 * 60_000;

/**
 * @typedef {object} MessageRow
 * @property {"message"} type
 * @property {string} key the same for a message that waits and its entry
 * @property {Entry} entry of one that waits: as it will be, with `seq` 0
 * @property {Item | null} item
 * @property {OutboxItem | null} waiting
 * @property {boolean} own
 * @property {boolean} first of its group
 * @property {boolean} last of its group
 * @property {TransferState} [transfer] of a transfer: what became of it
 */

/**
 * @typedef {MessageRow | {type: "day", key: string, at: string} | {type: "unread", key: string}
 *   | {type: "note", key: string, item: Item} | {type: "line", key: string, line: EnvelopeLine}} TimelineRow
 */

/**
 * What a conversation shows, from top to bottom.
 * @param {object} shown
 * @param {Item[]} shown.items ascending
 * @param {OutboxItem[]} shown.waiting
 * @param {string} shown.conversation
 * @param {string} shown.me
 * @param {number | null} shown.unreadAfter where the line between read and unread goes
 * @param {(a: string, b: string) => boolean} shown.sameDay
 * @param {boolean} [shown.money] whether red envelopes and transfers are more than their summary
 * @param {EnvelopeLine[]} [shown.lines] in the order of time
 * @returns {TimelineRow[]}
 */
export function timelineRows({ items, waiting, conversation, me, unreadAfter, sameDay, money = false, lines = [] }) {
  /** @type {TimelineRow[]} */
  const rows = [];
  const delivered = new Set(items.map(({ entry }) => (entry.sender === me ? entry.clientId : undefined)));
  const pending = waiting.filter(({ clientId }) => !delivered.has(clientId));
  let day = "";
  let divided = unreadAfter === null;
  const dayOf = (/** @type {string} */ at) => {
    if (day && sameDay(day, at)) return;
    day = at;
    rows.push({ type: "day", key: `day ${new Date(at).toDateString()}`, at });
  };
  const settled = money ? settlements(items) : new Map();
  // What came before all that is loaded has its place there.
  const told = items.length ? lines.filter(({ at }) => at >= items[0].entry.at) : [];
  const tell = (/** @type {string} */ before) => {
    for (; told.length && told[0].at < before; told.shift()) {
      dayOf(told[0].at);
      rows.push({ type: "line", key: told[0].key, line: told[0] });
    }
  };
  for (const item of items) {
    tell(item.entry.at);
    dayOf(item.entry.at);
    if (!divided && item.entry.seq > Number(unreadAfter) && counts(item.entry, me)) {
      rows.push({ type: "unread", key: "unread" });
      divided = true;
    }
    rows.push(isSaid(item.entry, money) ? message(item, me, settled) : note(item, me));
  }
  tell("\uffff");
  for (const waits of pending) {
    dayOf(waits.at);
    rows.push(waitingMessage(waits, conversation, me));
  }
  group(rows);
  return rows;
}

/** Whether somebody said it, and it is not just told of. @param {Entry} entry @param {boolean} money */
function isSaid({ kind, content, recalled }, money) {
  if (kind === "message") return !recalled;
  return money && (kind === "envelope" || (kind === "transfer" && content.change === "sent"));
}

/** What became of the transfers, as far as it is in the log. @param {Item[]} items */
function settlements(items) {
  /** @type {Map<string, TransferState>} */
  const settled = new Map();
  for (const { entry } of items) {
    if (entry.kind === "transfer" && entry.content.change !== "sent") {
      settled.set(entry.content.transfer, entry.content.change);
    }
  }
  return settled;
}

/** @param {Entry} entry @param {string} me */
function keyOf({ sender, clientId, seq }, me) {
  return sender === me && clientId ? `own ${clientId}` : `seq ${seq}`;
}

/** @param {Item} item @param {string} me @returns {TimelineRow} */
function note(item, me) {
  return { type: "note", key: keyOf(item.entry, me), item };
}

/** @param {Item} item @param {string} me @param {Map<string, TransferState>} settled @returns {MessageRow} */
function message(item, me, settled) {
  const { entry } = item;
  const own = entry.sender === me;
  const transfer = entry.kind === "transfer" ? (settled.get(entry.content.transfer) ?? "pending") : undefined;
  return { type: "message", key: keyOf(entry, me), entry, item, waiting: null, own, first: true, last: true, transfer };
}

/** @param {OutboxItem} waiting @param {string} conversation @param {string} me @returns {MessageRow} */
function waitingMessage(waiting, conversation, me) {
  const { clientId, at, replyTo } = waiting;
  const content = replyTo ? { ...waiting.content, replyTo } : waiting.content;
  const entry = { conversation, seq: 0, kind: "message", sender: me, clientId, at, content };
  return { type: "message", key: `own ${clientId}`, entry, item: null, waiting, own: true, first: true, last: true };
}

/** Marks where groups of messages begin and end. @param {TimelineRow[]} rows */
function group(rows) {
  for (let i = 1; i < rows.length; i++) {
    const [above, below] = [rows[i - 1], rows[i]];
    if (above.type !== "message" || below.type !== "message") continue;
    const close = Date.parse(below.entry.at) - Date.parse(above.entry.at) < TOGETHER_MS;
    if (close && above.entry.sender === below.entry.sender) above.last = below.first = false;
  }
}
