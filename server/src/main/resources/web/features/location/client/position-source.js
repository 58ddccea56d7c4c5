/** @import { Fix } from "../types.js" */
import { Emitter } from "../../../client/emitter.js";
import { fixOf } from "./fix.js";

const PERMISSION_DENIED = 1;
/** How long one measurement may take. A device without a view of the sky needs that long. */
const MEASURE_MS = 30_000;

/** @typedef {"denied" | "unavailable" | "insecure"} PositionProblem */

/**
 * The positions of this device while the page is visible. Browsers deliver none to a hidden page, so it starts again
 * when the page is visible again, with a position that is measured then.
 *
 * Events: `fix`; `hidden` and `visible` for the page; `problem` when positions stop or continue to arrive. Only
 * `denied` is final, because a measurement that took too long, or a lost signal, says nothing about the next one.
 * @extends {Emitter<{fix: Fix, hidden: null, visible: null, problem: PositionProblem | null}>}
 */
export class PositionSource extends Emitter {
  /** The newest position. @type {Fix | null} */
  last = null;
  /** @type {PositionProblem | null} */
  problem = null;
  #geolocation;
  #document;
  #now;
  #users = 0;
  /** @type {number | undefined} */
  #watch;
  /** Counts starts, so that a late position of an earlier start is recognized. */
  #run = 0;

  /**
   * @param {object} options
   * @param {Geolocation | undefined} options.geolocation absent where the browser has none
   * @param {Pick<Document, "visibilityState" | "addEventListener"> | undefined} options.document
   * @param {() => number} options.now the server's time
   * @param {boolean} [options.secure] whether the page may use positions
   */
  constructor({ geolocation, document, now, secure = true }) {
    super();
    this.#geolocation = secure ? geolocation : undefined;
    this.#document = document;
    this.#now = now;
    if (!this.#geolocation) this.problem = secure ? "unavailable" : "insecure";
    document?.addEventListener("visibilitychange", () => this.#onVisibility());
  }

  get visible() {
    return this.#document?.visibilityState !== "hidden";
  }

  /**
   * Delivers positions until the returned function is called.
   * @returns {() => void}
   */
  follow() {
    if (this.#users++ === 0) this.#start();
    let following = true;
    return () => {
      if (following && --this.#users === 0) this.#stop();
      following = false;
    };
  }

  /**
   * Measures once, and asks the user for the permission if needed.
   * @param {number} [timeout] in milliseconds, from the permission on
   * @returns {Promise<Fix>}
   * @throws {PositionProblem}
   */
  measure(timeout = MEASURE_MS) {
    const geolocation = this.#geolocation;
    if (!geolocation) return Promise.reject(this.problem);
    return new Promise((resolve, reject) => {
      const options = { enableHighAccuracy: true, maximumAge: 0, timeout };
      geolocation.getCurrentPosition(
        (position) => {
          const fix = this.#take(position);
          if (!fix) return reject("unavailable");
          this.#setProblem(null);
          // One that arrives after the page was hidden would end the pause of a share.
          if (this.visible) this.emit("fix", fix);
          resolve(fix);
        },
        ({ code }) => reject(code === PERMISSION_DENIED ? "denied" : "unavailable"),
        options,
      );
    });
  }

  #start() {
    const geolocation = this.#geolocation;
    if (!geolocation || !this.visible || this.#watch !== undefined) return;
    const run = ++this.#run;
    const onPosition = (/** @type {GeolocationPosition} */ position) => {
      if (run !== this.#run) return;
      const fix = this.#take(position);
      if (!fix) return;
      this.#setProblem(null);
      this.emit("fix", fix);
    };
    const onError = (/** @type {GeolocationPositionError} */ { code }) => {
      if (run === this.#run) this.#setProblem(code === PERMISSION_DENIED ? "denied" : "unavailable");
    };
    const options = { enableHighAccuracy: true, timeout: MEASURE_MS };
    // First, so that the others do not see a position from before the page was hidden.
    geolocation.getCurrentPosition(onPosition, onError, { ...options, maximumAge: 0 });
    this.#watch = geolocation.watchPosition(onPosition, onError, options);
  }

  #stop() {
    this.#run++;
    if (this.#watch !== undefined) this.#geolocation?.clearWatch(this.#watch);
    this.#watch = undefined;
  }

  #onVisibility() {
    if (this.visible) {
      if (this.#users > 0) this.#start();
      this.emit("visible", null);
    } else {
      this.#stop();
      this.emit("hidden", null);
    }
  }

  /** @param {GeolocationPosition} position */
  #take(position) {
    const fix = fixOf(position, this.#now() - Date.now());
    // An older one can be delivered later.
    if (fix && (!this.last || this.last.measuredAt <= fix.measuredAt)) this.last = fix;
    return fix;
  }

  /** @param {PositionProblem | null} problem */
  #setProblem(problem) {
    if (problem === this.problem) return;
    this.problem = problem;
    this.emit("problem", problem);
  }
}
