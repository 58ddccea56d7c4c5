/** @import { LogItem } from "../../store/log.js" */
/** @import { Envelopes } from "./envelopes.js" */

/** As many as fit on a screen; the server allows ten per socket. */
const MAX_WATCHED = 4;

/** Watches the newest envelopes of the conversation on the screen for as long as they can be opened. */
export class EnvelopeFollower {
  /** @type {Map<string, () => void>} */
  #stops = new Map();

  /** @param {Envelopes} envelopes */
  constructor(envelopes) {
    this.envelopes = envelopes;
  }

  /** @param {LogItem[]} items what is shown, ascending */
  follow(items) {
    const next = new Set();
    for (let i = items.length - 1; i >= 0 && next.size < MAX_WATCHED; i--) {
      const { kind, content } = items[i].entry;
      if (kind !== "envelope" || content.count === 1) continue;
      if (this.envelopes.get(content.envelope)?.view?.state === "open") next.add(content.envelope);
    }
    for (const [id, stop] of this.#stops) {
      if (next.has(id)) continue;
      stop();
      this.#stops.delete(id);
    }
    for (const id of next) if (!this.#stops.has(id)) this.#stops.set(id, this.envelopes.watch(id));
  }

  stop() {
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
  }
}
