/** @import { Signal } from "./types.js" */
import { asHongyanError } from "../../../client/errors.js";

/** Signals of a generation: the description, its candidates and the check of the code. */
const MAX_WAITING = 50;
const RETRY_MS = 1_000;

/** Refusals that are temporary, until this client or the other one has reconnected. */
const TEMPORARY = ["call.peer_reconnecting", "call.peer_unreachable", "call.not_joined"];

/** @typedef {{generation: number, signal: Signal}} QueuedSignal */

/**
 * A queue of signals to one participant. Sends them one after the other, so that they arrive in order, and keeps them
 * while the server or the other participant cannot be reached. Signals of older generations are dropped.
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
    // Candidates that do not fit can be dropped, because the first ones are the best.
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ generation, signal });
    this.#next();
  }

  /** Keeps signals, because they cannot be sent at the moment. */
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
