/** @import { Signal } from "./types.js" */
import { asHongyanError } from "../../../client/errors.js";

/** Signals of a generation: the description, its candidates and the check of the code. */
const MAX_WAITING = 50;
const RETRY_MS = 1_000;

/** Refusals that end when this client or the other one has reconnected. */
const TEMPORARY = ["call.peer_reconnecting", "call.peer_unreachable", "call.not_joined"];

/** @typedef {{generation: number, signal: Signal}} QueuedSignal */

/**
 * The signals to one participant: sent one after the other, so that they arrive in their order, and kept while the
 * server or the other participant cannot be reached. Those of an older generation are dropped.
 */
export class SignalQueue {
  /** @type {QueuedSignal[]} */
  #waiting = [];
  #send;
  #sending = false;
  #paused = false;
  #closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {(queued: QueuedSignal) => Promise<unknown>} send resolves once the other participant's node has it */
  constructor(send) {
    this.#send = send;
  }

  /** @param {number} generation @param {Signal} signal */
  add(generation, signal) {
    if (this.#closed) return;
    this.#waiting = this.#waiting.filter((queued) => queued.generation >= generation);
    // Candidates that do not fit are no loss: the first ones are the best.
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ generation, signal });
    this.#next();
  }

  /** Keeps signals, because there is no way to send them. */
  pause() {
    this.#paused = true;
    clearTimeout(this.#timer);
  }

  resume() {
    this.#paused = false;
    this.#next();
  }

  close() {
    this.#closed = true;
    this.#waiting = [];
    clearTimeout(this.#timer);
  }

  async #next() {
    if (this.#sending || this.#paused || this.#closed || this.#waiting.length === 0) return;
    clearTimeout(this.#timer);
    const [queued] = this.#waiting;
    this.#sending = true;
    try {
      await this.#send(queued);
      this.#remove(queued);
    } catch (thrown) {
      const error = asHongyanError(thrown);
      const temporary = error.retryable || TEMPORARY.includes(error.reason);
      if (temporary) this.#timer = setTimeout(() => this.#next(), error.retryAfterMs ?? RETRY_MS);
      else this.#remove(queued);
      if (temporary) return;
    } finally {
      this.#sending = false;
    }
    this.#next();
  }

  /** @param {QueuedSignal} queued */
  #remove(queued) {
    this.#waiting = this.#waiting.filter((other) => other !== queued);
  }
}
