/** @import { Hongyan } from "../../hongyan.js" */
/** @import { Store } from "../../store/store.js" */
/** @import { EnvelopeLimits, EnvelopeOutcome, EnvelopeView, HistoryAnswer, Opener } from "./types.js" */
import { Emitter } from "../../client/emitter.js";
import { asHongyanError } from "../../client/errors.js";

/** How many are requested at the same time. */
const MAX_REQUESTS = 2;
/** How many are remembered on this device. */
const MAX_STORED = 500;
const PAGE = 30;
/** An envelope is read again within this time, at a random moment, so that a crowd does not do it at once. */
const REFRESH_MS = 1_000;

/** The limits of a node without settings. @type {EnvelopeLimits} */
const DEFAULT_LIMITS = { shareMin: 1, shareMax: 20_000, sharesMax: 100, greetingMax: 25 };

/**
 * The state of a red envelope for the user.
 * @typedef {"unopened" | "opened" | "empty" | "expired" | "gone"} EnvelopeState
 */

/**
 * What this device knows about an envelope: the server's view, or only the stored state from an earlier visit.
 * @typedef {object} KnownEnvelope
 * @property {EnvelopeView | null} view
 * @property {EnvelopeState} state
 * @property {number} [mine] the amount that the user got, in fen
 */

/**
 * The red envelopes that were shown. Openings are pushed to the sender, the opener and those who watch the envelope;
 * everything else is requested when it is shown.
 *
 * Event: `changed` with the envelope; with `""` after a new connection.
 * @extends {Emitter<{changed: string}>}
 */
export class Envelopes extends Emitter {
  /** Whether the node has red envelopes, as the newest welcome said; kept while there is no connection. */
  enabled = false;
  limits = DEFAULT_LIMITS;
  /** @type {Map<string, KnownEnvelope>} */
  #known = new Map();
  /** @type {Set<string>} requested, or about to be, or not available */
  #requested = new Set();
  /** @type {string[]} the newest is requested first */
  #waiting = [];
  #requests = 0;
  /** @type {Map<string, number>} watchers by envelope */
  #watched = new Map();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #refreshes = new Map();

  /** @param {Hongyan} client */
  constructor(client) {
    super();
    this.client = client;
    this.#restore();
    client.on("envelope.opened", (push) => this.#onOpened(push));
    client.on("envelope.closed", ({ envelope }) => {
      if (this.#known.get(envelope)?.view) this.#readAgain(envelope);
    });
    client.on("welcome", ({ features }) => {
      this.enabled = features.includes("envelope.send");
      this.#onWelcome();
    });
    client.on("syncRequired", () => this.#watchAll());
  }

  /** Another user is here. */
  clear() {
    for (const timer of this.#refreshes.values()) clearTimeout(timer);
    this.#refreshes.clear();
    this.#known.clear();
    this.#requested.clear();
    this.#waiting = [];
    this.#watched.clear();
    this.#restore();
  }

  /** Removes what is on this device. */
  deleteLocalData() {
    this.client.storage.removeItem(this.#key);
  }

  /** Loads the limits of the node. */
  async loadLimits() {
    if (!this.client.supports("envelope.limits")) return;
    this.limits = { ...DEFAULT_LIMITS, ...(await this.client.request("envelope.limits", {})) };
  }

  /**
   * What is known about an envelope; its current state is requested once.
   * @param {string} id
   * @returns {KnownEnvelope | undefined}
   */
  get(id) {
    if (!this.#requested.has(id)) {
      this.#requested.add(id);
      this.#waiting.push(id);
      queueMicrotask(() => this.#requestNext());
    }
    return this.#known.get(id);
  }

  /** The envelopes whose current state is known. @returns {EnvelopeView[]} */
  views() {
    return [...this.#known.values()].flatMap(({ view }) => (view ? [view] : []));
  }

  /** @param {string} id @returns {Promise<EnvelopeView>} */
  async view(id) {
    return this.#update(await this.client.request("envelope.view", { envelope: id }));
  }

  /**
   * Opens an envelope. A repetition after a lost answer has the outcome of the first attempt.
   * @param {string} id
   * @returns {Promise<EnvelopeOutcome>}
   */
  async open(id) {
    /** @type {EnvelopeOutcome} */
    const outcome = await this.client.request("envelope.open", { envelope: id });
    const got = outcome.outcome === "opened" || outcome.outcome === "already";
    const state = got ? "opened" : /** @type {"empty" | "expired"} */ (outcome.outcome);
    const known = this.#known.get(id);
    this.#set(id, { view: known?.view ?? null, state, mine: outcome.amount ?? known?.mine });
    return outcome;
  }

  /**
   * Watches the openings of an envelope, across reconnects, until the returned function is called.
   * @param {string} id
   * @returns {() => void}
   */
  watch(id) {
    const watchers = this.#watched.get(id) ?? 0;
    this.#watched.set(id, watchers + 1);
    if (watchers === 0) this.#watchNow(id);
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      const left = (this.#watched.get(id) ?? 1) - 1;
      if (left > 0) this.#watched.set(id, left);
      else if (this.#watched.delete(id)) this.client.notify("envelope.unwatch", { envelope: id });
    };
  }

  /**
   * @param {number} year
   * @param {"sent" | "received"} direction
   * @param {string} [cursor]
   * @returns {Promise<HistoryAnswer>}
   */
  history(year, direction, cursor) {
    // The year begins by the clock of this device.
    const utcOffsetMinutes = -new Date(year, 0, 1).getTimezoneOffset();
    return this.client.request("envelope.history", { year, utcOffsetMinutes, direction, cursor, limit: PAGE });
  }

  #requestNext() {
    while (this.#requests < MAX_REQUESTS && this.#waiting.length) {
      const id = /** @type {string} */ (this.#waiting.pop());
      this.#requests++;
      this.view(id)
        .catch((error) => this.#failed(id, asHongyanError(error)))
        .finally(() => {
          this.#requests--;
          this.#requestNext();
        });
    }
  }

  /** @param {string} id @param {import("../../client/errors.js").HongyanError} error */
  #failed(id, error) {
    // What failed is requested again when it is shown again.
    if (error.kind !== "not_found") this.#requested.delete(id);
    else if (this.#known.get(id)?.state !== "opened") this.#set(id, { view: null, state: "gone" });
  }

  /** @param {EnvelopeView} view */
  #update(view) {
    this.#requested.add(view.envelope);
    const mine = view.mine ?? this.#known.get(view.envelope)?.mine;
    this.#set(view.envelope, { view: { ...view, mine }, state: stateOf(view, mine), mine });
    return view;
  }

  /** @param {string} id @param {KnownEnvelope} known */
  #set(id, known) {
    const before = this.#known.get(id);
    this.#known.delete(id);
    this.#known.set(id, known);
    if (before?.state !== known.state || before.mine !== known.mine) this.#save();
    this.emit("changed", id);
  }

  /** @param {{envelope: string, openings: Opener[], taken: number}} push */
  #onOpened({ envelope, openings, taken }) {
    const known = this.#known.get(envelope);
    const mine = known?.mine ?? openings.find(({ user }) => user === this.client.user?.id)?.amount;
    if (!known?.view) {
      if (mine !== undefined) this.#set(envelope, { view: null, state: "opened", mine });
      this.#readAgain(envelope);
      return;
    }
    const { view } = known;
    // A sender or opener who also watches gets the push twice, and an answer may have been faster.
    const there = new Set(view.openers.map(({ user }) => user));
    const fresh = openings.filter(({ user }) => !there.has(user));
    if (fresh.length === 0) return;
    const state = taken >= view.count ? "exhausted" : view.state;
    const next = {
      ...view,
      state,
      mine,
      openers: [...view.openers, ...fresh],
      taken: Math.max(view.taken, taken),
      takenAmount: fresh.reduce((sum, { amount }) => sum + amount, view.takenAmount),
    };
    this.#set(envelope, { view: next, state: stateOf(next, mine), mine });
    if (next.openers.length !== next.taken) this.#readAgain(envelope);
  }

  /** Reads an envelope again, soon and not too often. @param {string} id */
  #readAgain(id) {
    if (this.#refreshes.has(id)) return;
    const timer = setTimeout(
      () => {
        this.#refreshes.delete(id);
        this.view(id).catch(() => {});
      },
      REFRESH_MS * (0.3 + 0.7 * Math.random()),
    );
    this.#refreshes.set(id, timer);
  }

  /** Pushes were missed while there was no connection: open envelopes are requested again when they are shown. */
  #onWelcome() {
    for (const [id, { view }] of this.#known) if (!view || view.state === "open") this.#requested.delete(id);
    this.#watchAll();
    this.emit("changed", "");
  }

  #watchAll() {
    for (const id of this.#watched.keys()) this.#watchNow(id);
  }

  /** @param {string} id */
  async #watchNow(id) {
    try {
      this.#update(await this.client.request("envelope.watch", { envelope: id }));
    } catch {
      // Requested again at the next welcome.
    }
  }

  get #key() {
    return `hongyan.envelopes.${this.client.user?.id ?? ""}`;
  }

  /** Opened envelopes are stored, so that they are not shown as closed before the server has answered. */
  #restore() {
    try {
      const stored = JSON.parse(this.client.storage.getItem(this.#key) ?? "[]");
      for (const [id, state, mine] of stored) this.#known.set(id, { view: null, state, mine: mine ?? undefined });
    } catch {
      // Not written by this page.
    }
  }

  #save() {
    const stored = [...this.#known].flatMap(([id, { state, mine }]) =>
      state === "unopened" ? [] : [[id, state, mine ?? null]],
    );
    this.client.storage.setItem(this.#key, JSON.stringify(stored.slice(-MAX_STORED)));
  }
}

/** @param {Store} store @returns {Envelopes} */
export function envelopesOf(store) {
  return store.part("redenvelope");
}

/** @param {EnvelopeView} view @param {number | undefined} mine @returns {EnvelopeState} */
function stateOf(view, mine) {
  if (mine !== undefined) return "opened";
  if (view.state === "exhausted") return "empty";
  return view.state === "expired" ? "expired" : "unopened";
}
