/**
 * @import { Hongyan } from "../../hongyan.js"
 * @import { LogItem } from "../../store/log.js"
 * @import { Store } from "../../store/store.js"
 * @import { SharePosition } from "./types.js"
 */
import { Emitter } from "../../client/emitter.js";
import { serverClock } from "../../client/server-clock.js";
import { PositionBoard } from "./client/position-board.js";

/** All of the first pushes of a watch come within this time after the first one. */
const CONFIRM_MS = 5_000;
/** How long the server may take to list the shares of a conversation: it does once per tick. */
const LISTING_MS = 4_000;
/** A long list comes in several pushes, one right after the other. */
const LISTING_PARTS_MS = 250;

/**
 * The positions in a conversation while someone needs them.
 * @typedef {object} Watch
 * @property {PositionBoard} board
 * @property {number} users how many need them
 * @property {number} through the log's last entry when the server was asked: the first push has what it says
 * @property {ReturnType<typeof setTimeout>} [confirm]
 */

/**
 * The running shares of a conversation as the server listed them.
 * @typedef {object} ListedShares
 * @property {string} conversation
 * @property {number} through see {@link Watch}; later entries of the log change the list
 * @property {Map<string, {share: string, expiresAt: string}>} shares by user
 */

/**
 * The shares of everyone in the conversations that this page watches, and how many there are in the one on the screen.
 *
 * Events: `changed` when the number of shares in a conversation changed; `positions` with a conversation whose shares
 * moved.
 * @extends {Emitter<{changed: null, positions: string}>}
 */
export class Watches extends Emitter {
  #client;
  #store;
  /** @type {Map<string, Watch>} by conversation */
  #watches = new Map();
  /** The shares of the conversation on the screen. @type {ListedShares | undefined} */
  #listed;
  /** The watch that has listed or will list them. @type {{conversation: string, end: () => void} | undefined} */
  #listing;
  /** Fires when the next of the counted shares ends by the clock. @type {ReturnType<typeof setTimeout> | undefined} */
  #nextEnd;

  /** @param {Hongyan} client @param {Store} store */
  constructor(client, store) {
    super();
    this.#client = client;
    this.#store = store;
    client.on("welcome", () => this.#watchAgain());
    client.on("syncRequired", () => this.#watchAgain());
    client.on("location.positions", (push) => this.#onPositions(push));
  }

  /**
   * How many users share their location in a conversation. For the one on the screen, the shares that started before
   * the loaded part of its log are counted as soon as the server has listed them.
   * @param {string} conversation
   */
  count(conversation) {
    if (conversation === this.#store.viewing) this.#list(conversation);
    const listed = this.#listed?.conversation === conversation ? this.#listed : undefined;
    const items = this.#store.conversations.get(conversation)?.log.items ?? [];
    const ends = [...runningShares(listed, items).values()].map(({ expiresAt }) => Date.parse(expiresAt));
    if (conversation === this.#store.viewing) this.#recountAt(Math.min(...ends));
    return ends.length;
  }

  /**
   * The positions in a conversation, until `stop` is called.
   * @param {string} conversation
   * @returns {{board: PositionBoard, stop: () => void}}
   */
  watch(conversation) {
    const watch = this.#watches.get(conversation) ?? { board: new PositionBoard(), users: 0, through: 0 };
    this.#watches.set(conversation, watch);
    if (watch.users++ === 0) this.#watchNow(conversation, watch);
    let stopped = false;
    const stop = () => {
      if (stopped) return;
      stopped = true;
      // After a sign-out, it is not in the map any more.
      if (--watch.users > 0 || this.#watches.get(conversation) !== watch) return;
      clearTimeout(watch.confirm);
      this.#watches.delete(conversation);
      this.#client.notify("location.unwatch", { conversation });
    };
    return { board: watch.board, stop };
  }

  /** Drops what is known about a conversation that the user has left: no push says so. @param {string} conversation */
  reset(conversation) {
    if (this.#listed?.conversation === conversation) this.#listed = undefined;
    if (this.#listing?.conversation === conversation) this.#endListing();
    this.#watches.get(conversation)?.board.clear();
    this.emit("positions", conversation);
  }

  /** Another user signed in, or the user signed out. */
  clear() {
    for (const { confirm } of this.#watches.values()) clearTimeout(confirm);
    this.#watches.clear();
    this.#endListing();
    this.#listed = undefined;
    clearTimeout(this.#nextEnd);
  }

  /** @param {{conversation: string, positions: SharePosition[]}} push */
  #onPositions({ conversation, positions }) {
    const watch = this.#watches.get(conversation);
    if (!watch) return;
    const { board } = watch;
    const before = board.received ? board.all.length : undefined;
    if (!board.received) watch.confirm = setTimeout(() => this.#confirm(conversation, watch), CONFIRM_MS);
    board.apply(positions, serverClock.now());
    this.#onBoard(conversation, watch, before);
  }

  /** @param {string} conversation @param {Watch} watch */
  #confirm(conversation, watch) {
    const before = watch.board.all.length;
    watch.board.dropUnconfirmed();
    this.#onBoard(conversation, watch, before);
  }

  /**
   * @param {string} conversation
   * @param {Watch} watch
   * @param {number | undefined} before how many shares the board had; undefined if it was not filled yet
   */
  #onBoard(conversation, { board, through }, before) {
    if (conversation === this.#store.viewing) this.#listed = { conversation, through, shares: byUser(board.all) };
    this.emit("positions", conversation);
    if (board.all.length !== before) this.emit("changed", null);
  }

  get #enabled() {
    return this.#client.supports("location.watch");
  }

  /** Pushes may have been lost. */
  #watchAgain() {
    if (!this.#enabled) return;
    this.#endListing();
    for (const [conversation, watch] of this.#watches) {
      clearTimeout(watch.confirm);
      watch.board.restart();
      this.#watchNow(conversation, watch);
    }
    this.emit("changed", null);
  }

  /** @param {string} conversation @param {Watch} watch */
  async #watchNow(conversation, watch) {
    watch.through = this.#store.conversations.get(conversation)?.log.through ?? 0;
    try {
      const shouldSend = () => this.#watches.get(conversation) === watch;
      await this.#client.request("location.watch", { conversation }, { shouldSend });
    } catch {
      // Repeated after the next welcome.
      return;
    }
    // Stopped meanwhile: the server may have handled the end of the watch before its start.
    if (!this.#watches.has(conversation)) this.#client.notify("location.unwatch", { conversation });
  }

  /**
   * Has the server list the shares of a conversation, once: by a watch that ends with the first positions. It shares
   * the watch of a map that is open or opens meanwhile.
   * @param {string} conversation
   */
  #list(conversation) {
    if (!this.#enabled || this.#listing?.conversation === conversation) return;
    this.#listing?.end();
    const { stop } = this.watch(conversation);
    const end = () => {
      clearTimeout(timer);
      off();
      stop();
    };
    let timer = setTimeout(end, LISTING_MS);
    const off = this.on("positions", (changed) => {
      if (changed !== conversation) return;
      clearTimeout(timer);
      off();
      timer = setTimeout(end, LISTING_PARTS_MS);
    });
    this.#listing = { conversation, end };
  }

  #endListing() {
    this.#listing?.end();
    this.#listing = undefined;
  }

  /** @param {number} end by the server's clock, in milliseconds */
  #recountAt(end) {
    clearTimeout(this.#nextEnd);
    if (Number.isFinite(end)) this.#nextEnd = setTimeout(() => this.emit("changed", null), end - serverClock.now());
  }
}

/** @param {SharePosition[]} positions */
function byUser(positions) {
  return new Map(positions.map(({ user, share, expiresAt = "" }) => [user, { share, expiresAt }]));
}

/**
 * The running shares by user: those that the server listed, changed by the entries of the log that came later. The log
 * does not say which shares ended by the clock or with their user's membership, except by the entry about the member.
 * @param {ListedShares | undefined} listed
 * @param {LogItem[]} items the loaded part of the log
 */
function runningShares({ through, shares } = { conversation: "", through: 0, shares: new Map() }, items) {
  const running = new Map(shares);
  for (const { entry } of items) {
    const { kind, seq, sender, content } = entry;
    if (seq <= through) continue;
    if (kind === "group") {
      if (content.change === "left") running.delete(sender);
      if (content.change === "removed") for (const user of content.users ?? []) running.delete(user);
    }
    if (kind !== "location") continue;
    const { share, change, expiresAt } = content;
    if (change === "started") running.set(sender, { share, expiresAt });
    if (change === "stopped" && running.get(sender)?.share === share) running.delete(sender);
  }
  const now = serverClock.now();
  for (const [user, { expiresAt }] of running) if (!(Date.parse(expiresAt) > now)) running.delete(user);
  return running;
}
