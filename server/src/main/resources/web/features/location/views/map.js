/** @import { Point } from "../geo/distance.js" */
/** @import { MapSettings } from "../types.js" */
import { t } from "../../../i18n/i18n.js";
import { fill, h, iconButton } from "../../../views/dom.js";
import { fromTiles, toTiles } from "../geo/china.js";
import { normalize } from "../geo/coordinates.js";
import { metresPerPixel } from "../geo/mercator.js";
import { metresText } from "../location-texts.js";
import { attributionView } from "./attribution.js";
import { land, leaflet } from "./atlas.js";
import { coastZoom, paint, sharpContext } from "./painter.js";

const MIN_ZOOM = 2;
const MAX_ZOOM = 17;
const MAX_TILE_ZOOM = 19;
const TILE_SIZE = 512;
const SCALE_PIXELS = 100;
const MOVE_MS = 900;
/** What a marker takes with its name, in pixels. */
const NAME_WIDTH = 96;
const NAME_HEIGHT = 62;
/** With more markers, all are crowded. */
const MAX_COMPARED = 60;
/** The whole world, for as long as no one is anywhere. @type {Point} */
const NOWHERE = { latitude: 25, longitude: 12 };

/**
 * @typedef {object} MapOptions
 * @property {string} label for screen readers
 * @property {boolean} [centred] whether the middle of the map stays where it is when the map zooms
 */

/**
 * A map: coastlines, or the tiles of a server. All its points are in WGS-84.
 */
export class MapView {
  /** @type {Map<string, {marker: any, circle: any, timer?: ReturnType<typeof setTimeout>}>} */
  #marks = new Map();
  #library;
  #outlines;
  #settings;
  #scale = h("div", { class: "location-scale", "aria-hidden": "true" });
  #themes;
  #sizes;
  #tools = h("div", { class: "location-tools" });

  /**
   * Loads what a map needs.
   * @param {MapSettings | null} settings
   * @param {MapOptions} options
   */
  static async create(settings, options) {
    const [library, outlines] = await Promise.all([leaflet(), settings?.tileUrl ? [] : land()]);
    return new MapView(library, outlines, settings, options);
  }

  /**
   * @param {any} library
   * @param {import("../geo/land.js").Ring[]} outlines
   * @param {MapSettings | null} settings
   * @param {MapOptions} options
   */
  constructor(library, outlines, settings, { label, centred = false }) {
    this.#library = library;
    this.#outlines = outlines;
    this.#settings = settings;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const canvas = h("div", { class: "location-canvas", "aria-label": label, role: "application" });
    this.element = h("div", { class: "location-map", testid: "location-map" }, canvas, this.#tools, this.#scale);
    this.map = library.map(canvas, {
      zoomControl: false,
      attributionControl: false,
      worldCopyJump: true,
      scrollWheelZoom: centred ? "center" : true,
      doubleClickZoom: centred ? "center" : true,
      touchZoom: centred ? "center" : true,
      fadeAnimation: !calm,
      zoomAnimation: !calm,
      minZoom: MIN_ZOOM,
      maxZoom: settings?.tileUrl ? MAX_TILE_ZOOM : MAX_ZOOM,
      maxBounds: [
        [-85.05, -100_000],
        [85.05, 100_000],
      ],
      maxBoundsViscosity: 1,
      center: [NOWHERE.latitude, NOWHERE.longitude],
      zoom: MIN_ZOOM,
    });
    const layer = settings?.tileUrl ? tileLayer(library, settings) : landLayer(library, outlines);
    layer.addTo(this.map);
    if (settings?.tileUrl && settings.tileAttribution) this.element.append(attributionView(settings.tileAttribution));
    this.element.dataset.tiles = settings?.tileUrl ? "server" : "none";
    this.map.on("move zoom resize", () => this.#drawScale());
    this.map.on("zoomstart", () => this.#settle());
    this.#themes = new MutationObserver(() => layer.redraw());
    if (!settings?.tileUrl) this.#themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.#sizes = new ResizeObserver(() => this.map.invalidateSize({ pan: false }));
    this.#sizes.observe(canvas);
    this.#tools.append(
      iconButton("location-zoom-in", t("location.zoom_in"), { onclick: () => this.map.zoomIn(1) }),
      iconButton("location-zoom-out", t("location.zoom_out"), { onclick: () => this.map.zoomOut(1) }),
    );
    // Screen readers have the markers and the list; circles are drawn.
    this.map.getPanes().overlayPane.setAttribute("aria-hidden", "true");
    this.#drawScale();
  }

  /** Adds a button above those for the zoom. @param {HTMLElement} button */
  addTool(button) {
    this.#tools.prepend(button);
  }

  /** How close the map may be without tiles so that a coast tells where the point is. @param {Point} point */
  coastZoom(point) {
    const { x: width, y: height } = this.map.getSize();
    return coastZoom(this.#outlines, point, { width, height });
  }

  /** The middle of the map. */
  get centre() {
    const { lat, lng } = this.map.getCenter();
    return normalize(fromTiles(normalize({ latitude: lat, longitude: lng }), this.#crs));
  }

  /** @param {Point} point @param {number} [zoom] no closer than this, and no further away */
  moveTo(point, zoom) {
    this.map.setView(this.#drawn(point), zoom ?? this.map.getZoom(), { animate: false });
  }

  /**
   * Shows all these points, each with its accuracy.
   * @param {(Point & {accuracy?: number})[]} points
   */
  fit(points) {
    if (points.length === 0) return;
    const bounds = this.#library.latLngBounds([]);
    for (const point of points) {
      const metres = Math.max(60, point.accuracy ?? 0);
      bounds.extend(this.#library.latLng(this.#drawn(point)).toBounds(metres * 2));
    }
    // The buttons are on the right.
    const room = { paddingTopLeft: [34, 44], paddingBottomRight: [70, 44] };
    this.map.fitBounds(bounds, { ...room, maxZoom: 16, animate: false });
  }

  /**
   * Shows a marker, or moves the one with this key: it is reused, so that it keeps the focus and moves smoothly.
   * @param {string} key
   * @param {object} options
   * @param {Point} options.point
   * @param {HTMLElement} options.element its anchor is in the middle; kept when the marker moves
   * @param {number} [options.accuracy] the radius of the circle around it, in metres
   * @param {string} [options.tone] a class of the circle
   * @param {() => void} [options.onclick]
   */
  mark(key, { point, element, accuracy = 0, tone = "", onclick }) {
    const at = this.#drawn(point);
    const known = this.#marks.get(key);
    if (known) {
      this.#glide(known, at);
      known.circle.setLatLng(at).setRadius(accuracy);
      const path = known.circle.getElement();
      if (path) path.setAttribute("class", circleClass(tone));
      return;
    }
    const circle = this.#library
      .circle(at, { radius: accuracy, interactive: false, className: circleClass(tone) })
      .addTo(this.map);
    const icon = this.#library.divIcon({ html: element, className: "location-mark", iconSize: [0, 0] });
    const marker = this.#library
      .marker(at, { icon, keyboard: false, interactive: false, zIndexOffset: 100 })
      .addTo(this.map);
    if (onclick) element.addEventListener("click", onclick);
    this.#library.DomEvent.disableClickPropagation(element);
    this.#marks.set(key, { marker, circle });
  }

  /**
   * The markers that are so close to another one that their names would overlap.
   * @returns {Set<string>}
   */
  crowded() {
    const marks = [...this.#marks].map(([key, { marker }]) => {
      const { x, y } = this.map.latLngToContainerPoint(marker.getLatLng());
      return { key, x, y };
    });
    if (marks.length > MAX_COMPARED) return new Set(marks.map(({ key }) => key));
    /** @type {Set<string>} */
    const found = new Set();
    for (const [i, one] of marks.entries()) {
      for (const other of marks.slice(i + 1)) {
        if (Math.abs(one.x - other.x) < NAME_WIDTH && Math.abs(one.y - other.y) < NAME_HEIGHT) {
          found.add(one.key).add(other.key);
        }
      }
    }
    return found;
  }

  /** @param {string} key */
  unmark(key) {
    const mark = this.#marks.get(key);
    clearTimeout(mark?.timer);
    mark?.marker.remove();
    mark?.circle.remove();
    this.#marks.delete(key);
  }

  close() {
    for (const key of [...this.#marks.keys()]) this.unmark(key);
    this.#themes.disconnect();
    this.#sizes.disconnect();
    this.map.remove();
  }

  get #crs() {
    return this.#settings?.tileUrl ? (this.#settings.tileCrs ?? "wgs84") : "wgs84";
  }

  /** @param {Point} point @returns {[number, number]} */
  #drawn(point) {
    const { latitude, longitude } = toTiles(point, this.#crs);
    return [latitude, longitude];
  }

  /**
   * Moves a marker as its user moved meanwhile. While the map zooms, the library moves it itself.
   * @param {{marker: any, timer?: ReturnType<typeof setTimeout>}} mark
   * @param {[number, number]} at
   */
  #glide(mark, at) {
    const before = mark.marker.getLatLng();
    if (before.lat === at[0] && before.lng === at[1]) return;
    const element = mark.marker.getElement();
    element?.classList.add("moves");
    clearTimeout(mark.timer);
    mark.timer = setTimeout(() => element?.classList.remove("moves"), MOVE_MS);
    mark.marker.setLatLng(at);
  }

  #settle() {
    for (const { marker, timer } of this.#marks.values()) {
      clearTimeout(timer);
      marker.getElement()?.classList.remove("moves");
    }
  }

  #drawScale() {
    const perPixel = metresPerPixel(this.map.getCenter().lat, this.map.getZoom());
    const longest = perPixel * SCALE_PIXELS;
    const power = 10 ** Math.floor(Math.log10(longest));
    const metres = ([5, 2, 1].find((step) => step * power <= longest) ?? 1) * power;
    this.#scale.style.width = `${Math.round(metres / perPixel)}px`;
    fill(this.#scale, metresText(metres));
  }
}

/** @param {string} tone */
function circleClass(tone) {
  return `location-circle leaflet-interactive-off ${tone}`.trim();
}

/** @param {any} library @param {MapSettings} settings */
function tileLayer(library, { tileUrl }) {
  return library.tileLayer(tileUrl, {
    maxZoom: MAX_TILE_ZOOM,
    className: "location-tiles",
    // Servers of tiles ask for it, and it tells them no more than the server's own address.
    referrerPolicy: "strict-origin-when-cross-origin",
  });
}

/** @param {any} library @param {import("../geo/land.js").Ring[]} outlines */
function landLayer(library, outlines) {
  const Layer = library.GridLayer.extend({
    createTile(/** @type {{x: number, y: number, z: number}} */ { x, y, z }) {
      const canvas = document.createElement("canvas");
      const context = sharpContext(canvas, TILE_SIZE, TILE_SIZE);
      paint(context, outlines, {
        x: x * TILE_SIZE,
        y: y * TILE_SIZE,
        width: TILE_SIZE,
        height: TILE_SIZE,
        zoom: z,
        labels: true,
      });
      return canvas;
    },
  });
  return new Layer({ tileSize: TILE_SIZE, minZoom: MIN_ZOOM, maxZoom: MAX_ZOOM });
}
