/** @import { Point } from "./distance.js" */

/** The Web Mercator projection, in which tiles are drawn: the world is a square with this side at zoom 0. */
export const TILE = 256;
/** The latitude at which the square ends. */
export const MAX_LATITUDE = 85.051_128_78;

const RAD = Math.PI / 180;

/**
 * The pixel of a point at this zoom, from the north-west corner of the world.
 * @param {Point} point
 * @param {number} zoom
 */
export function project({ latitude, longitude }, zoom) {
  const size = TILE * 2 ** zoom;
  const at = Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, latitude)) * RAD;
  const y = 0.5 - Math.log(Math.tan(Math.PI / 4 + at / 2)) / (2 * Math.PI);
  return { x: ((longitude + 180) / 360) * size, y: y * size };
}

/**
 * The inverse of {@link project}.
 * @param {{x: number, y: number}} pixel
 * @param {number} zoom
 * @returns {Point}
 */
export function unproject({ x, y }, zoom) {
  const size = TILE * 2 ** zoom;
  const latitude = (2 * Math.atan(Math.exp((0.5 - y / size) * 2 * Math.PI)) - Math.PI / 2) / RAD;
  return { latitude, longitude: (x / size) * 360 - 180 };
}

/** How many metres a pixel is at this latitude and zoom. @param {number} latitude @param {number} zoom */
export function metresPerPixel(latitude, zoom) {
  return (Math.cos(latitude * RAD) * 40_075_016.686) / (TILE * 2 ** zoom);
}

const STEPS = [45, 30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];

/** The distance between the lines of the graticule, in degrees. @param {number} zoom @param {number} [minPixels] */
export function graticuleStep(zoom, minPixels = 110) {
  const perDegree = (TILE * 2 ** zoom) / 360;
  return STEPS.findLast((step) => step * perDegree >= minPixels) ?? STEPS[0];
}

/**
 * The label of a line of the graticule.
 * @param {number} degrees
 * @param {"latitude" | "longitude"} axis
 * @param {number} step
 */
export function graticuleLabel(degrees, axis, step) {
  const digits = step >= 1 ? 0 : Math.min(4, Math.ceil(-Math.log10(step)));
  const size = Math.abs(degrees).toFixed(digits);
  if (Number(size) === 0) return "0°";
  const letters = axis === "latitude" ? "NS" : "EW";
  return `${size}° ${letters[degrees > 0 ? 0 : 1]}`;
}
