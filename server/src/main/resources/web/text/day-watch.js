import { Emitter } from "../client/emitter.js";
import { serverClock } from "../client/server-clock.js";
import { dropFormats } from "./time.js";

/** Texts such as "5 minutes ago" are redrawn this often. Also detects a new time zone, for which there is no event. */
const TICK_MS = 30_000;

/**
 * Emits an event when texts that depend on the time have to be redrawn: regularly, at midnight, when the device wakes
 * up, in another time zone, and when the clock was corrected.
 *
 * Events: `tick` when texts may have changed; `day` just before it when another day has begun, here or by a change of
 * zone or clock.
 * @extends {Emitter<{tick: null, day: null}>}
 */
export class DayWatch extends Emitter {
  #zone = zone();
  #day = today();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {(() => void) | undefined} */
  #stopClock;

  start() {
    const check = () => this.check();
    this.#stopClock = serverClock.on("corrected", check);
    for (const type of ["focus", "pageshow"]) globalThis.addEventListener?.(type, check);
    globalThis.document?.addEventListener("visibilitychange", check);
    this.#schedule();
  }

  /** Ends the timer; the page's own events may still cause a check. */
  stop() {
    clearTimeout(this.#timer);
    this.#stopClock?.();
  }

  /** Checks now. Timers are late after the device slept. */
  check() {
    this.#schedule();
    const [before, day] = [`${this.#zone} ${this.#day}`, today()];
    this.#zone = zone();
    this.#day = day;
    if (`${this.#zone} ${day}` !== before) {
      dropFormats();
      this.emit("day", null);
    }
    this.emit("tick", null);
  }

  #schedule() {
    clearTimeout(this.#timer);
    const now = serverClock.now();
    const midnight = new Date(now).setHours(24, 0, 0, 0);
    this.#timer = setTimeout(() => this.check(), Math.min(TICK_MS, midnight - now + 1));
  }
}

/** The time zone of the device, which changes with travel and, by its offset, twice a year. */
function zone() {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function today() {
  return new Date(serverClock.now()).toDateString();
}
