/** @import { SharePosition } from "../types.js" */

/** A share without an update for this long is stale. */
const STALE_MS = 60_000;
/** A position that is less accurate than this is an area, and a pin would pretend to know more. */
const MAX_PIN_ACCURACY = 500;

/** @typedef {"waiting" | "live" | "paused" | "stale"} ShareStatus */

/** The running shares of a conversation and their newest positions, by the pushes of `location.positions`. */
export class PositionBoard {
  /** @type {Map<string, SharePosition>} */
  #shares = new Map();
  /** The shares that were known before the watch was repeated, and not confirmed since. @type {Set<string>} */
  #unconfirmed = new Set();
  /** Whether the server has sent the positions since the watch started: until then, no share is missing. */
  received = false;

  /** @param {SharePosition[]} positions @param {number} now the server's time */
  apply(positions, now) {
    this.received = true;
    for (const position of positions) {
      const { share, n, ended } = position;
      this.#unconfirmed.delete(share);
      const known = this.#shares.get(share);
      if (ended) this.#shares.delete(share);
      else if (!known || (n ?? -1) >= (known.n ?? -1)) this.#shares.set(share, merged(known, position));
    }
    this.expire(now);
  }

  /** Removes the shares whose time is over. @param {number} now the server's time */
  expire(now) {
    for (const [id, { expiresAt }] of this.#shares) {
      if (expiresAt && Date.parse(expiresAt) <= now) this.#shares.delete(id);
    }
  }

  /** The watch starts again: its first pushes have all running shares. */
  restart() {
    this.received = false;
    this.#unconfirmed = new Set(this.#shares.keys());
  }

  /** The first pushes of the new watch have arrived: the shares that they did not have, have ended. */
  dropUnconfirmed() {
    for (const share of this.#unconfirmed) this.#shares.delete(share);
    this.#unconfirmed.clear();
  }

  clear() {
    this.#shares.clear();
    this.#unconfirmed.clear();
  }

  /** In a fixed order, so that a list of them does not jump. */
  get all() {
    return [...this.#shares.values()];
  }
}

/**
 * A paused update has no position: the last one stays.
 * @param {SharePosition | undefined} known
 * @param {SharePosition} next
 */
function merged(known, next) {
  return next.latitude === undefined && known ? { ...known, ...next } : next;
}

/** @param {SharePosition} position @param {number} now the server's time @returns {ShareStatus} */
export function statusOf({ latitude, receivedAt, paused }, now) {
  if (paused) return "paused";
  if (latitude === undefined || !receivedAt) return "waiting";
  return now - Date.parse(receivedAt) > STALE_MS ? "stale" : "live";
}

/** Whether a position is good enough for a pin. @param {{accuracy?: number}} position */
export function hasPin({ accuracy = 0 }) {
  return accuracy <= MAX_PIN_ACCURACY;
}
