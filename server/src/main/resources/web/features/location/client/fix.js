/** @import { Fix } from "../types.js" */
import { normalize } from "../geo/coordinates.js";

const MAX_ACCURACY = 100_000;

/** @typedef {Pick<GeolocationPosition, "timestamp"> & {coords: Partial<GeolocationCoordinates>}} Position */

/**
 * A position of the browser as it is sent: rounded, without the fields that the device does not know, and with the time
 * of the server's clock.
 * @param {Position} position
 * @param {number} offset what to add to the device's time, in milliseconds
 * @returns {Fix | null} null if it has no usable coordinates
 */
export function fixOf({ coords, timestamp }, offset) {
  const { latitude, longitude, accuracy, heading, speed } = coords;
  if (!isNumber(latitude) || !isNumber(longitude) || Math.abs(latitude) > 90) return null;
  /** @type {Fix} */
  const fix = {
    ...normalize({ latitude, longitude }),
    accuracy: isNumber(accuracy) ? Math.round(Math.min(MAX_ACCURACY, Math.max(0, accuracy)) * 10) / 10 : MAX_ACCURACY,
    measuredAt: new Date(timestamp + offset).toISOString(),
  };
  // A device that stands still has no heading: null, or in some browsers NaN.
  if (isNumber(heading)) fix.heading = Math.round(((heading % 360) + 360) % 360) % 360;
  if (isNumber(speed) && speed >= 0) fix.speed = Math.round(speed * 10) / 10;
  return fix;
}

/** @param {unknown} value @returns {value is number} */
function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}
