/** @import { App } from "../../../app.js" */
/** @import { PlaceContent } from "../types.js" */
import { t } from "../../../i18n/i18n.js";
import { copyText } from "../../../views/clipboard.js";
import { openDialog } from "../../../views/dialog.js";
import { fill, h, icon } from "../../../views/dom.js";
import { decimal, geoUri } from "../geo/coordinates.js";
import { accuracyText, awayText, placeTitle } from "../location-texts.js";
import { locationsOf } from "../locations.js";
import { mapSlot } from "./map-slot.js";
import { CLOSE_ZOOM, markOwn, ownButton, positionsAllowed } from "./own-mark.js";

/**
 * A place on a map, to look at, to copy, and to open elsewhere.
 * @param {App} app
 * @param {PlaceContent} place
 */
export function openPlace(app, place) {
  const locations = locationsOf(app.store);
  const title = placeTitle(place);
  const away = h("span", { class: "location-away", testid: "place-view-away" });
  const update = () => {
    const { last } = locations.positions;
    fill(away, last ? awayText(last, place) : "");
    away.hidden = !last;
  };
  const slot = mapSlot(locations, { label: t("location.map_of", { name: title }) }, (map, settings) => {
    const pin = h("span", { class: "location-pin" }, icon("location-pin"));
    map.mark("place", { point: place, accuracy: place.accuracy, element: pin });
    map.moveTo(place, settings?.tileUrl ? CLOSE_ZOOM : map.coastZoom(place));
    const found = () => {
      update();
      markOwn(locations, map);
      const { last } = locations.positions;
      if (last) map.fit([place, last]);
    };
    map.addTool(ownButton(locations, found));
    markOwn(locations, map);
    positionsAllowed().then((allowed) => {
      const show = () => {
        if (slot.closed) return;
        update();
        markOwn(locations, map);
      };
      if (allowed && !slot.closed) locations.positions.measure().then(show, () => {});
    });
  });
  const coordinates = decimal(place);
  update();
  return openDialog({
    title,
    class: "location-dialog",
    testid: "place-view",
    content: [
      slot.element,
      h(
        "section",
        { class: "location-card", "aria-label": t("location.place") },
        place.address && h("p", { class: "location-address", dir: "auto" }, place.address),
        h(
          "p",
          { class: "location-numbers" },
          h("span", { testid: "place-coordinates" }, coordinates),
          place.accuracy !== undefined && h("span", {}, accuracyText(place.accuracy)),
          away,
        ),
        h(
          "div",
          { class: "location-actions" },
          h(
            "button",
            { type: "button", class: "button", testid: "place-copy", onclick: () => copyText(coordinates) },
            icon("copy"),
            t("location.copy"),
          ),
          h(
            "a",
            { class: "button primary", href: geoUri(place, place.name), testid: "place-open" },
            icon("location-pin"),
            t("location.open_app"),
          ),
        ),
      ),
    ],
    onclose: slot.close,
  });
}
