/** @import { Fix, Precision } from "../types.js" */
import { asHongyanError } from "../../../client/errors.js";

/** A position is repeated this often while the device stands still, so that the share does not become stale. */
const KEEP_ALIVE_MS = 20_000;
const FIRST_RETRY_MS = 2_000;

/** The refusals after which no update of this share can succeed. */
const FINAL = ["location.ended", "location.not_found", "location.other_device"];

/**
 * Sends the positions of one share: at most one in `minUpdateMs`, always the newest, and the same one again while there
 * is no newer one. It has no clock or connection of its own.
 */
export class ShareUpdater {
  #send;
  #minUpdateMs;
  #snap;
  #nextNumber;
  #now;
  #onFinal;
  /** @type {Fix | undefined} */
  #fix;
  /** Whether `#fix` was not sent yet. */
  #fresh = false;
  #paused = false;
  #sending = false;
  #stopped = false;
  /** The time of the last accepted update, and the time before which no other may be sent. */
  #earliest = 0;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {object} options
   * @param {(data: object) => Promise<unknown>} options.send sends `location.update` once
   * @param {() => number} options.nextNumber the next sequence number, above all that this share has used
   * @param {(reason: string) => void} options.onFinal the server takes no more updates; called once
   * @param {(fix: Fix) => Fix} [options.snap] makes a position coarse
   * @param {number} options.minUpdateMs
   * @param {() => number} [options.now] in milliseconds
   */
  constructor({ send, nextNumber, onFinal, snap = (fix) => fix, minUpdateMs, now = Date.now }) {
    this.#send = send;
    this.#nextNumber = nextNumber;
    this.#onFinal = onFinal;
    this.#snap = snap;
    this.#minUpdateMs = minUpdateMs;
    this.#now = now;
  }

  /** The device has a new position. @param {Fix} fix */
  onFix(fix) {
    this.#fix = this.#snap(fix);
    this.#fresh = true;
    this.#paused = false;
    this.#schedule();
  }

  /** The page is hidden, and gets no more positions. */
  pause() {
    if (this.#paused) return;
    this.#paused = true;
    clearTimeout(this.#timer);
    this.#update({ paused: true });
  }

  /** The connection is back: the others wait for a position. */
  onWelcome() {
    this.#failures = 0;
    this.#earliest = Math.min(this.#earliest, this.#now());
    if (this.#paused) this.#update({ paused: true });
    else this.#schedule(true);
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** @param {boolean} [repeat] whether to send the same position again without delay */
  #schedule(repeat = false) {
    if (this.#stopped || this.#sending || this.#paused || !this.#fix) return;
    const due = this.#fresh || repeat ? 0 : KEEP_ALIVE_MS;
    const wait = Math.max(due, this.#earliest - this.#now());
    clearTimeout(this.#timer);
    if (wait > 0) this.#timer = setTimeout(() => this.#sendNewest(), wait);
    else this.#sendNewest();
  }

  async #sendNewest() {
    if (this.#stopped || this.#paused || !this.#fix) return;
    this.#sending = true;
    this.#fresh = false;
    const sentAt = this.#now();
    try {
      await this.#send({ n: this.#nextNumber(), ...this.#fix });
      this.#failures = 0;
      this.#earliest = sentAt + this.#minUpdateMs;
    } catch (error) {
      this.#onError(asHongyanError(error));
    }
    this.#sending = false;
    this.#schedule();
  }

  /**
   * The next attempt sends the newest position, not the one that failed.
   * @param {import("../../../client/errors.js").HongyanError} error
   */
  #onError({ reason, retryAfterMs, refused }) {
    if (this.#endedBy(reason)) return;
    // What the server does not accept would not be accepted later.
    this.#fresh = !refused || retryAfterMs !== undefined;
    const backoff = Math.min(KEEP_ALIVE_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
    this.#earliest = this.#now() + (retryAfterMs ?? backoff);
  }

  /** @param {{paused: true}} data */
  async #update(data) {
    try {
      await this.#send({ n: this.#nextNumber(), ...data });
    } catch (error) {
      this.#endedBy(asHongyanError(error).reason);
    }
  }

  /** Whether a refusal is the last, or does not matter any more. @param {string} [reason] */
  #endedBy(reason = "") {
    if (this.#stopped) return true;
    if (!FINAL.includes(reason)) return false;
    this.stop();
    this.#onFinal(reason);
    return true;
  }
}
