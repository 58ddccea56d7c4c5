/** @import { App } from "../../../app.js" */
/** @import { Entry } from "../../../client/types.js" */
/** @import { PlaceContent } from "../types.js" */
import { t } from "../../../i18n/i18n.js";
import { lazy } from "../../../lazy.js";
import { h } from "../../../views/dom.js";
import { liveText } from "../../../views/live-text.js";
import { toastOnError } from "../../../views/toast.js";
import { awayText, placeTitle } from "../location-texts.js";
import { locationsOf } from "../locations.js";

const view = lazy(() => import("./place-view.js"));
const picture = lazy(() => import("./static-map.js"));

/**
 * A place among the messages: a small map, the name, the address, and how far away it is.
 * @param {App} app
 * @param {Entry} entry
 */
export function placeBody(app, { content }) {
  const place = /** @type {PlaceContent} */ (content);
  const locations = locationsOf(app.store);
  const title = placeTitle(place);
  const open = async () => (await view()).openPlace(app, place);
  const away = () => {
    const { last } = locations.positions;
    return last ? awayText(last, place) : "";
  };
  /** @param {HTMLElement} meta */
  const make = (meta) => {
    const map = h("span", { class: "location-static", "aria-hidden": "true" });
    // Without it, the words say enough.
    picture().then(
      ({ drawStatic }) => drawStatic(map, locations, place),
      () => {},
    );
    return h(
      "div",
      { class: "location-place" },
      h(
        "button",
        {
          type: "button",
          class: "location-place-open",
          testid: "place",
          data: { latitude: place.latitude, longitude: place.longitude },
          onclick: () => toastOnError(open()),
        },
        map,
        h(
          "span",
          { class: "location-place-words" },
          h("span", { class: "visually-hidden" }, t("location.place")),
          h("strong", { class: "location-place-name", dir: "auto", testid: "place-name" }, title),
          place.address && h("span", { class: "location-place-address", dir: "auto" }, place.address),
          liveText(h("span", { class: "location-place-away", testid: "place-away" }), away),
        ),
      ),
      meta,
    );
  };
  return { deps: [title, place.address], make };
}
