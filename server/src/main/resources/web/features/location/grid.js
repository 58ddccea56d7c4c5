/** @import { Point } from "./geo/distance.js" */
/** @import { Fix } from "./types.js" */

/**
 * The grid of coarse positions. The server computes the same one in `Grid.java`, and one table of expected values tests
 * both: so the expressions are the same, to the last bit. `Grid.java` explains them.
 */
const SMALLEST_RADIUS = 6_335_439;
const RAD = 0.017453292519943295;
const DECIMALS = 1e6;

/** @typedef {{row: number, column: number}} Cell */

/** The number of rows from pole to pole. @param {number} cellKm */
export function rows(cellKm) {
  return Math.floor((Math.PI * SMALLEST_RADIUS) / (cellKm * 1000));
}

/** The number of columns of a row. @param {number} row @param {number} cellKm */
export function columns(row, cellKm) {
  const count = rows(cellKm);
  const edge = Math.max(Math.abs((row * 180) / count - 90), Math.abs(((row + 1) * 180) / count - 90));
  const circumference = 2 * Math.PI * SMALLEST_RADIUS * Math.cos(edge * RAD);
  return Math.max(1, Math.floor(circumference / (cellKm * 1000)));
}

/**
 * The cell of a point.
 * @param {Point} point
 * @param {number} cellKm
 * @returns {Cell}
 */
export function cell({ latitude, longitude }, cellKm) {
  const count = rows(cellKm);
  const row = Math.min(count - 1, Math.floor(((latitude + 90) * count) / 180));
  const across = columns(row, cellKm);
  const column = Math.floor(((longitude + 180) * across) / 360);
  return { row, column: column === across ? 0 : column };
}

/**
 * The centre of a cell, with six decimals.
 * @param {Cell} cell
 * @param {number} cellKm
 * @returns {Point}
 */
export function centre({ row, column }, cellKm) {
  return {
    latitude: rounded(((row + 0.5) * 180) / rows(cellKm) - 90),
    longitude: rounded(((column + 0.5) * 360) / columns(row, cellKm) - 180),
  };
}

/** How far beyond the edge of its cell a position must be to leave it, as a share of the cell's height and width. */
const HYSTERESIS = 0.2;

/**
 * Follows a moving user: the cell of the point, but still `held` while the point is in that cell or a little beyond its
 * edge. So a user on an edge does not alternate between two cells, which would reveal where they are.
 * @param {Cell | undefined} held
 * @param {Point} point
 * @param {number} cellKm
 */
export function follow(held, point, cellKm) {
  if (!held) return cell(point, cellKm);
  const count = rows(cellKm);
  const across = columns(held.row, cellKm);
  const north = Math.abs(point.latitude - (((held.row + 0.5) * 180) / count - 90));
  const east = Math.abs(point.longitude - (((held.column + 0.5) * 360) / across - 180));
  const reach = 0.5 + HYSTERESIS;
  const near = north <= (reach * 180) / count && Math.min(east, 360 - east) <= (reach * 360) / across;
  return near ? held : cell(point, cellKm);
}

/**
 * Makes the positions of one moving user coarse: the centre of a cell is the only point that leaves this device.
 * @param {number} cellKm
 * @param {Point} [last] the last point that left this device
 */
export function coarseWalk(cellKm, last) {
  let held = last && cell(last, cellKm);
  return {
    /** @param {Point} point @returns {Point} */
    snap(point) {
      held = follow(held, point, cellKm);
      return centre(held, cellKm);
    },
    /** Without a heading or a speed. @param {Fix} fix @returns {Fix} */
    fix({ measuredAt, ...point }) {
      return { ...this.snap(point), accuracy: cellKm * 1000, measuredAt };
    },
  };
}

/** @param {number} degrees */
function rounded(degrees) {
  // Adding 0 turns -0 into 0.
  return Math.round(degrees * DECIMALS) / DECIMALS + 0;
}
