import { Emitter } from "../client/emitter.js";

/**
 * Where one is, kept in the address so that back, forward and reload work:
 * nothing, `#c/<conversation>`, `#c/<conversation>/details`, `#settings` or `#wallet`.
 * @typedef {{conversation: string | null, details: boolean, settings: boolean, wallet: boolean}} Place
 */

/** @extends {Emitter<{changed: Place}>} */
export class Router extends Emitter {
  constructor() {
    super();
    this.place = parse(location.hash);
    addEventListener("popstate", () => this.#arrive());
    addEventListener("hashchange", () => this.#arrive());
  }

  /** @param {Partial<Place>} [place] */
  go(place = {}) {
    const hash = format({ ...NOWHERE, ...place });
    if (hash === format(this.place)) return;
    // How deep we are, so that "back" knows whether there is something of ours to go back to.
    history.pushState({ depth: this.#depth() + 1 }, "", hash || location.pathname + location.search);
    this.#arrive();
  }

  /**
   * One step up, as the back button of a phone does it.
   * @param {Partial<Place>} [otherwise] where to when we began here
   */
  back(otherwise = {}) {
    if (this.#depth() > 0) return history.back();
    history.replaceState({ depth: 0 }, "", format({ ...NOWHERE, ...otherwise }) || location.pathname + location.search);
    this.#arrive();
  }

  /** Nowhere, and no way back: somebody signed out. */
  leave() {
    history.replaceState({ depth: 0 }, "", location.pathname + location.search);
    this.#arrive();
  }

  #depth() {
    return history.state?.depth ?? 0;
  }

  #arrive() {
    const place = parse(location.hash);
    if (format(place) === format(this.place)) return;
    this.place = place;
    this.emit("changed", place);
  }
}

/** @type {Place} */
const NOWHERE = { conversation: null, details: false, settings: false, wallet: false };

/** @param {string} hash @returns {Place} */
function parse(hash) {
  const [kind, id, more] = hash.slice(1).split("/");
  if (kind === "wallet") return { ...NOWHERE, wallet: true };
  if (kind === "settings") return { ...NOWHERE, settings: true };
  if (kind === "c" && id) return { ...NOWHERE, conversation: decodeURIComponent(id), details: more === "details" };
  return NOWHERE;
}

/** @param {Place} place */
function format({ conversation, details, settings, wallet }) {
  if (wallet) return "#wallet";
  if (settings) return "#settings";
  return conversation ? `#c/${encodeURIComponent(conversation)}${details ? "/details" : ""}` : "";
}
