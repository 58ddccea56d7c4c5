/** @import { Entry, OutboxItem } from "../client/types.js" */
/** @import { LogItem } from "../store/log.js" */
/** @import { TimelineNote } from "../registry.js" */
import { countsAsUnread } from "../store/log.js";

/** Messages of one sender within this time form a group. */
const GROUP_MS = 5 * 60_000;

/**
 * @typedef {object} MessageRow
 * @property {"message"} type
 * @property {string} key the same for a waiting message and its entry
 * @property {Entry} entry for a waiting message its future entry, with `seq` 0
 * @property {LogItem | null} item
 * @property {OutboxItem | null} waiting
 * @property {OutboxItem | null} edit the newest edit that the entry does not include yet
 * @property {boolean} own
 * @property {boolean} first of its group
 * @property {boolean} last of its group
 */

/**
 * @typedef {MessageRow | {type: "day", key: string, at: string} | {type: "unread", key: string}
 *   | {type: "note", key: string, item: LogItem} | {type: "extra", key: string, note: TimelineNote}} TimelineRow
 */

/**
 * The rows of a conversation, from top to bottom.
 * @param {object} shown
 * @param {LogItem[]} shown.items ascending
 * @param {OutboxItem[]} shown.waiting
 * @param {OutboxItem[]} [shown.edits] oldest first
 * @param {string} shown.me
 * @param {number | null} shown.unreadAfter after which entry the unread divider goes
 * @param {(a: string, b: string) => boolean} shown.sameDay
 * @param {(entry: Entry) => boolean} [shown.isBubble] whether an entry stands among the messages, or is a note
 * @param {TimelineNote[]} [shown.notes] what features add, in the order of time
 * @returns {TimelineRow[]}
 */
export function timelineRows(shown) {
  const { items, waiting, edits = [], me, unreadAfter, sameDay, isBubble = isMessage, notes = [] } = shown;
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
  // Notes from before the loaded history belong into that history.
  const extra = items.length ? notes.filter(({ at }) => at >= items[0].entry.at) : [];
  const addNotes = (/** @type {string} */ before) => {
    for (; extra.length && extra[0].at < before; extra.shift()) {
      dayOf(extra[0].at);
      rows.push({ type: "extra", key: extra[0].key, note: extra[0] });
    }
  };
  for (const item of items) {
    addNotes(item.entry.at);
    dayOf(item.entry.at);
    if (!divided && item.entry.seq > Number(unreadAfter) && countsAsUnread(item.entry, me)) {
      rows.push({ type: "unread", key: "unread" });
      divided = true;
    }
    rows.push(isBubble(item.entry) ? message(item, edits, me) : note(item, me));
  }
  addNotes("\uffff");
  for (const waits of pending) {
    dayOf(waits.at);
    rows.push(waitingMessage(waits, me));
  }
  group(rows);
  return rows;
}

/** @param {Entry} entry */
function isMessage({ kind, recalled }) {
  return kind === "message" && !recalled;
}

/** @param {Entry} entry @param {string} me */
function keyOf({ sender, clientId, seq }, me) {
  return sender === me && clientId ? `own ${clientId}` : `seq ${seq}`;
}

/** @param {LogItem} item @param {string} me @returns {TimelineRow} */
function note(item, me) {
  return { type: "note", key: keyOf(item.entry, me), item };
}

/** @param {LogItem} item @param {OutboxItem[]} edits @param {string} me @returns {MessageRow} */
function message(item, edits, me) {
  const { entry } = item;
  const own = entry.sender === me;
  const included = entry.edited?.seq ?? 0;
  const edit = edits.findLast(({ edits: seq, seq: at = Infinity }) => seq === entry.seq && at > included) ?? null;
  return { type: "message", key: keyOf(entry, me), entry, item, waiting: null, edit, own, first: true, last: true };
}

/** @param {OutboxItem} waiting @param {string} me @returns {MessageRow} */
function waitingMessage(waiting, me) {
  const entry = waitingEntry(waiting, me);
  const key = `own ${waiting.clientId}`;
  return { type: "message", key, entry, item: null, waiting, edit: null, own: true, first: true, last: true };
}

/**
 * The future entry of a waiting message.
 * @param {OutboxItem} waiting
 * @param {string} me
 * @returns {Entry}
 */
export function waitingEntry({ conversation, clientId, at, replyTo, content }, me) {
  const full = replyTo ? { ...content, replyTo } : content;
  return { conversation, seq: 0, kind: "message", sender: me, clientId, at, content: full };
}

/** Marks where groups of messages begin and end. @param {TimelineRow[]} rows */
function group(rows) {
  for (let i = 1; i < rows.length; i++) {
    const [above, below] = [rows[i - 1], rows[i]];
    if (above.type !== "message" || below.type !== "message") continue;
    const close = Date.parse(below.entry.at) - Date.parse(above.entry.at) < GROUP_MS;
    if (close && above.entry.sender === below.entry.sender) above.last = below.first = false;
  }
}
