/** The mean radius of the Earth in metres. */
const EARTH_METRES = 6_371_008.8;

const RAD = Math.PI / 180;

/** A point in WGS-84, in degrees. @typedef {{latitude: number, longitude: number}} Point */

/**
 * The distance along the surface, in metres.
 * @param {Point} from
 * @param {Point} to
 */
export function distance(from, to) {
  const [a, b] = [from.latitude * RAD, to.latitude * RAD];
  const north = Math.sin((b - a) / 2) ** 2;
  const east = Math.sin(((to.longitude - from.longitude) * RAD) / 2) ** 2;
  const chord = north + Math.cos(a) * Math.cos(b) * east;
  return 2 * EARTH_METRES * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/**
 * The direction in which `to` lies, in degrees clockwise from north.
 * @param {Point} from
 * @param {Point} to
 */
export function bearing(from, to) {
  const [a, b] = [from.latitude * RAD, to.latitude * RAD];
  const turn = (to.longitude - from.longitude) * RAD;
  const east = Math.sin(turn) * Math.cos(b);
  const north = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(turn);
  return (Math.atan2(east, north) / RAD + 360) % 360;
}

/** The eight points of the compass, clockwise from north. */
export const DIRECTIONS = /** @type {const} */ (["n", "ne", "e", "se", "s", "sw", "w", "nw"]);

/** @param {number} degrees clockwise from north */
export function direction(degrees) {
  return DIRECTIONS[Math.round((((degrees % 360) + 360) % 360) / 45) % 8];
}

/**
 * How to say a distance: no more digits than a position is worth.
 * @param {number} metres
 * @returns {{value: number, unit: "meter" | "kilometer", digits: number}}
 */
export function readable(metres) {
  if (metres < 995) {
    const step = metres < 100 ? 1 : 10;
    return { value: Math.round(metres / step) * step, unit: "meter", digits: 0 };
  }
  const kilometres = metres / 1000;
  return { value: kilometres, unit: "kilometer", digits: kilometres < 9.95 ? 1 : 0 };
}
