/** @import { Store } from "../../../store/store.js" */
/** @import { ShareStatus } from "../client/position-board.js" */
/** @import { Point } from "../geo/distance.js" */
/** @import { SharePosition } from "../types.js" */
/** @import { MapView } from "./map.js" */
import { setData } from "../../../views/dom.js";
import { CLOSE_ZOOM } from "./own-mark.js";
import { sharerMark } from "./sharer-mark.js";

/** From farther away than this, following a user also zooms in. */
const FAR_ZOOM = CLOSE_ZOOM - 3;

/**
 * A share as it is shown.
 * @typedef {object} ShownShare
 * @property {SharePosition} position
 * @property {ShareStatus} status
 * @property {Point} [point] absent before the first position
 * @property {string} text what it does, and how old its position is
 * @property {string} detail how exact and how far away it is
 */

/** The markers of everyone who shares, on one map. */
export class SharerMarks {
  #store;
  #map;
  /** @type {Map<string, ReturnType<typeof sharerMark>>} by share */
  #marks = new Map();
  /** @type {ShownShare[]} */
  #shown = [];
  /** The share that the map follows, until it is moved by hand. */
  #followed = "";
  /** Whether the map has shown all positions once. */
  #fitted = false;

  /** @param {Store} store @param {MapView} map */
  constructor(store, map) {
    this.#store = store;
    this.#map = map;
    map.map.on("dragstart", () => this.#follow(""));
    map.map.on("zoomend", () => this.#declutter());
  }

  /** @param {ShownShare[]} shown */
  draw(shown) {
    this.#shown = shown;
    for (const share of this.#marks.keys()) {
      if (!shown.some(({ position }) => position.share === share)) this.#remove(share);
    }
    for (const one of shown) this.#draw(one);
    if (!this.#fitted && this.#marks.size > 0) {
      this.#fitted = true;
      this.fit();
    }
    this.#declutter();
  }

  /** Shows everyone. */
  fit() {
    this.#follow("");
    this.#map.fit(this.#shown.flatMap(({ point, position }) => (point ? [{ ...position, ...point }] : [])));
  }

  /** Shows one user, and stays with them. @param {string} share */
  follow(share) {
    const found = this.#shown.find(({ position }) => position.share === share);
    if (!found?.point) return;
    if (this.#map.map.getZoom() < FAR_ZOOM) this.#map.fit([{ ...found.position, ...found.point }]);
    else this.#map.moveTo(found.point);
    this.#follow(share);
  }

  /** @param {ShownShare} shown */
  #draw({ position, status, point, text, detail }) {
    if (!point) return;
    const { share, accuracy } = position;
    const mark = this.#marks.get(share) ?? sharerMark(this.#store, position);
    this.#marks.set(share, mark);
    mark.update(position, status, [text, detail].filter(Boolean).join(", "));
    const onclick = () => this.follow(share);
    this.#map.mark(share, { point, accuracy, element: mark.element, tone: status, onclick });
    if (this.#followed === share) this.#map.moveTo(point);
  }

  /** @param {string} share */
  #remove(share) {
    this.#map.unmark(share);
    this.#marks.delete(share);
  }

  /** @param {string} share */
  #follow(share) {
    this.#followed = share;
    this.#declutter();
  }

  /** Hides names that would overlap. */
  #declutter() {
    const crowded = this.#map.crowded();
    for (const [share, { element }] of this.#marks) {
      setData(element, { crowded: crowded.has(share), followed: this.#followed === share });
    }
  }
}
