/** @import { Change, ConversationItem, Entry, Member, ReadAnswer, EntrySnapshot } from "../client/types.js" */
import { applyTo, countsAsUnread, isShown, LogWindow } from "./log.js";

const TYPING_MS = 6_000;
const MAX_UNREAD = 999;

/**
 * The state of one conversation on this device. It takes events and is read by the views; it sends no requests.
 */
export class Conversation {
  /** @type {ConversationItem | null} null until the server described it */
  info = null;
  /** @type {"member" | "left"} */
  state = "member";
  unread = 0;
  readSeq = 0;
  firstSeq = 1;
  /** @type {Entry | undefined} the newest entry fit to show, in its current state */
  last;
  /** Whether an unread message mentions the user. */
  mentioned = false;
  /** @type {Map<string, number>} the end of typing by user */
  typing = new Map();
  /** @type {Map<string, number>} read marks by user, as far as known */
  reads = new Map();
  /** @type {Member[] | null} */
  members = null;
  /** A page of history that is being loaded. @type {Promise<void> | null} */
  loading = null;
  /** When it was opened on this device: the time of a conversation without entries. */
  openedAt = "";
  /** The newest entry that the unread count and `last` include. */
  #appliedSeq = 0;

  /**
   * @param {string} id
   * @param {string} me
   * @param {number} cursor
   */
  constructor(id, me, cursor) {
    this.id = id;
    this.me = me;
    this.log = new LogWindow(cursor, me);
  }

  get isGroup() {
    return this.info?.kind === "group";
  }

  /** The other user of a direct conversation. */
  get peer() {
    return this.info?.kind === "direct" ? this.info.peer : undefined;
  }

  /** Whether the user may change the group. */
  get canManage() {
    return this.isGroup && this.state === "member" && (this.info?.role === "owner" || this.info?.role === "admin");
  }

  /** Whether the unread count is an upper bound, because the read mark is before the loaded part of the log. */
  get estimated() {
    return this.unread > 0 && this.readSeq + 1 < this.log.from;
  }

  /** When something last happened: the list is ordered by it. */
  get time() {
    const at = this.last?.at ?? "";
    return at > this.openedAt ? at : this.openedAt;
  }

  get lastSeq() {
    return Math.max(this.info?.lastSeq ?? 0, this.log.through);
  }

  /** Drops the log and begins again after `cursor`. @param {number} cursor */
  restart(cursor) {
    this.log = new LogWindow(cursor, this.me);
  }

  /** @param {Change} change */
  applyChange(change) {
    if (change.info) this.applyInfo({ ...change.info, lastSeq: change.lastSeq }, change.readSeq, change.unread);
    this.firstSeq = change.firstSeq;
    this.state = change.state;
  }

  /**
   * @param {ConversationItem} info
   * @param {number} [readSeq]
   * @param {number} [unread]
   * @returns {boolean} false if `info` is older than the entries applied here
   */
  applyInfo(info, readSeq = info.readSeq, unread = info.unread) {
    this.info = info;
    this.firstSeq = info.firstSeq ?? this.firstSeq;
    this.state = info.role || !this.isGroup ? "member" : "left";
    const newest = info.lastSeq >= this.#appliedSeq;
    if (newest) {
      this.#appliedSeq = info.lastSeq;
      this.last = info.last ?? this.last;
      this.unread = this.readSeq > readSeq ? Math.min(unread, this.#countAfter(this.readSeq)) : unread;
    }
    this.readSeq = Math.max(this.readSeq, readSeq);
    if (info.peer && info.peerReadSeq !== undefined) this.readBy(info.peer, info.peerReadSeq);
    return newest;
  }

  /**
   * @param {EntrySnapshot[]} snapshots
   * @returns {number[]} entries whose state has to be read again
   */
  append(snapshots) {
    const unclear = this.log.append(snapshots);
    for (const { entry } of snapshots) this.#apply(entry);
    return unclear;
  }

  /** @param {ReadAnswer} page */
  prepend(page) {
    this.firstSeq = page.firstSeq;
    this.log.prepend(page);
  }

  /**
   * Whether one of these recalled an unread message while not all unread messages are loaded.
   * @param {EntrySnapshot[]} snapshots
   */
  needsRecount(snapshots) {
    return (
      this.readSeq + 1 < this.log.from &&
      snapshots.some(({ entry: { kind, content } }) => kind === "recall" && content.seq > this.readSeq)
    );
  }

  /**
   * The user has read up to `seq`, here or on another device.
   * @param {number} seq
   * @returns {boolean} whether the server has to know: not if only own entries were read
   */
  read(seq) {
    if (seq <= this.readSeq) return false;
    const known = this.readSeq + 1 >= this.log.from;
    const others = this.log.items.some(({ entry }) => entry.seq > this.readSeq && entry.sender !== this.me);
    this.readSeq = seq;
    this.unread = Math.min(this.unread, this.#countAfter(seq));
    if (this.unread === 0) this.mentioned = false;
    return others || !known;
  }

  /**
   * @param {string} user
   * @param {number} seq
   */
  readBy(user, seq) {
    this.reads.set(user, Math.max(this.reads.get(user) ?? 0, seq));
  }

  /** How many other users are known to have read this entry. @param {number} seq */
  readers(seq) {
    let readers = 0;
    for (const [user, read] of this.reads) if (user !== this.me && read >= seq) readers++;
    return readers;
  }

  /** @param {string} user */
  startsTyping(user) {
    this.typing.set(user, Date.now() + TYPING_MS);
  }

  /** The users who are typing now. */
  typists() {
    const now = Date.now();
    for (const [user, until] of this.typing) if (until <= now) this.typing.delete(user);
    return [...this.typing.keys()];
  }

  /** @param {Entry} entry */
  #apply(entry) {
    this.typing.delete(entry.sender);
    if (entry.seq <= this.#appliedSeq) return;
    this.#appliedSeq = entry.seq;
    if (isShown(entry)) this.last = entry;
    if (entry.kind === "recall" || entry.kind === "edit") this.#applyChangeOf(entry);
    if (entry.kind === "group") this.#applyGroupChange(entry);
    if (entry.seq <= this.readSeq || !countsAsUnread(entry, this.me)) return;
    this.unread = Math.min(this.unread + 1, MAX_UNREAD);
    if (entry.content.mentions?.includes(this.me)) this.mentioned = true;
  }

  /** A recall or an edit may change the unread count and the last entry. @param {Entry} later */
  #applyChangeOf(later) {
    const { seq } = later.content;
    const { last } = this;
    if (last && last.seq === seq) this.last = this.log.find(seq)?.entry ?? changed(last, later, this.me);
    if (later.kind === "recall" && seq > this.readSeq && this.readSeq + 1 >= this.log.from) {
      // Later entries of the same batch are in the log already, and are counted in their turn.
      this.unread = this.#countAfter(this.readSeq, later.seq);
    }
  }

  /** @param {Entry} entry */
  #applyGroupChange(entry) {
    if (!this.info) return;
    const { change, users = [], title, role, open } = entry.content;
    const info = { ...this.info };
    if (change === "renamed") info.title = title;
    if (change === "history") info.openHistory = open;
    const came = { added: users.length, removed: -users.length, left: -1 }[/** @type {string} */ (change)] ?? 0;
    if (info.memberCount !== undefined) info.memberCount += came;
    if (change === "role" && users.includes(this.me)) info.role = role;
    if (change === "role" && role === "owner" && entry.sender === this.me) info.role = "admin";
    const gone = change === "left" ? entry.sender === this.me : change === "removed" && users.includes(this.me);
    if (gone) {
      this.state = "left";
      info.memberCount = info.openHistory = info.role = undefined;
    }
    if (change === "added" && users.includes(this.me)) this.state = "member";
    this.info = info;
    this.members = null;
  }

  /**
   * How many entries after `seq` count as unread; an upper bound if they are not all loaded.
   * @param {number} seq
   * @param {number} [through]
   */
  #countAfter(seq, through = Infinity) {
    if (seq >= this.lastSeq) return 0;
    if (seq + 1 < this.log.from) return Math.min(MAX_UNREAD, this.lastSeq - seq);
    return this.log.items.filter(
      ({ entry }) => entry.seq > seq && entry.seq <= through && countsAsUnread(entry, this.me),
    ).length;
  }
}

/**
 * @param {Entry} entry
 * @param {Entry} later
 * @param {string} me
 */
function changed(entry, later, me) {
  const item = { entry, asOf: entry.seq };
  applyTo(item, later, me);
  return item.entry;
}
