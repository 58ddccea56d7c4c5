/** @import { Change, ConversationItem, Entry, EntrySnapshot, TextContent } from "../client/types.js" */
/** @import { Hongyan } from "../hongyan.js" */
/** @import { FeatureStore, Registry } from "../registry.js" */
import { Emitter } from "../client/emitter.js";
import { asHongyanError } from "../client/errors.js";
import { serverClock } from "../client/server-clock.js";
import { NewMessages } from "./new-messages.js";
import { Conversation } from "./conversation.js";
import { Drafts } from "./drafts.js";
import { countsAsUnread } from "./log.js";
import { UserDirectory } from "./user-directory.js";
import { EntryCache } from "./entry-cache.js";
import { ReadMarks } from "./read-marks.js";
import { allMembers, allReaders } from "./paging.js";

const PAGE = 50;
const JUMP_PAGE = 100;
const MAX_JUMP_PAGES = 40;
/** A page covers at most two thousand entries. */
const MAX_EMPTY_PAGES = 50;
/** How many entries of a conversation stay in memory while it is not on the screen. */
const MAX_KEPT = 200;

/**
 * @typedef {object} StoreEvents
 * @property {null} list the conversation list, or what a row of it shows
 * @property {null} users names and presence, or what a feature shows in many places
 * @property {string} entries the entries or waiting messages of this conversation
 * @property {string} conversation its title, members, state or read marks
 * @property {string} typing
 * @property {string} draft another tab changed the draft of this conversation
 * @property {{conversation: string, entry: Entry}} newMessage another user's message has just arrived, and the names
 *   for its notification are known
 */

/**
 * The conversations of the user: takes the client's events, is read by the views, and sends their requests. Its own
 * events are batched, so that many changes cause one drawing.
 * @extends {Emitter<StoreEvents>}
 */
export class Store extends Emitter {
  /** @type {Map<string, Conversation>} */
  conversations = new Map();
  /** Whether the first sync is complete. */
  loaded = false;
  /** @type {Map<string, TextContent>} own recalled texts by conversation and seq, until the page is closed */
  recalledTexts = new Map();
  /** The conversation on the screen, whose history must not be trimmed. @type {string | null} */
  viewing = null;
  /** @type {string[]} */
  #alsoWatched = [];
  /** The conversations whose read marks of others may have moved without a push. @type {Set<string>} */
  #staleReads = new Set();
  /** @type {Map<keyof StoreEvents, Set<string | null>> | null} */
  #touched = null;

  /** @type {Map<string, FeatureStore>} by the feature's name */
  #parts = new Map();

  /** @param {Hongyan} client @param {Registry} features */
  constructor(client, features) {
    super();
    this.client = client;
    this.features = features;
    this.users = new UserDirectory(client);
    this.readMarks = new ReadMarks(client);
    this.newMessages = new NewMessages(this);
    this.entryCache = new EntryCache(client, (conversation) => this.touch("entries", conversation));
    this.users.on("changed", () => {
      this.touch("users");
      this.touch("list");
    });
    client.on("welcome", () => this.#readList());
    client.on("restart", ({ conversation, cursor }) => this.#restart(conversation, cursor));
    client.on("change", (change) => this.#onChange(change));
    client.on("entries", ({ conversation, snapshots }) => this.#onEntries(conversation, snapshots));
    client.on("synced", () => {
      // The first sync brings the marks; a later one brings only those of the user.
      if (this.loaded) this.#staleReads = new Set(this.conversations.keys());
      this.loaded = true;
      this.#refreshReads();
      this.touch("list");
    });
    client.on("read", ({ conversation, user, seq }) => this.#onRead(conversation, user, seq));
    client.on("typing", ({ conversation, user }) => {
      this.conversations.get(conversation)?.startsTyping(user);
      this.touch("typing", conversation);
    });
    client.on("outbox", (conversation) => {
      this.#noticeDeletedPeer(conversation);
      this.touch("entries", conversation);
      this.touch("list");
    });
    client.on("user", () => this.clear());
    this.drafts = this.#openDrafts();
    globalThis.addEventListener?.("storage", (event) => {
      this.drafts.onStorage(/** @type {StorageEvent} */ (event).key);
    });
    for (const { name, store } of features.all) if (store) this.#parts.set(name, store({ client, store: this }));
  }

  /**
   * The state of a feature; its type is known to the feature.
   * @param {string} feature
   * @returns {any}
   */
  part(feature) {
    return this.#parts.get(feature);
  }

  get me() {
    return this.client.user?.id ?? "";
  }

  clear() {
    this.conversations.clear();
    this.users.clear();
    this.recalledTexts.clear();
    this.entryCache.clear();
    this.readMarks.clear();
    this.newMessages.clear();
    this.#staleReads.clear();
    for (const part of this.#parts.values()) part.clear?.();
    this.loaded = false;
    this.drafts = this.#openDrafts();
    this.touch("list");
  }

  #openDrafts() {
    const drafts = new Drafts(this.client.storage, this.me);
    drafts.on("changed", (conversation) => {
      this.touch("draft", conversation);
      this.touch("list");
    });
    return drafts;
  }

  /** The user signs out: removes drafts and everything that features stored on this device. */
  deleteLocalData() {
    this.drafts.clear();
    for (const part of this.#parts.values()) part.deleteLocalData?.();
  }

  /** The list, newest first. A direct conversation without entries shows only on the device that opened it. */
  list() {
    return [...this.conversations.values()]
      .filter(({ info, last, openedAt }) => info && (last || openedAt || info.kind === "group"))
      .sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : a.id < b.id ? 1 : -1));
  }

  get unread() {
    let unread = 0;
    for (const conversation of this.conversations.values()) unread += conversation.unread;
    return unread;
  }

  /** @param {string} user @returns {Promise<Conversation>} the direct conversation with this user */
  async openDirect(user) {
    const { conversation } = await this.client.request("conversation.open", { user });
    return this.#opened(conversation);
  }

  /** @param {string} title @param {string[]} members @param {string} clientId */
  async createGroup(title, members, clientId) {
    const { conversation } = await this.client.request("group.create", { clientId, title, members });
    return this.#opened(conversation);
  }

  /**
   * Loads a page of history, or waits for the one that is being loaded.
   * @param {string} id
   * @param {{limit?: number}} [options]
   * @returns {Promise<void>}
   */
  async loadOlder(id, { limit = PAGE } = {}) {
    const conversation = this.conversations.get(id);
    if (!conversation || conversation.log.complete) return;
    conversation.loading ??= this.#readOlder(conversation, limit).finally(() => {
      conversation.loading = null;
      this.touch("entries", id);
    });
    await conversation.loading;
  }

  /**
   * A page may contain no messages although there are older ones, if members have reacted thousands of times. The
   * screen would not change and the user could not load more, so this reads further pages.
   * @param {Conversation} conversation
   * @param {number} limit
   */
  async #readOlder(conversation, limit) {
    const { id, log } = conversation;
    const shown = log.items.length;
    for (let page = 0; page < MAX_EMPTY_PAGES; page++) {
      const answer = await this.client.history(id, log.from, { limit });
      if (conversation.log !== log) return;
      conversation.prepend(answer);
      if (log.complete || log.items.length > shown) return;
    }
  }

  /**
   * Loads history until it reaches back to `seq`.
   * @param {string} id
   * @param {number} seq
   * @returns {Promise<boolean>}
   */
  async loadBackTo(id, seq) {
    const conversation = this.conversations.get(id);
    for (let page = 0; conversation && page < MAX_JUMP_PAGES; page++) {
      if (conversation.log.from <= seq) return true;
      if (conversation.log.complete) return false;
      await this.loadOlder(id, { limit: JUMP_PAGE });
    }
    return false;
  }

  /**
   * Sets the conversation on the screen, and trims the history of the one before.
   * @param {string | null} id
   */
  view(id) {
    if (this.viewing) this.conversations.get(this.viewing)?.log.trim(MAX_KEPT);
    this.viewing = id;
    this.#watchPeers();
    this.#refreshReads();
  }

  /** Requests the read marks of the conversation on the screen, if pushes of them may have been lost. */
  #refreshReads() {
    const conversation = this.conversations.get(this.viewing ?? "");
    if (!conversation || conversation.state === "left" || !this.#staleReads.delete(conversation.id)) return;
    if (!conversation.isGroup) {
      this.refresh(conversation.id);
      return;
    }
    const oldest = conversation.log.items.find(({ entry }) => entry.sender === this.me && entry.kind === "message");
    if (oldest && this.client.supports("read.by")) this.readBy(conversation.id, oldest.entry.seq).catch(() => {});
  }

  /**
   * The entry that another one quotes; it is loaded if needed.
   * @param {string} id
   * @param {number} seq
   * @returns {Entry | null | undefined} undefined while it is being loaded, null if it is not available
   */
  quoted(id, seq) {
    const item = this.conversations.get(id)?.log.find(seq);
    if (item) return item.entry;
    return this.entryCache.get(id, seq);
  }

  /** @param {string} id @param {number} seq */
  async recall(id, seq) {
    const entry = this.conversations.get(id)?.log.find(seq)?.entry;
    const content = entry?.sender === this.me ? entry.content : undefined;
    await this.client.recall(id, seq);
    if (content?.type === "text") this.recalledTexts.set(`${id}/${seq}`, /** @type {TextContent} */ (content));
    this.touch("entries", id);
  }

  /** @param {string} id @param {number} seq @param {string} emoji @param {boolean} remove */
  async react(id, seq, emoji, remove) {
    try {
      await this.client.react(id, seq, emoji, remove);
    } catch (error) {
      // Another device was faster: only its entry has not arrived here yet.
      if (!["reaction.exists", "reaction.absent"].includes(asHongyanError(error).reason)) throw error;
      await this.#reread(id, seq);
    }
  }

  /**
   * The members of a group, from memory or the server.
   * @param {string} id
   */
  async members(id) {
    const conversation = this.conversations.get(id);
    const members = conversation?.members ?? (await allMembers(this.client, id));
    if (conversation) conversation.members = members;
    return members;
  }

  /**
   * The other users who have read an entry, from the server.
   * @param {string} id
   * @param {number} seq
   * @returns {Promise<string[]>} users
   */
  async readBy(id, seq) {
    const readers = await allReaders(this.client, id, seq);
    for (const reader of readers) this.conversations.get(id)?.readBy(reader.user, reader.seq);
    this.touch("conversation", id);
    return readers.map(({ user }) => user).filter((user) => user !== this.me);
  }

  /** The user has seen everything up to `seq`. @param {string} id @param {number} seq */
  markRead(id, seq) {
    const conversation = this.conversations.get(id);
    if (!conversation || seq <= conversation.readSeq) return;
    if (conversation.read(seq)) this.readMarks.add(id, seq);
    this.touch("list");
  }

  /** Sets whose presence is watched besides the partners of direct conversations. @param {string[]} users */
  alsoWatchPresenceOf(users) {
    this.#alsoWatched = users;
    this.#watchPeers();
  }

  /** @param {string} id @param {number} [attempts] */
  async refresh(id, attempts = 3) {
    try {
      const { conversation } = await this.client.request("conversation.get", { conversation: id });
      const newest = this.conversations.get(id)?.applyInfo(conversation);
      // Entries arrived meanwhile: the answer does not include them.
      if (newest === false && attempts > 1) await this.refresh(id, attempts - 1);
      this.touch("conversation", id);
      this.touch("list");
    } catch {
      // No longer a member, or no connection: the next sync brings it.
    }
  }

  /** Shows the newest conversations before the first sync has brought all of them with their entries. */
  async #readList() {
    if (this.loaded) return;
    const { me } = this;
    try {
      const { conversations, users = [] } = await this.client.request("conversation.list", { names: true });
      if (me !== this.me) return;
      this.users.add(users);
      for (const info of conversations) {
        if (!this.conversations.get(info.id)?.info) this.#conversation(info.id, info.lastSeq).applyInfo(info);
      }
      this.touch("list");
    } catch {
      // The sync brings them.
    }
  }

  /** @param {ConversationItem} info */
  #opened(info) {
    this.client.delivery.track(info.id, info.lastSeq);
    const conversation = this.#conversation(info.id, info.lastSeq);
    conversation.applyInfo(info);
    conversation.openedAt ||= serverClock.iso();
    this.touch("list");
    return conversation;
  }

  /** @param {string} id @param {number} cursor */
  #conversation(id, cursor) {
    let conversation = this.conversations.get(id);
    if (!conversation) {
      conversation = new Conversation(id, this.me, cursor);
      this.conversations.set(id, conversation);
    }
    return conversation;
  }

  /** @param {string | null} id @param {number} cursor */
  #restart(id, cursor) {
    if (id === null) {
      for (const conversation of this.conversations.keys()) this.touch("entries", conversation);
      this.conversations.clear();
      this.entryCache.clear();
      return;
    }
    this.#conversation(id, cursor).restart(cursor);
    this.entryCache.evictAll(id);
    this.touch("entries", id);
  }

  /** @param {Change} change */
  #onChange(change) {
    const conversation = this.#conversation(change.conversation, change.lastSeq);
    conversation.applyChange(change);
    this.#seed(conversation, change);
    this.touch("list");
    this.touch("conversation", change.conversation);
  }

  /**
   * A new conversation comes with the end of its history.
   * @param {Conversation} conversation
   * @param {Change} change
   */
  #seed(conversation, { entries, firstSeq, lastSeq }) {
    const { log } = conversation;
    if (log.items.length || log.through !== lastSeq || log.from <= lastSeq || entries.length === 0) return;
    const from = Math.min(...entries.map(({ seq }) => seq));
    conversation.prepend({ entries, from, through: lastSeq, firstSeq, lastSeq });
    this.touch("entries", conversation.id);
  }

  /** @param {string} id @param {EntrySnapshot[]} snapshots */
  #onEntries(id, snapshots) {
    const conversation = this.#conversation(id, snapshots[0].entry.seq - 1);
    if (!conversation.info || conversation.needsRecount(snapshots)) this.refresh(id);
    for (const seq of conversation.append(snapshots)) this.#reread(id, seq);
    if (id !== this.viewing && conversation.log.items.length > 2 * MAX_KEPT) conversation.log.trim(MAX_KEPT);
    for (const { entry } of snapshots) {
      const target = entry.content?.seq;
      if (target) this.entryCache.evict(id, target);
      if (countsAsUnread(entry, this.me) && entry.seq > conversation.readSeq) this.newMessages.add(id, entry);
      if (entry.kind === "group") this.touch("conversation", id);
      if (entry.kind === "group" && entry.content.users?.includes(this.me)) this.refresh(id);
    }
    this.users.becameActive([conversation.peer ?? "", ...snapshots.map(({ entry }) => entry.sender)]);
    this.touch("entries", id);
    this.touch("typing", id);
    this.touch("list");
  }

  /** @param {string} id @param {string} user @param {number} seq */
  #onRead(id, user, seq) {
    const conversation = this.conversations.get(id);
    if (!conversation) return;
    this.users.becameActive([user]);
    if (user !== this.me) conversation.readBy(user, seq);
    else if (conversation.read(seq) && conversation.estimated) this.refresh(id);
    this.touch("conversation", id);
    this.touch("list");
  }

  /** @param {string} id @param {number} seq @param {number} [attempts] @returns {Promise<void>} */
  async #reread(id, seq, attempts = 3) {
    const read = await this.entryCache.read(id, seq).catch(() => null);
    const overtaken = read && this.conversations.get(id)?.log.replace(read.entry, read.asOf) === false;
    if (overtaken && attempts > 1) return this.#reread(id, seq, attempts - 1);
    this.touch("entries", id);
  }

  /**
   * Reloads the peer's profile after a refused message: without a profile push, only the refusal reveals that the
   * account was deleted.
   * @param {string} id
   */
  #noticeDeletedPeer(id) {
    const peer = this.conversations.get(id)?.peer;
    const refused = this.client.outbox?.of(id).some(({ error }) => error?.reason === "user.not_found");
    if (peer && refused && !this.users.peek(peer)?.deleted) this.users.reload(peer);
  }

  /**
   * Watches the users who are shown: the server pushes presence and profiles only of those. Only users with whom there
   * is an entry may be watched.
   */
  #watchPeers() {
    if (!this.loaded) return;
    const withEntries = this.list().filter(({ last }) => last);
    const peers = withEntries.flatMap(({ peer }) => peer ?? []);
    const senders = withEntries.flatMap(({ isGroup, last }) => (isGroup && last ? last.sender : []));
    const shown = [...peers, ...this.#alsoWatched, ...this.#named(), ...senders];
    this.users.watch(shown.filter((user) => user && user !== this.me && !this.users.peek(user)?.deleted));
  }

  /** The users whom the newest entries of the conversation on the screen name, the most recent first. */
  #named() {
    const items = (this.viewing && this.conversations.get(this.viewing)?.log.items) || [];
    const newest = items.slice(-MAX_KEPT).reverse();
    return newest.flatMap(({ entry: { sender, content } }) => [
      sender,
      ...(content?.mentions ?? []),
      ...(content?.users ?? []),
    ]);
  }

  /**
   * Announces a change. The event is emitted once, after all changes of this task.
   * @param {keyof Omit<StoreEvents, "newMessage">} topic
   * @param {string | null} [id]
   */
  touch(topic, id = null) {
    if (!this.#touched) {
      this.#touched = new Map();
      queueMicrotask(() => this.#flush());
    }
    const ids = this.#touched.get(topic) ?? new Set();
    this.#touched.set(topic, ids.add(id));
  }

  /** Requests a redraw of everything, for example because a new day has begun. */
  touchAll() {
    this.touch("list");
    this.touch("users");
    if (this.viewing) this.touch("entries", this.viewing);
  }

  #flush() {
    const touched = this.#touched ?? new Map();
    this.#touched = null;
    if (touched.has("list")) this.#watchPeers();
    for (const message of this.newMessages.take()) this.emit("newMessage", message);
    for (const [topic, ids] of touched) for (const id of ids) this.emit(topic, id);
  }
}
