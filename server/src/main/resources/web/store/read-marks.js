/** @import { Hongyan } from "../hongyan.js" */
import { asHongyanError } from "../client/errors.js";

const EVERY_MS = 1_000;

/** Tells the server how far one has read: at most once a second, the furthest only, and again after an absence. */
export class ReadMarks {
  /** @type {Map<string, number>} */
  #waiting = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Hongyan} client */
  constructor(client) {
    this.client = client;
    client.on("welcome", () => this.#tell());
  }

  /** @param {string} conversation @param {number} seq */
  add(conversation, seq) {
    this.#waiting.set(conversation, seq);
    this.#timer ??= setTimeout(() => this.#tell(), EVERY_MS);
  }

  clear() {
    this.#waiting.clear();
  }

  async #tell() {
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
