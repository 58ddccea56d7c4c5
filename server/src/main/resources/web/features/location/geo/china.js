/** @import { Point } from "./distance.js" */

/**
 * The coordinates of Chinese tile servers. GCJ-02 shifts WGS-84 by a few hundred metres within mainland China, and
 * BD-09 shifts GCJ-02 once more. Everything is stored, sent and computed in WGS-84: these conversions are for drawing
 * on such tiles, and for a point that was picked on them.
 *
 * @typedef {"wgs84" | "gcj02" | "bd09"} TileCrs
 */

const RAD = Math.PI / 180;
/** The ellipsoid of Krasovsky, on which the shift is defined. */
const AXIS = 6_378_245;
const ECCENTRICITY_2 = 0.006_693_421_622_965_943;
const BD_TURN = (Math.PI * 3000) / 180;

/**
 * Mainland China in rough boxes, `[south, west, north, east]`: those of `EXCEPT` are cut out of those of `WITHIN`. The
 * boxes follow the border to some tens of kilometres, like those of other programs.
 */
const WITHIN = [
  [49.2204, 79.4462, 42.8899, 96.33],
  [54.1415, 109.6872, 39.3742, 135.0002],
  [42.8899, 73.1246, 29.5297, 124.143255],
  [29.5297, 82.9684, 26.7186, 97.0352],
  [29.5297, 97.0253, 20.414096, 124.367395],
  [20.414096, 107.975793, 17.871542, 111.744104],
];
const EXCEPT = [
  [25.398623, 119.921265, 21.785006, 122.497559],
  [22.284, 101.8652, 20.0988, 106.665],
  [21.5422, 106.4525, 20.4878, 108.051],
  [55.8175, 109.0323, 50.3257, 119.127],
  [55.8175, 127.4568, 49.5574, 137.0227],
  [44.8922, 131.2662, 42.5692, 137.0227],
  // Hong Kong and Macao, whose maps are in WGS-84.
  [22.5, 113.84, 22.13, 114.52],
  [22.218, 113.525, 22.1, 113.606],
];

/** @param {Point} point */
export function inMainlandChina(point) {
  return WITHIN.some((box) => isIn(box, point)) && !EXCEPT.some((box) => isIn(box, point));
}

/** @param {number[]} box @param {Point} point */
function isIn([north, west, south, east], { latitude, longitude }) {
  return latitude <= north && latitude >= south && longitude >= west && longitude <= east;
}

/**
 * Where a point is drawn on tiles of this kind.
 * @param {Point} point in WGS-84
 * @param {TileCrs} crs
 * @returns {Point}
 */
export function toTiles(point, crs) {
  if (crs === "wgs84" || !inMainlandChina(point)) return point;
  const gcj = shifted(point);
  return crs === "bd09" ? toBaidu(gcj) : gcj;
}

/**
 * The point that is drawn at a place of tiles of this kind: the inverse of {@link toTiles}, to a millimetre.
 * @param {Point} drawn
 * @param {TileCrs} crs
 * @returns {Point} in WGS-84
 */
export function fromTiles(drawn, crs) {
  if (crs === "wgs84") return drawn;
  // The shift is smooth and small, so this converges by some digits each time.
  let guess = drawn;
  for (let i = 0; i < 8; i++) {
    const there = crs === "bd09" ? toBaidu(shifted(guess)) : shifted(guess);
    guess = {
      latitude: guess.latitude + drawn.latitude - there.latitude,
      longitude: guess.longitude + drawn.longitude - there.longitude,
    };
  }
  return inMainlandChina(guess) ? guess : drawn;
}

/** GCJ-02 of a point, wherever it is. @param {Point} point @returns {Point} */
function shifted({ latitude, longitude }) {
  const [x, y] = [longitude - 105, latitude - 35];
  const root = Math.sqrt(Math.abs(x));
  const wave = (20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * (2 / 3);
  const north =
    -100 +
    2 * x +
    3 * y +
    0.2 * y * y +
    0.1 * x * y +
    0.2 * root +
    wave +
    ((20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * 2) / 3 +
    ((160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * 2) / 3;
  const east =
    300 +
    x +
    2 * y +
    0.1 * x * x +
    0.1 * x * y +
    0.1 * root +
    wave +
    ((20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * 2) / 3 +
    ((150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * 2) / 3;
  const at = latitude * RAD;
  const magic = 1 - ECCENTRICITY_2 * Math.sin(at) ** 2;
  const meridian = (AXIS * (1 - ECCENTRICITY_2)) / (magic * Math.sqrt(magic));
  const parallel = (AXIS / Math.sqrt(magic)) * Math.cos(at);
  return { latitude: latitude + north / (meridian * RAD), longitude: longitude + east / (parallel * RAD) };
}

/** BD-09 of a point in GCJ-02. @param {Point} point @returns {Point} */
function toBaidu({ latitude, longitude }) {
  const length = Math.hypot(longitude, latitude) + 0.00002 * Math.sin(latitude * BD_TURN);
  const turn = Math.atan2(latitude, longitude) + 0.000003 * Math.cos(longitude * BD_TURN);
  return { latitude: length * Math.sin(turn) + 0.006, longitude: length * Math.cos(turn) + 0.0065 };
}
