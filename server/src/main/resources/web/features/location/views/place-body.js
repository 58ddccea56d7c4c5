/** @import { App } from "../../../app.js" */
/** @import { Entry } from "../../../client/types.js" */
/** @import { PlaceContent } from "../types.js" */
import { t } from "../../../i18n/i18n.js";
import { lazy } from "../../../lazy.js";
import { h } from "../../../views/dom.js";
import { toastOnError } from "../../../views/toast.js";
import { awayText, placeTitle } from "../location-texts.js";
import { locationsOf } from "../locations.js";
import { staticMap } from "./static-map.js";

const view = lazy(() => import("./place-view.js"));

const SIZE = { width: 268, height: 132 };

/**
 * A place among the messages: a small map, the name, the address, and how far away it is.
 * @param {App} app
 * @param {Entry} entry
 */
export function placeBody(app, { content, seq }) {
  const place = /** @type {PlaceContent} */ (content);
  const locations = locationsOf(app.store);
  const { last } = locations.positions;
  const title = placeTitle(place);
  const away = last ? awayText(last, place) : "";
  const open = async () => (await view()).openPlace(app, place);
  /** @param {HTMLElement} meta */
  const make = (meta) =>
    h(
      "div",
      { class: "location-place" },
      h(
        "button",
        {
          type: "button",
          class: "location-place-open",
          testid: "place",
          data: { latitude: place.latitude, longitude: place.longitude },
          "aria-label": [t("location.place"), title, place.name ? place.address : "", away].filter(Boolean).join(", "),
          onclick: () => toastOnError(open()),
        },
        staticMap(locations, place, SIZE),
        h(
          "span",
          { class: "location-place-words" },
          h("strong", { class: "location-place-name", dir: "auto", testid: "place-name" }, title),
          place.address && h("span", { class: "location-place-address", dir: "auto" }, place.address),
          away && h("span", { class: "location-place-away", testid: "place-away" }, away),
        ),
      ),
      meta,
    );
  return { deps: [seq > 0, title, place.address, away], make };
}
