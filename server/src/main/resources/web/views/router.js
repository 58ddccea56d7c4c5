import { Emitter } from "../client/emitter.js";
import { changeHistory, goBack } from "./layers.js";
import { decodeAddress } from "../text/address.js";

/**
 * What the page shows, kept in the address so that back, forward and reload work: the list alone, `#c/<conversation>`,
 * `#c/<conversation>/details`, or the dialog of a route, such as `#settings`.
 * @typedef {{conversation: string | null, details: boolean, route: string | null}} Place
 */

/** @extends {Emitter<{changed: Place}>} */
export class Router extends Emitter {
  constructor() {
    super();
    this.place = parse(location.hash);
    addEventListener("popstate", () => this.#arrive());
    addEventListener("hashchange", () => this.#arrive());
  }

  /** Closes the layers that cover the page, and shows a place. @param {Partial<Place>} [place] */
  go(place = {}) {
    const hash = format({ ...NOWHERE, ...place });
    changeHistory(() => {
      if (hash === format(this.place)) return;
      // The depth tells "back" whether the entry before this one in the history is the page's own.
      history.pushState({ depth: this.#depth() + 1 }, "", hash || location.pathname + location.search);
      this.#arrive();
    });
  }

  /**
   * Goes back, like the back button of a phone, but closes all layers.
   * @param {Partial<Place>} [otherwise] where to go if the page was opened here
   */
  back(otherwise = {}) {
    changeHistory(() => {
      if (this.#depth() > 0) return goBack();
      const hash = format({ ...NOWHERE, ...otherwise });
      history.replaceState({ depth: 0 }, "", hash || location.pathname + location.search);
      this.#arrive();
    });
  }

  /** Shows the list, with no way back: the user signed out. */
  leave() {
    changeHistory(() => {
      history.replaceState({ depth: 0 }, "", location.pathname + location.search);
      this.#arrive();
    });
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
const NOWHERE = { conversation: null, details: false, route: null };

/** @param {string} hash @returns {Place} */
function parse(hash) {
  const [name, id, more] = hash.slice(1).split("/");
  if (name === "c") {
    const conversation = decodeAddress(id ?? "");
    return conversation ? { ...NOWHERE, conversation, details: more === "details" } : NOWHERE;
  }
  return { ...NOWHERE, route: name || null };
}

/** @param {Place} place */
function format({ conversation, details, route }) {
  if (route) return `#${route}`;
  return conversation ? `#c/${encodeURIComponent(conversation)}${details ? "/details" : ""}` : "";
}
