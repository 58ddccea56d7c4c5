import { Emitter } from "./emitter.js";

/** A smaller correction does not change what is shown. */
const NOTABLE_MS = 1_000;

/**
 * The server's time. The clock of the device may be wrong by hours, so that it must not be compared with times from the
 * server.
 *
 * Event: `corrected` when the time jumped.
 * @extends {Emitter<{corrected: null}>}
 */
export class ServerClock extends Emitter {
  /** What to add to the device's time, in milliseconds. */
  #offset = 0;

  /** @returns {number} milliseconds since 1970, like `Date.now()`; the device's time until the server sends its own */
  now() {
    return Date.now() + this.#offset;
  }

  /** @returns {string} as in the protocol */
  iso() {
    return new Date(this.now()).toISOString();
  }

  /**
   * Takes the time that the server sent.
   * @param {string | undefined} serverTime ignored if it is malformed
   * @param {number} [sentAt] `Date.now()` when it was requested; absent if it was pushed
   */
  observe(serverTime, sentAt) {
    const received = Date.now();
    const server = Date.parse(serverTime ?? "");
    // If the device clock was set meanwhile, it cannot measure the round trip.
    const roundTrip = sentAt === undefined ? 0 : Math.max(0, received - sentAt);
    if (Number.isNaN(server)) return;
    const offset = server + roundTrip / 2 - received;
    const notable = Math.abs(offset - this.#offset) >= NOTABLE_MS;
    this.#offset = offset;
    if (notable) this.emit("corrected", null);
  }
}

/** The clock of the server that the page came from. */
export const serverClock = new ServerClock();
