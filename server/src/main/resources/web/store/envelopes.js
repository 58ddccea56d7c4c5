/** @import { EnvelopeOutcome, EnvelopePush, EnvelopeView, HistoryAnswer, Opener } from "../client/types.js" */
/** @import { Hongyan } from "../hongyan.js" */
import { Emitter } from "../client/emitter.js";
import { asHongyanError } from "../client/errors.js";

/** How many are asked for at the same time. */
const ASKING = 2;
/** How many are remembered on this device. */
const KEPT = 500;
const PAGE = 30;
/** What is read anew is so at about this time, and not by a whole crowd at once. */
const REFRESH_MS = 1_000;

/**
 * What a red envelope is to the person who looks at it.
 * @typedef {"unopened" | "opened" | "empty" | "expired" | "gone"} EnvelopeState
 */

/**
 * What this device knows of an envelope: the server's view, or what is left of one from an earlier visit.
 * @typedef {object} Known
 * @property {EnvelopeView | null} view
 * @property {EnvelopeState} state
 * @property {number} [mine] what one got, in fen
 */

/**
 * The red envelopes that one meets. What happens to them is pushed to the two parties and to those who watch; all else
 * is asked for when it is shown.
 *
 * Events: `changed` with the envelope.
 * @extends {Emitter<{changed: string}>}
 */
export class Envelopes extends Emitter {
  /** @type {Map<string, Known>} */
  #known = new Map();
  /** @type {Set<string>} asked for, or to be asked for, or not to be had */
  #asked = new Set();
  /** @type {string[]} the newest wish is served first */
  #waiting = [];
  #asking = 0;
  /** @type {Map<string, number>} how many look at it */
  #watched = new Map();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #refreshes = new Map();

  /** @param {Hongyan} client */
  constructor(client) {
    super();
    this.client = client;
    this.#remember();
    client.on("envelope", (push) => this.#onPush(push));
    client.on("welcome", () => this.#onWelcome());
    client.on("behind", () => this.#watchAll());
  }

  /** Somebody else is here. */
  clear() {
    for (const timer of this.#refreshes.values()) clearTimeout(timer);
    this.#refreshes.clear();
    this.#known.clear();
    this.#asked.clear();
    this.#waiting = [];
    this.#watched.clear();
    this.#remember();
  }

  /** Nothing of it stays on this device. */
  forget() {
    this.client.storage.removeItem(this.#key);
  }

  /**
   * What is known of an envelope; its present state is asked for once.
   * @param {string} id
   * @returns {Known | undefined}
   */
  get(id) {
    if (!this.#asked.has(id)) {
      this.#asked.add(id);
      this.#waiting.push(id);
      queueMicrotask(() => this.#ask());
    }
    return this.#known.get(id);
  }

  /** Those whose present state is known. @returns {EnvelopeView[]} */
  views() {
    return [...this.#known.values()].flatMap(({ view }) => (view ? [view] : []));
  }

  /** @param {string} id @returns {Promise<EnvelopeView>} */
  async view(id) {
    return this.#learn(await this.client.call("envelope.view", { envelope: id }));
  }

  /**
   * Opens it: asked again after a lost answer, the server says what was decided then.
   * @param {string} id
   * @returns {Promise<EnvelopeOutcome>}
   */
  async open(id) {
    /** @type {EnvelopeOutcome} */
    const outcome = await this.client.call("envelope.open", { envelope: id });
    const got = outcome.outcome === "opened" || outcome.outcome === "already";
    const state = got ? "opened" : /** @type {"empty" | "expired"} */ (outcome.outcome);
    const known = this.#known.get(id);
    this.#keep(id, { view: known?.view ?? null, state, mine: outcome.amount ?? known?.mine });
    return outcome;
  }

  /**
   * Follows an envelope as it is emptied, across lost connections, until the returned function is called.
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
      else if (this.#watched.delete(id)) this.client.tell("envelope.unwatch", { envelope: id });
    };
  }

  /**
   * @param {number} year
   * @param {"sent" | "received"} direction
   * @param {string} [cursor]
   * @returns {Promise<HistoryAnswer>}
   */
  history(year, direction, cursor) {
    return this.client.call("envelope.history", { year, direction, cursor, limit: PAGE });
  }

  #ask() {
    while (this.#asking < ASKING && this.#waiting.length) {
      const id = /** @type {string} */ (this.#waiting.pop());
      this.#asking++;
      this.view(id)
        .catch((error) => this.#failed(id, asHongyanError(error)))
        .finally(() => {
          this.#asking--;
          this.#ask();
        });
    }
  }

  /** @param {string} id @param {import("../client/errors.js").HongyanError} error */
  #failed(id, error) {
    // What could not be answered is asked again when it is shown again.
    if (error.kind !== "not_found") this.#asked.delete(id);
    else if (this.#known.get(id)?.state !== "opened") this.#keep(id, { view: null, state: "gone" });
  }

  /** @param {EnvelopeView} view */
  #learn(view) {
    this.#asked.add(view.envelope);
    const mine = view.mine ?? this.#known.get(view.envelope)?.mine;
    this.#keep(view.envelope, { view: { ...view, mine }, state: stateOf(view, mine), mine });
    return view;
  }

  /** @param {string} id @param {Known} known */
  #keep(id, known) {
    const before = this.#known.get(id);
    this.#known.delete(id);
    this.#known.set(id, known);
    if (before?.state !== known.state || before.mine !== known.mine) this.#save();
    this.emit("changed", id);
  }

  /** @param {EnvelopePush} push */
  #onPush(push) {
    if (push.change === "opened") this.#onOpened(push);
    else if (push.change === "closed" && this.#known.get(push.envelope)?.view) this.#again(push.envelope);
  }

  /** @param {{envelope: string, openings: Opener[], taken: number}} push */
  #onOpened({ envelope, openings, taken }) {
    const known = this.#known.get(envelope);
    const mine = known?.mine ?? openings.find(({ user }) => user === this.client.user?.id)?.amount;
    if (!known?.view) {
      if (mine !== undefined) this.#keep(envelope, { view: null, state: "opened", mine });
      this.#again(envelope);
      return;
    }
    const { view } = known;
    // The two parties are told by themselves, and once more if they watch; and an answer may have been faster.
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
    this.#keep(envelope, { view: next, state: stateOf(next, mine), mine });
    if (next.openers.length !== next.taken) this.#again(envelope);
  }

  /** Reads it anew, soon and not too often. @param {string} id */
  #again(id) {
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

  /** What happened during an absence was pushed to nobody: what is open is asked for again when it is shown. */
  #onWelcome() {
    for (const [id, { view }] of this.#known) if (!view || view.state === "open") this.#asked.delete(id);
    this.#watchAll();
    this.emit("changed", "");
  }

  #watchAll() {
    for (const id of this.#watched.keys()) this.#watchNow(id);
  }

  /** @param {string} id */
  async #watchNow(id) {
    try {
      this.#learn(await this.client.call("envelope.watch", { envelope: id }));
    } catch {
      // The next welcome asks again.
    }
  }

  get #key() {
    return `hongyan.envelopes.${this.client.user?.id ?? ""}`;
  }

  /** So that what was opened is not shown as closed before the server has been asked. */
  #remember() {
    try {
      const kept = JSON.parse(this.client.storage.getItem(this.#key) ?? "[]");
      for (const [id, state, mine] of kept) this.#known.set(id, { view: null, state, mine: mine ?? undefined });
    } catch {
      // Not something that we wrote.
    }
  }

  #save() {
    const kept = [...this.#known].flatMap(([id, { state, mine }]) =>
      state === "unopened" ? [] : [[id, state, mine ?? null]],
    );
    try {
      this.client.storage.setItem(this.#key, JSON.stringify(kept.slice(-KEPT)));
    } catch {
      // Storage is full or forbidden: the server is asked again.
    }
  }
}

/** @param {EnvelopeView} view @param {number | undefined} mine @returns {EnvelopeState} */
function stateOf(view, mine) {
  if (mine !== undefined) return "opened";
  if (view.state === "exhausted") return "empty";
  return view.state === "expired" ? "expired" : "unopened";
}
