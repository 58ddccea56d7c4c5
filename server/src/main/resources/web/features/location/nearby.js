/** @import { Hongyan } from "../../hongyan.js" */
/** @import { Locations } from "./locations.js" */
import { Emitter } from "../../client/emitter.js";
import { asHongyanError } from "../../client/errors.js";
import { serverClock } from "../../client/server-clock.js";
import { coarseWalk } from "./grid.js";

/** The distances within which the user can search, in metres. */
export const RADII = /** @type {const} */ ([1_000, 3_000, 10_000]);

/** @typedef {"<1km" | "<3km" | "<10km"} Bucket */

/** The longest time for which the server makes a user visible. */
const MAX_SECONDS = 86_400;

/** The buckets, the nearest first. @type {Bucket[]} */
export const BUCKETS = ["<1km", "<3km", "<10km"];

/** @typedef {{user: string, distance: Bucket}} NearbyUser */

/**
 * The users near this one. Only users who are visible to others may search. The exact position stays on this device:
 * the server gets the centre of its cell.
 * @extends {Emitter<{changed: null}>} emits `changed` when {@link Nearby#until} changes
 */
export class Nearby extends Emitter {
  #client;
  #locations;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #end;
  /** The centre of the cell in which the server has the user. @type {import("./geo/distance.js").Point | undefined} */
  #last;

  /** @param {Hongyan} client @param {Locations} locations */
  constructor(client, locations) {
    super();
    this.#client = client;
    this.#locations = locations;
  }

  get enabled() {
    return this.#client.supports("nearby.find");
  }

  /** Until when the user is visible, as far as this session knows; undefined if hidden. */
  get until() {
    const stored = this.#client.storage.getItem(this.#key);
    return stored && Date.parse(stored) > serverClock.now() ? stored : undefined;
  }

  /**
   * Makes the user visible for a time.
   * @param {number} seconds
   * @throws {import("./client/position-source.js").PositionProblem | import("../../client/errors.js").HongyanError}
   */
  async enable(seconds) {
    await this.#send(seconds);
    this.#setUntil(new Date(serverClock.now() + seconds * 1000).toISOString());
  }

  async disable() {
    await this.#client.request("nearby.disable", {});
    this.#setUntil(undefined);
  }

  /**
   * Searches around where the user is now.
   * @param {number} radius in metres, one of {@link RADII}
   * @returns {Promise<NearbyUser[]>} in no order within a bucket
   */
  async find(radius) {
    const { until } = this;
    try {
      if (until) await this.#send(Math.ceil((Date.parse(until) - serverClock.now()) / 1000));
      const { people } = await this.#client.request("nearby.find", { radius });
      return people;
    } catch (error) {
      // It has ended, or was turned off on another device.
      if (asHongyanError(error).reason === "nearby.not_enabled") this.#setUntil(undefined);
      throw error;
    }
  }

  clear() {
    clearTimeout(this.#end);
    this.#last = undefined;
    this.emit("changed", null);
  }

  deleteLocalData() {
    this.#client.storage.removeItem(this.#key);
  }

  /** @param {number} seconds */
  async #send(seconds) {
    const { cellKm } = await this.#locations.settings();
    const fix = await this.#locations.positions.measure();
    const point = coarseWalk(cellKm, this.#last).snap(fix);
    await this.#client.request("nearby.enable", { ...point, seconds: Math.max(1, Math.min(seconds, MAX_SECONDS)) });
    this.#last = point;
  }

  /** @param {string | undefined} until */
  #setUntil(until) {
    clearTimeout(this.#end);
    if (until) {
      this.#client.storage.setItem(this.#key, until);
      this.#end = setTimeout(() => this.emit("changed", null), Date.parse(until) - serverClock.now());
    } else {
      this.#client.storage.removeItem(this.#key);
    }
    this.emit("changed", null);
  }

  get #key() {
    return `hongyan.nearby.${this.#client.user?.id ?? ""}`;
  }
}
