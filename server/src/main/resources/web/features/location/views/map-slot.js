/** @import { Locations } from "../locations.js" */
/** @import { MapSettings } from "../types.js" */
import { t } from "../../../i18n/i18n.js";
import { fill, h } from "../../../views/dom.js";
import { errorText } from "../../../views/error-text.js";
import { MapView } from "./map.js";

/**
 * The place of a map, which is loaded after it is on the page.
 * @param {Locations} locations
 * @param {import("./map.js").MapOptions} options
 * @param {(map: MapView, settings: MapSettings | null) => void} ready
 */
export function mapSlot(locations, options, ready) {
  const element = h("div", { class: "location-slot" });
  /** @type {MapView | null} */
  let map = null;
  const slot = {
    element,
    closed: false,
    close() {
      slot.closed = true;
      map?.close();
    },
  };
  const load = async () => {
    fill(element, h("span", { class: "spinner", role: "img", "aria-label": t("loading") }));
    try {
      // Without an answer, the map shows coastlines: no request to a tile server that may not be wanted.
      const settings = await locations.settings().catch(() => null);
      const made = await MapView.create(settings, options);
      if (slot.closed) return made.close();
      map = made;
      fill(element, map.element);
      map.map.invalidateSize();
      ready(map, settings);
    } catch (error) {
      if (slot.closed) return;
      const again = h("button", { type: "button", class: "button small", onclick: load }, t("location.try_again"));
      fill(element, h("div", { class: "location-failed", role: "alert" }, h("p", {}, errorText(error)), again));
    }
  };
  // The dialog opens after this, and a map needs its size.
  queueMicrotask(load);
  return slot;
}
