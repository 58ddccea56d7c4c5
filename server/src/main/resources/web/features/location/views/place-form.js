/** @import { App } from "../../../app.js" */
/** @import { Point } from "../geo/distance.js" */
/** @import { MapView } from "./map.js" */
import { t } from "../../../i18n/i18n.js";
import { field, form, openDialog } from "../../../views/dialog.js";
import { fill, h, icon } from "../../../views/dom.js";
import { onKeyDown } from "../../../views/keys.js";
import { decimal, parse } from "../geo/coordinates.js";
import { accuracyText, awayText } from "../location-texts.js";
import { locationsOf } from "../locations.js";
import { mapSlot } from "./map-slot.js";
import { CLOSE_ZOOM, markOwn, ownButton, positionsAllowed } from "./own-mark.js";

const MAX_NAME = 100;
const MAX_ADDRESS = 300;

/**
 * The dialog that sends a place. The pin stands in the middle of the map, and the user moves the map under it.
 * @param {App} app
 * @param {string} conversation
 */
export function openPlaceForm(app, conversation) {
  const locations = locationsOf(app.store);
  /** @type {MapView | null} */
  let map = null;
  /**
   * What the user has chosen; none until then, so that no one sends the middle of an untouched map.
   * @type {Point | null}
   */
  let chosen = null;
  /** @type {number | undefined} */
  let accuracy;
  const search = field(t("location.search"), {
    type: "search",
    enterkeyhint: "search",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    placeholder: "45.4642, 9.1900",
    "aria-describedby": "location-search-hint",
    testid: "place-search",
  });
  const searchHint = h("p", { class: "hint location-search-hint", id: "location-search-hint", role: "status" });
  const name = field(t("location.name"), {
    maxlength: MAX_NAME,
    dir: "auto",
    autocomplete: "off",
    testid: "place-name-input",
  });
  const note = field(t("location.note"), {
    maxlength: MAX_ADDRESS,
    dir: "auto",
    autocomplete: "off",
    testid: "place-note-input",
  });
  const where = h("p", { class: "location-where", role: "status", testid: "place-where" });

  /** @param {Point} point @param {number} [measured] */
  const choose = (point, measured) => {
    chosen = point;
    accuracy = measured;
    update();
  };
  const update = () => {
    const button = /** @type {HTMLButtonElement | null} */ (content.querySelector(".button.primary"));
    if (button) button.disabled = !chosen;
    const { last } = locations.positions;
    const parts = chosen
      ? [decimal(chosen), accuracy !== undefined ? accuracyText(accuracy) : last && awayText(last, chosen)]
      : [t("location.pick_hint")];
    fill(where, parts.filter(Boolean).join(" · "));
    map?.element.toggleAttribute("data-chosen", chosen !== null);
  };
  /** @param {import("../types.js").Fix} fix */
  const useOwn = (fix) => {
    if (!map) return;
    map.moveTo(fix, closeZoom(fix));
    markOwn(locations, map);
    choose(fix, fix.accuracy);
  };
  /** Whether the map shows streets. */
  let tiles = false;
  /** @param {Point} point */
  const closeZoom = (point) => (tiles || !map ? CLOSE_ZOOM : Math.max(map.map.getZoom(), map.coastZoom(point)));
  const onSearch = () => {
    const text = search.input.value.trim();
    const point = text ? parse(text) : null;
    fill(searchHint, text && !point ? t("location.search_hint") : "");
    if (!point) return;
    map?.moveTo(point, closeZoom(point));
    choose(point);
  };
  search.input.addEventListener("input", onSearch);
  onKeyDown(search.input, (event) => {
    // It searches, and does not send.
    if (event.key === "Enter") event.preventDefault();
  });

  const slot = mapSlot(locations, { label: t("location.pick_label"), centred: true }, (made, settings) => {
    map = made;
    tiles = Boolean(settings?.tileUrl);
    made.element.append(
      h(
        "span",
        { class: "location-cross", "aria-hidden": "true" },
        h("span", { class: "location-pin" }, icon("location-pin")),
      ),
    );
    made.addTool(ownButton(locations, useOwn));
    const { last } = locations.positions;
    if (chosen) made.moveTo(chosen, closeZoom(chosen));
    else if (last) made.moveTo(last, closeZoom(last));
    markOwn(locations, made);
    // Only what the user does: dragging, the zoom around a point, the keys.
    const moved = () => choose(made.centre);
    made.map.on("drag", moved);
    // The map may glide on after it is let go.
    made.map.on("dragend", () => made.map.once("moveend", moved));
    made.map.on("click", (/** @type {{latlng: any}} */ { latlng }) => {
      made.map.panTo(latlng, { animate: false });
      moved();
    });
    onKeyDown(made.map.getContainer(), ({ key }) => {
      if (key.startsWith("Arrow")) made.map.once("moveend", moved);
    });
    positionsAllowed().then((allowed) => {
      if (!allowed || chosen || slot.closed) return;
      locations.positions.measure().then(
        (fix) => !chosen && !slot.closed && useOwn(fix),
        () => {},
      );
    });
  });

  const submit = async () => {
    if (!chosen) return;
    const plain = (/** @type {HTMLInputElement} */ input) => input.value.replace(/\s+/g, " ").trim() || undefined;
    const { latitude, longitude } = chosen;
    const place = { type: "place", latitude, longitude, accuracy, name: plain(name.input), address: plain(note.input) };
    // What is undefined is not sent.
    app.client.send(conversation, JSON.parse(JSON.stringify(place)));
    dialog.close();
  };
  const content = form({
    content: [
      h("div", { class: "location-search" }, search.element, searchHint),
      slot.element,
      where,
      h("div", { class: "location-words" }, name.element, note.element),
    ],
    action: t("location.send"),
    submit,
    after: () => update(),
    testid: "place-send",
  });
  const dialog = openDialog({
    title: t("location.place_title"),
    class: "location-dialog location-form",
    testid: "place-form",
    content: [content],
    onclose: slot.close,
  });
  update();
  return dialog;
}
