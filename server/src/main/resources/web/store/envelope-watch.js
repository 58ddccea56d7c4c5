/** @import { Item } from "./log.js" */
/** @import { Envelopes } from "./envelopes.js" */

/** As many as fit on a screen; a node lets a socket watch ten. */
const MOST = 4;

/** Follows the newest envelopes of a conversation that is on the screen, as long as they can be opened. */
export class EnvelopeWatch {
  /** @type {Map<string, () => void>} */
  #stops = new Map();

  /** @param {Envelopes} envelopes */
  constructor(envelopes) {
    this.envelopes = envelopes;
  }

  /** @param {Item[]} items what is shown, ascending */
  follow(items) {
    const wanted = new Set();
    for (let i = items.length - 1; i >= 0 && wanted.size < MOST; i--) {
      const { kind, content } = items[i].entry;
      if (kind !== "envelope" || content.count === 1) continue;
      if (this.envelopes.get(content.envelope)?.view?.state === "open") wanted.add(content.envelope);
    }
    for (const [id, stop] of this.#stops) {
      if (wanted.has(id)) continue;
      stop();
      this.#stops.delete(id);
    }
    for (const id of wanted) if (!this.#stops.has(id)) this.#stops.set(id, this.envelopes.watch(id));
  }

  stop() {
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
  }
}
