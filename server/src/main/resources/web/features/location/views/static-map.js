/** @import { Point } from "../geo/distance.js" */
/** @import { Locations } from "../locations.js" */
/** @import { MapSettings } from "../types.js" */
import { h, icon } from "../../../views/dom.js";
import { toTiles } from "../geo/china.js";
import { project, TILE } from "../geo/mercator.js";
import { land } from "./atlas.js";
import { attributionView } from "./attribution.js";
import { coastZoom, paint, sharpContext } from "./painter.js";
import { drawThemed } from "./themed.js";

/** Tiles show streets. */
const TILE_ZOOM = 15;

/** In CSS pixels; its style has the same ratio. */
const SIZE = { width: 268, height: 132 };

/**
 * Draws a small map that does not move, with a pin in its middle. It requests tiles only if the server has a tile
 * server.
 * @param {HTMLElement} element
 * @param {Locations} locations
 * @param {Point} point
 */
export function drawStatic(element, locations, point) {
  const pin = h("span", { class: "location-static-pin" }, icon("location-pin"));
  element.append(pin);
  locations.settings().then(
    (settings) => draw(pin, settings, point, SIZE),
    // Without the settings it is not known whether there is a tile server, and then there is none.
    () => draw(pin, null, point, SIZE),
  );
}

/**
 * @param {HTMLElement} pin
 * @param {MapSettings | null} settings
 * @param {Point} point
 * @param {{width: number, height: number}} size
 */
async function draw(pin, settings, point, { width, height }) {
  if (settings?.tileUrl) {
    pin.before(tiles(settings, point, { width, height }));
    if (settings.tileAttribution) pin.after(plainAttribution(settings.tileAttribution));
    return;
  }
  const outlines = await land().catch(() => []);
  const canvas = document.createElement("canvas");
  pin.before(canvas);
  const zoom = coastZoom(outlines, point, { width, height });
  const middle = project(point, zoom);
  drawThemed(canvas, () => {
    const picture = { x: middle.x - width / 2, y: middle.y - height / 2, width, height, zoom };
    paint(sharpContext(canvas, width, height), outlines, picture);
  });
}

/** @param {MapSettings} settings @param {Point} point @param {{width: number, height: number}} size */
function tiles({ tileUrl = "", tileCrs }, point, { width, height }) {
  const middle = project(toTiles(point, tileCrs ?? "wgs84"), TILE_ZOOM);
  const [left, top] = [middle.x - width / 2, middle.y - height / 2];
  const images = [];
  for (let x = Math.floor(left / TILE); x * TILE < left + width; x++) {
    for (let y = Math.floor(top / TILE); y * TILE < top + height; y++) {
      const image = h("img", { alt: "", loading: "lazy", referrerpolicy: "strict-origin-when-cross-origin" });
      image.src = tileAddress(tileUrl, x, y, TILE_ZOOM);
      image.style.left = `${((x * TILE - left) / width) * 100}%`;
      image.style.top = `${((y * TILE - top) / height) * 100}%`;
      image.style.width = `${(TILE / width) * 100}%`;
      images.push(image);
    }
  }
  return h("span", { class: "location-static-tiles" }, ...images);
}

/** @param {string} template @param {number} x @param {number} y @param {number} z */
function tileAddress(template, x, y, z) {
  const count = 2 ** z;
  /** @type {Record<string, string | number>} */
  const values = { x: ((x % count) + count) % count, y, "-y": count - 1 - y, z, r: "" };
  return template.replace(/\{(-?\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Within a button there can be no links. @param {string} text */
function plainAttribution(text) {
  return h("span", { class: "location-attribution" }, attributionView(text).textContent);
}
