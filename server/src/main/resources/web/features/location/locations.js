/**
 * @import { Hongyan } from "../../hongyan.js"
 * @import { Store } from "../../store/store.js"
 * @import { Fix, MapSettings, Precision } from "./types.js"
 */
import { Emitter } from "../../client/emitter.js";
import { asHongyanError } from "../../client/errors.js";
import { newClientId } from "../../client/ids.js";
import { serverClock } from "../../client/server-clock.js";
import { PositionSource } from "./client/position-source.js";
import { ShareUpdater } from "./client/share-updater.js";
import { coarseWalk } from "./grid.js";
import { Nearby } from "./nearby.js";
import { Watches } from "./watches.js";

/** A position from before this time says nothing about where the user is now. */
const RECENT_MS = 60_000;
/** How long a share waits before it requests the settings again. */
const SETTINGS_RETRY_MS = 10_000;
/** The server accepts no shorter share. */
const MIN_SHARE_SECONDS = 60;

/**
 * A running share of the user.
 * @typedef {object} OwnShare
 * @property {string} share
 * @property {string} conversation
 * @property {string} expiresAt
 * @property {boolean} here whether this session started it and so sends its positions
 * @property {Precision} [precision] known if it is sent from here
 */

/** What this session stores about a share of its own. @typedef {Omit<OwnShare, "here"> & {n: number}} StoredShare */

/**
 * What the user has to know, as a key of the dictionary.
 * @typedef {"location.stopped_denied" | "location.stopped_other"} Notice
 */

/**
 * The live locations that the user shares, and those of others while a map shows them.
 *
 * Events: `changed` when own shares, or the number of shares in a conversation, changed; `positions` with a
 * conversation whose shares moved; `notice` when a share ended for a reason that the user must know.
 * @extends {Emitter<{changed: null, positions: string, notice: Notice}>}
 */
export class Locations extends Emitter {
  /** The positions of this device. */
  positions;
  nearby;
  #client;
  #watches;
  #locks;
  /** @type {Map<string, OwnShare>} by share */
  #own = new Map();
  /** Ends the updates of a share. @type {Map<string, () => void>} */
  #updates = new Map();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} by share */
  #ends = new Map();
  /** @type {Promise<MapSettings> | null} */
  #loading = null;
  /** @type {MapSettings | null} */
  #settings = null;

  /**
   * @param {Hongyan} client
   * @param {Store} store
   * @param {object} [options] for tests
   * @param {PositionSource} [options.positions]
   * @param {LockManager} [options.locks]
   */
  constructor(client, store, { positions, locks = globalThis.navigator?.locks } = {}) {
    super();
    this.#client = client;
    this.#watches = new Watches(client, store);
    this.#locks = locks;
    this.positions =
      positions ??
      new PositionSource({
        geolocation: globalThis.navigator?.geolocation,
        document: globalThis.document,
        now: () => serverClock.now(),
        secure: globalThis.isSecureContext ?? true,
      });
    this.nearby = new Nearby(client, this);
    client.on("welcome", () => this.#onWelcome());
    this.#watches.on("changed", () => this.emit("changed", null));
    this.#watches.on("positions", (conversation) => this.emit("positions", conversation));
    client.on("entries", ({ conversation, snapshots }) => {
      for (const { entry } of snapshots) this.#onEntry(conversation, entry);
    });
    this.positions.on("problem", (problem) => {
      if (problem === "denied") this.#onDenied();
    });
  }

  /** Whether the connected node has live locations. */
  get enabled() {
    return this.#client.supports("location.start");
  }

  /** What is known about maps and shares at the moment. */
  get known() {
    return this.#settings;
  }

  /**
   * What the server says about maps and shares; requested once.
   * @returns {Promise<MapSettings>}
   */
  settings() {
    this.#loading ??= this.#client.http("GET", "location/map").then(
      (settings) => {
        this.#settings = settings;
        this.emit("changed", null);
        return settings;
      },
      (error) => {
        this.#loading = null;
        throw error;
      },
    );
    return this.#loading;
  }

  /** The running shares of the user, the one that ends first in front. @returns {OwnShare[]} */
  get own() {
    return [...this.#own.values()].sort((a, b) => (a.expiresAt < b.expiresAt ? -1 : 1));
  }

  /** @param {string} conversation */
  ownIn(conversation) {
    return this.own.find((own) => own.conversation === conversation);
  }

  /**
   * How many members share their location in a conversation, the user included: see {@link Watches#count}.
   * @param {string} conversation
   */
  count(conversation) {
    return Math.max(this.#watches.count(conversation), this.ownIn(conversation) ? 1 : 0);
  }

  /**
   * The positions in a conversation, until `stop` is called.
   * @param {string} conversation
   */
  watch(conversation) {
    return this.#watches.watch(conversation);
  }

  /**
   * Starts to share, from this device. A share of the user in the same conversation ends.
   * @param {string} conversation
   * @param {{seconds: number, precision: Precision}} options
   * @returns {Promise<OwnShare>}
   */
  async start(conversation, { seconds, precision }) {
    // Without these, a coarse position could be too precise.
    await this.settings();
    const data = { conversation, clientId: newClientId(), seconds, precision };
    const { share, expiresAt } = await this.#client.append("location.start", data);
    for (const { share: before } of this.own.filter((own) => own.conversation === conversation)) this.#forget(before);
    this.#save([...this.#stored(), { share, conversation, expiresAt, precision, n: 0 }]);
    const own = { share, conversation, expiresAt, precision, here: true };
    this.#add(own);
    this.emit("changed", null);
    return own;
  }

  /**
   * Shares until another share ends.
   * @param {string} conversation
   * @param {string} until
   * @param {Precision} precision
   */
  startUntil(conversation, until, precision) {
    const seconds = Math.round((Date.parse(until) - serverClock.now()) / 1000);
    return this.start(conversation, { seconds: Math.max(MIN_SHARE_SECONDS, seconds), precision });
  }

  /**
   * Ends a share of the user, wherever it was started. No position leaves this device from now on, whatever the server
   * answers.
   * @param {string} share
   */
  async stop(share) {
    // First, so that neither another tab nor this one after a reload continues, if the server does not answer.
    this.#unstore(share);
    this.#endUpdates(share);
    try {
      await this.#client.request("location.stop", { share });
    } catch (error) {
      if (!["location.ended", "location.not_found"].includes(asHongyanError(error).reason)) throw error;
    }
    this.#forget(share);
    this.emit("changed", null);
  }

  async stopAll() {
    const stops = await Promise.allSettled(this.own.map(({ share }) => this.stop(share)));
    for (const stop of stops) if (stop.status === "rejected") throw stop.reason;
  }

  /** Reads the user's running shares, of all devices. */
  async refresh() {
    const before = [...this.#own.keys()];
    const { shares } = await this.#client.request("location.shares", {});
    const stored = new Map(this.#stored().map((own) => [own.share, own]));
    const running = new Set(shares.map((/** @type {OwnShare} */ { share }) => share));
    for (const share of before) if (!running.has(share)) this.#forget(share);
    // Those that have ended meanwhile; one that is being started now is not stored yet.
    this.#save(this.#stored().filter(({ share }) => running.has(share) || this.#own.has(share)));
    for (const { share, conversation, expiresAt } of shares) {
      const precision = stored.get(share)?.precision;
      if (!this.#own.has(share)) this.#add({ share, conversation, expiresAt, precision, here: stored.has(share) });
    }
    this.emit("changed", null);
  }

  /** Another user signed in, or the user signed out. */
  clear() {
    for (const share of [...this.#own.keys()]) this.#drop(share);
    this.#watches.clear();
    this.#loading = null;
    this.#settings = null;
    this.nearby.clear();
    this.emit("changed", null);
  }

  deleteLocalData() {
    this.#client.storage.removeItem(this.#key);
    this.nearby.deleteLocalData();
  }

  // Own shares

  /** @param {OwnShare} own */
  #add(own) {
    const { share, expiresAt } = own;
    this.#own.set(share, own);
    const left = Date.parse(expiresAt) - serverClock.now();
    clearTimeout(this.#ends.get(share));
    this.#ends.set(
      share,
      setTimeout(() => {
        this.#forget(share);
        this.emit("changed", null);
      }, left),
    );
    if (own.here) this.#updates.set(share, this.#sendFrom(own));
  }

  /**
   * Sends the positions of a share. Only one of the tabs of this session does: with locks, the others wait for it to
   * close.
   * @param {OwnShare} own
   * @returns {() => void} ends it
   */
  #sendFrom(own) {
    const ended = new AbortController();
    const send = () => {
      // Another tab may have stopped the share meanwhile.
      const stored = this.#stored().some(({ share }) => share === own.share);
      if (ended.signal.aborted || !stored) return Promise.resolve();
      const stop = this.#startUpdates(own);
      return /** @type {Promise<void>} */ (
        new Promise((resolve) => {
          ended.signal.addEventListener("abort", () => {
            stop();
            resolve();
          });
        })
      );
    };
    if (this.#locks) {
      this.#locks.request(`hongyan.location.${own.share}`, { signal: ended.signal }, send).catch(() => {});
    } else {
      send();
    }
    return () => ended.abort();
  }

  /** @param {OwnShare} own */
  #startUpdates({ share, precision }) {
    const { positions } = this;
    const cellKm = this.#settings?.cellKm;
    if (precision !== "precise" && !cellKm) return this.#startLater(share);
    const walk = precision === "precise" ? undefined : coarseWalk(Number(cellKm));
    const updater = new ShareUpdater({
      send: (data) => this.#client.connection.request("location.update", { share, ...data }),
      nextNumber: () => this.#nextNumber(share),
      snap: walk && ((fix) => walk.fix(fix)),
      minUpdateMs: this.#settings?.minUpdateMs ?? 2_000,
      onFinal: (reason) => this.#onFinal(share, reason),
    });
    const { last } = positions;
    if (last && serverClock.now() - Date.parse(last.measuredAt) < RECENT_MS) updater.onFix(last);
    if (!positions.visible) updater.pause();
    const stops = [
      positions.on("fix", (fix) => updater.onFix(fix)),
      positions.on("hidden", () => updater.pause()),
      this.#client.on("welcome", () => updater.onWelcome()),
      positions.follow(),
      () => updater.stop(),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** After a reload, the size of the cells has to be read first. @param {string} share */
  #startLater(share) {
    let stop = () => {};
    let stopped = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const load = () =>
      this.settings().then(
        () => {
          const own = this.#own.get(share);
          if (own && !stopped) stop = this.#startUpdates(own);
        },
        () => {
          if (!stopped) timer = setTimeout(load, SETTINGS_RETRY_MS);
        },
      );
    load();
    return () => {
      stopped = true;
      clearTimeout(timer);
      stop();
    };
  }

  /** @param {string} share */
  #nextNumber(share) {
    const stored = this.#stored();
    const own = stored.find((one) => one.share === share);
    if (!own) return 1;
    own.n++;
    this.#save(stored);
    return own.n;
  }

  /** @param {string} share @param {string} reason */
  #onFinal(share, reason) {
    if (reason === "location.other_device") {
      const own = this.#own.get(share);
      this.#unstore(share);
      this.#endUpdates(share);
      if (own) this.#own.set(share, { ...own, here: false });
    } else {
      this.#forget(share);
      this.emit("notice", "location.stopped_other");
    }
    this.emit("changed", null);
  }

  async #onDenied() {
    const here = this.own.filter((own) => own.here);
    if (here.length === 0) return;
    this.emit("notice", "location.stopped_denied");
    await Promise.allSettled(here.map(({ share }) => this.stop(share)));
  }

  /** The share has ended. @param {string} share */
  #forget(share) {
    this.#drop(share);
    this.#unstore(share);
  }

  /** @param {string} share */
  #drop(share) {
    this.#endUpdates(share);
    clearTimeout(this.#ends.get(share));
    this.#ends.delete(share);
    this.#own.delete(share);
  }

  /** @param {string} share */
  #endUpdates(share) {
    this.#updates.get(share)?.();
    this.#updates.delete(share);
  }

  get #key() {
    return `hongyan.location.${this.#client.user?.id ?? ""}`;
  }

  /** @returns {StoredShare[]} */
  #stored() {
    try {
      const stored = JSON.parse(this.#client.storage.getItem(this.#key) ?? "[]");
      return Array.isArray(stored) ? stored : [];
    } catch {
      return [];
    }
  }

  /** @param {StoredShare[]} shares */
  #save(shares) {
    if (shares.length) this.#client.storage.setItem(this.#key, JSON.stringify(shares));
    else this.#client.storage.removeItem(this.#key);
  }

  /** @param {string} share */
  #unstore(share) {
    this.#save(this.#stored().filter((one) => one.share !== share));
  }

  // What the server says

  #onWelcome() {
    if (!this.enabled) return;
    this.refresh().catch(() => {});
    this.emit("changed", null);
  }

  /** @param {string} conversation @param {import("../../client/types.js").Entry} entry */
  #onEntry(conversation, { kind, sender, content }) {
    if (kind !== "location" && kind !== "group") return;
    const me = this.#client.user?.id;
    const { share, change, users, expiresAt } = content;
    if (kind === "group" && (change === "left" ? sender === me : change === "removed" && users?.includes(me))) {
      this.#onLeft(conversation);
    }
    if (kind === "location" && sender === me) {
      if (change === "stopped") this.#forget(share);
      const isNew = change === "started" && !this.#own.has(share) && Date.parse(expiresAt) > serverClock.now();
      // The answer to a start of this device may come after its entry.
      if (isNew) this.refresh().catch(() => {});
    }
    this.emit("changed", null);
  }

  /** The user is not a member any more: no entry and no push says so of the shares. @param {string} conversation */
  #onLeft(conversation) {
    const left = this.own.filter((own) => own.conversation === conversation);
    for (const { share } of left) this.#forget(share);
    this.#watches.reset(conversation);
  }
}

/** @param {Store} store @returns {Locations} */
export function locationsOf(store) {
  return store.part("location");
}
