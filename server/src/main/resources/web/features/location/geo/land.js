/**
 * The arcs of each ring by index, `~i` for arc `i` backwards.
 * @typedef {{type: "Polygon", arcs: number[][]} | {type: "MultiPolygon", arcs: number[][][]}} Geometry
 */

/**
 * The land of the Earth, from TopoJSON: https://github.com/topojson/topojson-specification
 *
 * @typedef {object} Topology
 * @property {{scale: number[], translate: number[]}} transform
 * @property {number[][][]} arcs each the first point and then the steps to the next ones
 * @property {Record<string, {geometries: Geometry[]}>} objects
 */

/**
 * A part of the world, which is a square whose side is 1, as in Web Mercator.
 * @typedef {{x: number, y: number, w: number, h: number}} Box
 */

/**
 * A closed line, as alternating x and y.
 * @typedef {{points: Float64Array, box: Box}} Ring
 */

const RAD = Math.PI / 180;
const MAX_LATITUDE = 85.051_128_78;

/**
 * The outlines of the land, and of the seas in it.
 * @param {Topology} topology whose object `land` consists of polygons
 * @returns {Ring[]}
 */
export function rings({ transform, arcs, objects }) {
  const decoded = arcs.map((arc) => decode(arc, transform));
  return objects.land.geometries
    .flatMap((geometry) => (geometry.type === "MultiPolygon" ? geometry.arcs.flat() : geometry.arcs))
    .map((indexes) => ring(indexes.map((index) => (index < 0 ? reversed(decoded[~index]) : decoded[index]))));
}

/** @param {number[][]} arc @param {{scale: number[], translate: number[]}} transform @returns {[number, number][]} */
function decode(arc, { scale, translate }) {
  let [x, y] = [0, 0];
  return arc.map(([stepX, stepY]) => {
    x += stepX;
    y += stepY;
    return mercator(x * scale[0] + translate[0], y * scale[1] + translate[1]);
  });
}

/** @param {number} longitude @param {number} latitude @returns {[number, number]} */
function mercator(longitude, latitude) {
  const at = Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, latitude)) * RAD;
  return [(longitude + 180) / 360, 0.5 - Math.log(Math.tan(Math.PI / 4 + at / 2)) / (2 * Math.PI)];
}

/** @template T @param {T[]} arc */
function reversed(arc) {
  return arc.slice().reverse();
}

/**
 * Joins arcs, of which each begins where the one before ends. A ring that crosses the antimeridian continues beyond the
 * edge of the world; the one around the south pole is closed along the edge of the map.
 * @param {[number, number][][]} parts
 * @returns {Ring}
 */
function ring(parts) {
  const joined = parts.flatMap((part, i) => (i === 0 ? part : part.slice(1)));
  let world = 0;
  for (let i = 1; i < joined.length; i++) {
    const step = joined[i][0] + world - joined[i - 1][0];
    world -= Math.round(step);
    joined[i] = [joined[i][0] + world, joined[i][1]];
  }
  if (world !== 0) joined.push([joined[joined.length - 1][0], 1], [joined[0][0], 1]);
  const points = new Float64Array(joined.length * 2);
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  joined.forEach(([x, y], i) => {
    points[2 * i] = x;
    points[2 * i + 1] = y;
    [west, east] = [Math.min(west, x), Math.max(east, x)];
    [north, south] = [Math.min(north, y), Math.max(south, y)];
  });
  // Its middle is in the world, wherever it began.
  const away = Math.floor((west + east) / 2);
  if (away !== 0) {
    west -= away;
    east -= away;
    for (let i = 0; i < points.length; i += 2) points[i] -= away;
  }
  return { points, box: { x: west, y: north, w: east - west, h: south - north } };
}

/**
 * The part of a ring in a box, as alternating x and y. Where the ring leaves the box, it follows the box's edge
 * (Sutherland and Hodgman).
 * @param {Ring} ring
 * @param {Box} box
 * @returns {ArrayLike<number>} empty if they do not meet
 */
export function clip({ points, box: own }, { x, y, w, h }) {
  if (own.x > x + w || own.x + own.w < x || own.y > y + h || own.y + own.h < y) return [];
  if (own.x >= x && own.x + own.w <= x + w && own.y >= y && own.y + own.h <= y + h) return points;
  /** @type {ArrayLike<number>} */
  let kept = points;
  kept = clipSide(kept, 0, x, 1);
  kept = clipSide(kept, 0, x + w, -1);
  kept = clipSide(kept, 1, y, 1);
  return clipSide(kept, 1, y + h, -1);
}

/**
 * @param {ArrayLike<number>} points
 * @param {0 | 1} axis
 * @param {number} edge
 * @param {1 | -1} inside the side to keep: 1 above the edge
 */
function clipSide(points, axis, edge, inside) {
  /** @type {number[]} */
  const kept = [];
  const { length } = points;
  for (let i = 0; i < length; i += 2) {
    const before = (i + length - 2) % length;
    const here = (points[i + axis] - edge) * inside >= 0;
    if (here !== (points[before + axis] - edge) * inside >= 0) {
      const part = (edge - points[before + axis]) / (points[i + axis] - points[before + axis]);
      const crossing = points[before + 1 - axis] + part * (points[i + 1 - axis] - points[before + 1 - axis]);
      if (axis === 0) kept.push(edge, crossing);
      else kept.push(crossing, edge);
    }
    if (here) kept.push(points[i], points[i + 1]);
  }
  return kept;
}
