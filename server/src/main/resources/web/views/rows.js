/** @import { Entry, OutboxItem } from "../client/types.js" */
/** @import { Item } from "../store/log.js" */

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
 */

/**
 * @typedef {MessageRow | {type: "day", key: string, at: string} | {type: "unread", key: string}
 *   | {type: "note", key: string, item: Item}} TimelineRow
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
 * @returns {TimelineRow[]}
 */
export function timelineRows({ items, waiting, conversation, me, unreadAfter, sameDay }) {
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
  for (const item of items) {
    dayOf(item.entry.at);
    if (!divided && item.entry.seq > Number(unreadAfter) && item.entry.sender !== me && item.entry.kind === "message") {
      rows.push({ type: "unread", key: "unread" });
      divided = true;
    }
    rows.push(item.entry.kind === "message" && !item.entry.recalled ? message(item, me) : note(item, me));
  }
  for (const waits of pending) {
    dayOf(waits.at);
    rows.push(waitingMessage(waits, conversation, me));
  }
  group(rows);
  return rows;
}

/** @param {Entry} entry @param {string} me */
function keyOf({ sender, clientId, seq }, me) {
  return sender === me && clientId ? `own ${clientId}` : `seq ${seq}`;
}

/** @param {Item} item @param {string} me @returns {TimelineRow} */
function note(item, me) {
  return { type: "note", key: keyOf(item.entry, me), item };
}

/** @param {Item} item @param {string} me @returns {MessageRow} */
function message(item, me) {
  const { entry } = item;
  const own = entry.sender === me;
  return { type: "message", key: keyOf(entry, me), entry, item, waiting: null, own, first: true, last: true };
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
