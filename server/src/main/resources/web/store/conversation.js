/** @import { Change, ConversationItem, Entry, Member, ReadAnswer, Served } from "../client/types.js" */
import { change, counts, isShown, LogWindow } from "./log.js";

const TYPING_MS = 6_000;
const MAX_UNREAD = 999;

/**
 * What this device knows of one conversation: a state that takes events and is read by the views. It asks nobody.
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
  /** Whether an unread message mentions me. */
  mentioned = false;
  /** @type {Map<string, number>} until when who is typing */
  typing = new Map();
  /** @type {Map<string, number>} how far others have read, as far as known */
  reads = new Map();
  /** @type {Member[] | null} */
  members = null;
  /** A page of history that is on its way. @type {Promise<void> | null} */
  loading = null;
  /** When it was opened here, for one without entries. */
  openedAt = "";
  /** What the unread count and the last entry reflect. */
  #counted = 0;

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

  /** The other person of a direct conversation. */
  get peer() {
    return this.info?.kind === "direct" ? this.info.peer : undefined;
  }

  /** Whether one may change the group. */
  get governs() {
    return this.isGroup && this.state === "member" && (this.info?.role === "owner" || this.info?.role === "admin");
  }

  /** Whether the unread count is an upper bound, since the read mark moved to where the log is not here. */
  get estimated() {
    return this.unread > 0 && this.readSeq + 1 < this.log.from;
  }

  /** When something last happened, for the order of the list. */
  get time() {
    const at = this.last?.at ?? "";
    return at > this.openedAt ? at : this.openedAt;
  }

  get lastSeq() {
    return Math.max(this.info?.lastSeq ?? 0, this.log.through);
  }

  /** Begins anew after `cursor`. @param {number} cursor */
  restart(cursor) {
    this.log = new LogWindow(cursor, this.me);
  }

  /** @param {Change} change */
  synced(change) {
    if (change.info) this.described({ ...change.info, lastSeq: change.lastSeq }, change.readSeq, change.unread);
    this.firstSeq = change.firstSeq;
    this.state = change.state;
  }

  /**
   * @param {ConversationItem} info
   * @param {number} [readSeq]
   * @param {number} [unread]
   * @returns {boolean} false if more is counted already than this knows of
   */
  described(info, readSeq = info.readSeq, unread = info.unread) {
    this.info = info;
    this.firstSeq = info.firstSeq ?? this.firstSeq;
    this.state = info.role || !this.isGroup ? "member" : "left";
    const newest = info.lastSeq >= this.#counted;
    if (newest) {
      this.#counted = info.lastSeq;
      this.last = info.last ?? this.last;
      this.unread = this.readSeq > readSeq ? Math.min(unread, this.#countAfter(this.readSeq)) : unread;
    }
    this.readSeq = Math.max(this.readSeq, readSeq);
    if (info.peer && info.peerReadSeq !== undefined) this.readBy(info.peer, info.peerReadSeq);
    return newest;
  }

  /**
   * @param {Served[]} served
   * @returns {number[]} entries whose state can only be read anew
   */
  append(served) {
    const unclear = this.log.append(served);
    for (const { entry } of served) this.#count(entry);
    return unclear;
  }

  /** @param {ReadAnswer} page */
  prepend(page) {
    this.firstSeq = page.firstSeq;
    this.log.prepend(page);
  }

  /**
   * Whether a recall among these took back an unread message, and not all that is unread is here to be counted again.
   * @param {Served[]} served
   */
  miscounts(served) {
    return (
      this.readSeq + 1 < this.log.from &&
      served.some(({ entry: { kind, content } }) => kind === "recall" && content.seq > this.readSeq)
    );
  }

  /**
   * One has read up to `seq`, here or on another device.
   * @param {number} seq
   * @returns {boolean} whether that is worth telling: nobody waits to hear that one has read one's own words
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

  /** How many of the others are known to have read this entry. @param {number} seq */
  readers(seq) {
    let readers = 0;
    for (const [user, read] of this.reads) if (user !== this.me && read >= seq) readers++;
    return readers;
  }

  /** @param {string} user */
  startsTyping(user) {
    this.typing.set(user, Date.now() + TYPING_MS);
  }

  /** Those typing now; forgets who stopped. */
  typists() {
    const now = Date.now();
    for (const [user, until] of this.typing) if (until <= now) this.typing.delete(user);
    return [...this.typing.keys()];
  }

  /** @param {Entry} entry */
  #count(entry) {
    this.typing.delete(entry.sender);
    if (entry.seq <= this.#counted) return;
    this.#counted = entry.seq;
    if (isShown(entry)) this.last = entry;
    if (entry.kind === "recall" || entry.kind === "edit") this.#changed(entry);
    if (entry.kind === "group") this.#governed(entry);
    if (entry.seq <= this.readSeq || !counts(entry, this.me)) return;
    this.unread = Math.min(this.unread + 1, MAX_UNREAD);
    if (entry.content.mentions?.includes(this.me)) this.mentioned = true;
  }

  /** A recall or an edit changed what was counted or is shown last. @param {Entry} later */
  #changed(later) {
    const { seq } = later.content;
    const { last } = this;
    if (last && last.seq === seq) this.last = this.log.find(seq)?.entry ?? changed(last, later, this.me);
    if (later.kind === "recall" && seq > this.readSeq && this.readSeq + 1 >= this.log.from) {
      // What came with the recall and is later is in the log already, and is counted in its turn.
      this.unread = this.#countAfter(this.readSeq, later.seq);
    }
  }

  /** @param {Entry} entry */
  #governed(entry) {
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
   * How many count after `seq`, at most what is known.
   * @param {number} seq
   * @param {number} [through]
   */
  #countAfter(seq, through = Infinity) {
    if (seq >= this.lastSeq) return 0;
    if (seq + 1 < this.log.from) return Math.min(MAX_UNREAD, this.lastSeq - seq);
    return this.log.items.filter(({ entry }) => entry.seq > seq && entry.seq <= through && counts(entry, this.me))
      .length;
  }
}

/**
 * @param {Entry} entry
 * @param {Entry} later
 * @param {string} me
 */
function changed(entry, later, me) {
  const item = { entry, asOf: entry.seq };
  change(item, later, me);
  return item.entry;
}
