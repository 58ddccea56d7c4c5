/** @import { Hongyan } from "../hongyan.js" */
import { asHongyanError } from "../client/errors.js";

const INTERVAL_MS = 1_000;

/** Sends read marks: at most once a second per conversation, only the newest, and again after a reconnect. */
export class ReadMarks {
  /** @type {Map<string, number>} */
  #waiting = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Hongyan} client */
  constructor(client) {
    this.client = client;
    client.on("welcome", () => this.#flush());
  }

  /** @param {string} conversation @param {number} seq */
  add(conversation, seq) {
    this.#waiting.set(conversation, seq);
    this.#timer ??= setTimeout(() => this.#flush(), INTERVAL_MS);
  }

  clear() {
    this.#waiting.clear();
  }

  async #flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [conversation, seq] of [...this.#waiting]) {
      if (this.client.state !== "online") return;
      try {
        await this.client.request("read.mark", { conversation, seq });
      } catch (error) {
        if (asHongyanError(error).retryable) continue;
      }
      if (this.#waiting.get(conversation) === seq) this.#waiting.delete(conversation);
    }
  }
}
