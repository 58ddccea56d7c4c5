/** @import { Entry } from "../../client/types.js" */
/** @import { Store } from "../../store/store.js" */
/** @import { PositionProblem } from "./client/position-source.js" */
/** @import { ShareStatus } from "./client/position-board.js" */
/** @import { Point } from "./geo/distance.js" */
/** @import { PlaceContent, SharePosition } from "./types.js" */
import { asHongyanError } from "../../client/errors.js";
import { serverClock } from "../../client/server-clock.js";
import { locale, t } from "../../i18n/i18n.js";
import { clock } from "../../text/time.js";
import { errorText, InputError } from "../../views/error-text.js";
import { nameOf } from "../../views/names.js";
import { decimal } from "./geo/coordinates.js";
import { bearing, direction, distance, readable } from "./geo/distance.js";

const DIRECTIONS = {
  n: "location.dir_n",
  ne: "location.dir_ne",
  e: "location.dir_e",
  se: "location.dir_se",
  s: "location.dir_s",
  sw: "location.dir_sw",
  w: "location.dir_w",
  nw: "location.dir_nw",
};

/** @type {Record<ShareStatus, string>} */
const STATUS = {
  waiting: "location.status_waiting",
  live: "location.status_live",
  paused: "location.status_paused",
  stale: "location.status_stale",
};

/** @type {Record<PositionProblem, string>} */
const PROBLEMS = {
  denied: "location.problem_denied",
  unavailable: "location.problem_unavailable",
  insecure: "location.problem_insecure",
};

/** Within this distance, a direction is meaningless. */
const HERE_METRES = 15;

/** A number with its unit, such as "8 hours". @param {number} value @param {string} unit @param {object} [options] */
function measure(value, unit, options) {
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "long", ...options }).format(value);
}

/** @param {number} metres */
export function metresText(metres) {
  const { value, unit, digits } = readable(metres);
  const options = { unitDisplay: "short", minimumFractionDigits: 0, maximumFractionDigits: digits };
  return measure(value, unit, options);
}

/** @param {number} seconds of whole minutes or hours @param {"long" | "short"} [unitDisplay] */
export function durationText(seconds, unitDisplay = "long") {
  const [value, unit] = seconds < 3600 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return measure(value, unit, { unitDisplay });
}

/** Where a point is, seen from another one. @param {Point} from @param {Point} to */
export function awayText(from, to) {
  const metres = distance(from, to);
  if (metres < HERE_METRES) return t("location.here");
  return t("location.away", {
    distance: metresText(metres),
    direction: t(DIRECTIONS[direction(bearing(from, to))]),
  });
}

/** The remaining time, as `1:04:59`. @param {string} until */
export function countdownText(until) {
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - serverClock.now()) / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The remaining time in words, rounded up. @param {string} until */
export function leftText(until) {
  const minutes = Math.max(1, Math.ceil((Date.parse(until) - serverClock.now()) / 60_000));
  const short = { unitDisplay: "short" };
  if (minutes < 60) return measure(minutes, "minute", short);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest ? `${measure(hours, "hour", short)} ${measure(rest, "minute", short)}` : measure(hours, "hour", short);
}

/** How old something is. @param {string} at @param {number} [now] */
export function ageText(at, now = serverClock.now()) {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
  if (seconds < 5) return relative.format(0, "second");
  if (seconds < 100) return relative.format(-seconds, "second");
  if (seconds < 6_000) return relative.format(-Math.round(seconds / 60), "minute");
  return relative.format(-Math.round(seconds / 3600), "hour");
}

/** What a share does, and how old its position is. @param {SharePosition} position @param {ShareStatus} status */
export function statusText({ measuredAt }, status) {
  return t(STATUS[status], { age: measuredAt ? ageText(measuredAt) : "" });
}

/** @param {number} accuracy in metres */
export function accuracyText(accuracy) {
  return t("location.accuracy", { distance: metresText(accuracy) });
}

/** The title of a place: its name, or its coordinates. @param {PlaceContent} content */
export function placeTitle({ name, latitude, longitude }) {
  return name || decimal({ latitude, longitude });
}

/** A place as one line. @param {Entry} entry */
export function placeLine({ content }) {
  if (typeof content.latitude !== "number" || typeof content.longitude !== "number") return undefined;
  const words = content.name || content.address;
  return words ? t("location.place_line", { name: String(words) }) : t("location.place_line_plain");
}

/** The start or the end of a share as one line. @param {Store} store @param {Entry} entry */
export function shareLine(store, { sender, content }) {
  const who = nameOf(store, sender);
  const own = sender === store.me;
  if (content.change === "started") {
    const time = clock(String(content.expiresAt));
    return own ? t("location.started_you", { time }) : t("location.started", { who, time });
  }
  if (content.change !== "stopped") return undefined;
  return own ? t("location.stopped_you") : t("location.stopped", { who });
}

/** Why there is no position, or what the server refused. @param {unknown} error */
export function problemText(error) {
  const key = typeof error === "string" ? PROBLEMS[/** @type {PositionProblem} */ (error)] : undefined;
  return key ? t(key) : errorText(error);
}

/**
 * Rejects with an error that a form can show.
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
export async function explained(work) {
  try {
    return await work;
  } catch (error) {
    throw typeof error === "string" ? new InputError(problemText(error)) : asHongyanError(error);
  }
}
