/** @import { Ring } from "../geo/land.js" */
import { clip } from "../geo/land.js";
import { graticuleLabel, graticuleStep, MAX_LATITUDE, project, TILE, unproject } from "../geo/mercator.js";

/** What is outside of the picture, in pixels: the coast along its edge must not be seen. */
const MARGIN = 4;
/** What a label takes beside the crossing of its lines, in pixels. */
const LABEL_WIDTH = 64;
const LABEL_HEIGHT = 14;
/** The zooms among which {@link coastZoom} chooses. */
const CLOSEST = 9;
const FARTHEST = 3;

/**
 * A part of the world to paint.
 * @typedef {object} Picture
 * @property {number} x the west edge, in pixels of the world at this zoom
 * @property {number} y the north edge
 * @property {number} width
 * @property {number} height
 * @property {number} zoom
 * @property {boolean} [labels] whether the lines of the graticule are labelled
 */

/** The colours of the theme. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--location-${name}`).trim();
  return { sea: colour("sea"), land: colour("land"), coast: colour("coast"), grid: colour("grid"), ink: colour("ink") };
}

/**
 * Paints land, sea and graticule.
 * @param {CanvasRenderingContext2D} context scaled to CSS pixels
 * @param {Ring[]} land
 * @param {Picture} picture
 */
export function paint(context, land, picture) {
  const palette = colours();
  const { width, height } = picture;
  context.fillStyle = palette.sea;
  context.fillRect(0, 0, width, height);
  context.beginPath();
  // The world repeats itself to the east and the west.
  const size = TILE * 2 ** picture.zoom;
  const first = Math.floor((picture.x - MARGIN) / size) - 1;
  const last = Math.floor((picture.x + width + MARGIN) / size) + 1;
  for (let world = first; world <= last; world++) trace(context, land, picture, world);
  context.fillStyle = palette.land;
  context.fill("evenodd");
  context.lineWidth = 1;
  context.lineJoin = "round";
  context.strokeStyle = palette.coast;
  context.stroke();
  paintGraticule(context, picture, palette);
}

/** @param {CanvasRenderingContext2D} context @param {Ring[]} land @param {Picture} picture @param {number} world */
function trace(context, land, { x, y, width, height, zoom }, world) {
  const size = TILE * 2 ** zoom;
  const west = world * size;
  const box = {
    x: (x - west - MARGIN) / size,
    y: (y - MARGIN) / size,
    w: (width + 2 * MARGIN) / size,
    h: (height + 2 * MARGIN) / size,
  };
  for (const ring of land) {
    const points = clip(ring, box);
    for (let i = 0; i < points.length; i += 2) {
      const [left, top] = [points[i] * size + west - x, points[i + 1] * size - y];
      if (i === 0) context.moveTo(left, top);
      else context.lineTo(left, top);
    }
    if (points.length) context.closePath();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Picture} picture @param {ReturnType<typeof colours>} palette */
function paintGraticule(context, { x, y, width, height, zoom, labels }, palette) {
  const step = graticuleStep(zoom);
  // A label can begin in the picture beside this one.
  const northWest = unproject({ x: x - LABEL_WIDTH, y: y - LABEL_HEIGHT }, zoom);
  const southEast = unproject({ x: x + width, y: y + height + LABEL_HEIGHT }, zoom);
  const from = (/** @type {number} */ degrees) => Math.ceil(degrees / step);
  const to = (/** @type {number} */ degrees) => Math.floor(degrees / step);
  context.beginPath();
  const columns = [];
  for (let i = from(northWest.longitude); i <= to(southEast.longitude); i++) {
    const left = Math.round(project({ latitude: 0, longitude: i * step }, zoom).x - x) + 0.5;
    columns.push({ degrees: i * step, left });
    context.moveTo(left, 0);
    context.lineTo(left, height);
  }
  const rows = [];
  for (let i = from(southEast.latitude); i <= to(northWest.latitude); i++) {
    if (Math.abs(i * step) >= MAX_LATITUDE) continue;
    const top = Math.round(project({ latitude: i * step, longitude: 0 }, zoom).y - y) + 0.5;
    rows.push({ degrees: i * step, top });
    context.moveTo(0, top);
    context.lineTo(width, top);
  }
  context.strokeStyle = palette.grid;
  context.stroke();
  if (!labels) return;
  context.fillStyle = palette.ink;
  context.font = "10px system-ui, sans-serif";
  for (const { degrees: latitude, top } of rows) {
    for (const { degrees, left } of columns) {
      const longitude = ((((degrees + 180) % 360) + 360) % 360) - 180;
      context.fillText(graticuleLabel(latitude, "latitude", step), left + 4, top - 4);
      context.fillText(graticuleLabel(longitude, "longitude", step), left + 4, top + 12);
    }
  }
}

/** How many points of a coast make it recognizable. */
const RECOGNIZABLE = 24;

/**
 * How close a picture may be without tiles: as close as a coast in it still tells where it is.
 * @param {Ring[]} land
 * @param {import("../geo/distance.js").Point} point the middle of the picture
 * @param {{width: number, height: number}} size in CSS pixels
 */
export function coastZoom(land, point, { width, height }) {
  for (let zoom = CLOSEST; zoom > FARTHEST; zoom--) {
    const size = TILE * 2 ** zoom;
    const middle = project(point, zoom);
    const [x, y] = [(middle.x - width / 2) / size, (middle.y - height / 2) / size];
    const box = { x, y, w: width / size, h: height / size };
    let seen = 0;
    for (const ring of land) {
      const points = clip(ring, box);
      for (let i = 0; i < points.length; i += 2) {
        if (points[i] > x && points[i] < x + box.w && points[i + 1] > y && points[i + 1] < y + box.h) seen++;
      }
      if (seen >= RECOGNIZABLE) return zoom;
    }
  }
  return FARTHEST;
}

/**
 * Makes a canvas sharp on this screen.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width in CSS pixels
 * @param {number} height
 */
export function sharpContext(canvas, width, height) {
  const ratio = Math.min(3, globalThis.devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(ratio, ratio);
  return context;
}
