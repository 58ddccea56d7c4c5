/** @import { Point } from "./distance.js" */

/** Six decimals are 11 cm, more than any position is worth. */
const DECIMALS = 6;

/** @param {number} degrees */
export function round(degrees) {
  // Adding 0 turns -0 into 0.
  return Number(degrees.toFixed(DECIMALS)) + 0;
}

/** Brings a longitude into -180…180, as a map that repeats the world needs it. @param {number} longitude */
export function wrap(longitude) {
  if (longitude >= -180 && longitude <= 180) return longitude;
  return ((((longitude + 180) % 360) + 360) % 360) - 180;
}

/** A point of a map as it is sent. @param {Point} point @returns {Point} */
export function normalize({ latitude, longitude }) {
  return { latitude: round(Math.max(-90, Math.min(90, latitude))), longitude: round(wrap(longitude)) };
}

/** Decimal degrees, as maps and search fields take them. @param {Point} point */
export function decimal({ latitude, longitude }) {
  return `${latitude.toFixed(DECIMALS - 1)}, ${longitude.toFixed(DECIMALS - 1)}`;
}

/**
 * An address that apps for maps open.
 * @param {Point} point
 * @param {string} [name]
 */
export function geoUri({ latitude, longitude }, name) {
  const place = `${round(latitude)},${round(longitude)}`;
  // Parentheses would end the name.
  const label = name ? `(${encodeURIComponent(name).replaceAll("(", "%28").replaceAll(")", "%29")})` : "";
  return `geo:${place}?q=${place}${label}`;
}

const NUMBER = String.raw`\d+(?:\.\d+)?`;
const GEO = new RegExp(String.raw`^geo:(-?${NUMBER}),(-?${NUMBER})(?:[,;?].*)?$`, "i");
const PLAIN = new RegExp(String.raw`^([+-]?${NUMBER})°?\s*([NS])?(?:\s*[,;\s]\s*)([+-]?${NUMBER})°?\s*([EWO])?$`, "i");
/** Degrees, minutes and seconds; the last of them may have decimals. The letter may come before or after. */
const MINUTES = String.raw`(?:(${NUMBER})\s*(?:['′’m:]|\s|$)\s*)?`;
const SECONDS = String.raw`(?:(${NUMBER})\s*(?:["”]|s)?\s*)?`;
const ANGLE = String.raw`(${NUMBER})\s*[°d:\s]\s*${MINUTES}${SECONDS}`;
const DMS = new RegExp(
  String.raw`^(?:([NS])\s*)?(-)?${ANGLE}([NS])?\s*[,;\s]?\s*(?:([EWO])\s*)?(-)?${ANGLE}([EWO])?$`,
  "i",
);

/**
 * Reads coordinates as users paste them: `45.4642, 9.1900`, `45.4642° N 9.19° E`, `45°27′51″N 9°11′24″E`, or a `geo:`
 * URI. Italian `O` is west; a decimal comma counts if the text has no points.
 * @param {string} text
 * @returns {Point | null} null if the text is something else, or outside of the Earth
 */
export function parse(text) {
  const plain = text
    .replace(/[º˚]/g, "°")
    .normalize("NFKC")
    .replace(/[−–—]/g, "-")
    .replace(/['’′]{2}/g, '"')
    .trim();
  return first(plain) ?? (plain.includes(".") ? null : first(withPoints(plain)));
}

/** Replaces decimal commas: those between digits, without a space after them. @param {string} text */
function withPoints(text) {
  return text.replace(/(\d),(\d)/g, "$1.$2");
}

/** @param {string} text */
function first(text) {
  return parseGeo(text) ?? parsePlain(text) ?? parseAngles(text);
}

/** @param {string} text */
function parseGeo(text) {
  const [, latitude, longitude] = GEO.exec(text) ?? [];
  return latitude ? onEarth(Number(latitude), Number(longitude)) : null;
}

/** @param {string} text */
function parsePlain(text) {
  const found = PLAIN.exec(text);
  if (!found) return null;
  const [, latitude, north, longitude, east] = found;
  // One letter alone is ambiguous.
  if (Boolean(north) !== Boolean(east)) return null;
  return onEarth(signed(latitude, north), signed(longitude, east));
}

/** @param {string} text */
function parseAngles(text) {
  const found = DMS.exec(text);
  if (!found) return null;
  const [, north1, minus1, d1, m1, s1, north2, east1, minus2, d2, m2, s2, east2] = found;
  if ((north1 && north2) || (east1 && east2)) return null;
  const latitude = angle(d1, m1, s1);
  const longitude = angle(d2, m2, s2);
  if (latitude === null || longitude === null) return null;
  const [north, east] = [north1 ?? north2, east1 ?? east2];
  if (Boolean(north) !== Boolean(east)) return null;
  return onEarth(signed(minus1 ? -latitude : latitude, north), signed(minus2 ? -longitude : longitude, east));
}

/** @param {string} degrees @param {string} [minutes] @param {string} [seconds] */
function angle(degrees, minutes = "0", seconds = "0") {
  if (Number(minutes) >= 60 || Number(seconds) >= 60) return null;
  return Number(degrees) + Number(minutes) / 60 + Number(seconds) / 3600;
}

/** @param {string | number} degrees @param {string | undefined} letter */
function signed(degrees, letter) {
  return Number(degrees) * (letter && /[SWO]/i.test(letter) ? -1 : 1);
}

/** @param {number} latitude @param {number} longitude @returns {Point | null} */
function onEarth(latitude, longitude) {
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return null;
  return { latitude: round(latitude), longitude: round(longitude) };
}
