import { serverClock } from "../client/server-clock.js";
import { locale, t } from "../i18n/i18n.js";

const DAY_MS = 86_400_000;

/** @param {string | Date} at */
export function clock(at) {
  return format({ timeStyle: "short" }, at);
}

/** A time in a list, with more detail for recent ones. @param {string} at */
export function shortTime(at) {
  const days = daysAgo(at);
  if (days <= 0) return clock(at);
  if (days === 1) return t("time.yesterday");
  if (days < 7) return format({ weekday: "short" }, at);
  return sameYear(at) ? format({ day: "numeric", month: "short" }, at) : format({ dateStyle: "short" }, at);
}

/** The heading of a day. @param {string} at */
export function day(at) {
  const days = daysAgo(at);
  if (days <= 0) return t("time.today");
  if (days === 1) return t("time.yesterday");
  /** @type {Intl.DateTimeFormatOptions} */
  const shape = { weekday: "long", day: "numeric", month: "long" };
  return format(sameYear(at) ? shape : { ...shape, year: "numeric" }, at);
}

/** @param {string} at */
export function full(at) {
  return format({ dateStyle: "full", timeStyle: "short" }, at);
}

/** How long ago, in words. @param {string} at */
export function ago(at) {
  const minutes = Math.floor((serverClock.now() - Date.parse(at)) / 60_000);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  if (minutes < 1) return t("time.now");
  if (minutes < 60) return relative.format(-minutes, "minute");
  if (minutes < 60 * 12) return relative.format(-Math.floor(minutes / 60), "hour");
  return daysAgo(at) < 2 ? `${day(at)} ${clock(at)}` : shortTime(at);
}

/** In how long, in words, rounded up. @param {number} ms */
export function fromNow(ms) {
  const minutes = Math.max(1, Math.ceil(ms / 60_000));
  const relative = new Intl.RelativeTimeFormat(locale());
  return minutes < 100 ? relative.format(minutes, "minute") : relative.format(Math.ceil(minutes / 60), "hour");
}

/** @param {string} a @param {string} b */
export function sameDay(a, b) {
  return midnight(a) === midnight(b);
}

/** @param {string | Date} at */
function daysAgo(at) {
  return Math.round((midnight(serverClock.now()) - midnight(at)) / DAY_MS);
}

/** @param {string | number | Date} at */
function midnight(at) {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** @param {string} at */
function sameYear(at) {
  return new Date(at).getFullYear() === thisYear();
}

/** The year here, now. */
export function thisYear() {
  return new Date(serverClock.now()).getFullYear();
}

/** @type {Map<string, Intl.DateTimeFormat>} creating one is slow, and a list needs hundreds */
const formats = new Map();

/** Formats keep the time zone in which they were created, so all are recreated when it changes. */
export function dropFormats() {
  formats.clear();
}

/** @param {Intl.DateTimeFormatOptions} shape @param {string | Date} at */
function format(shape, at) {
  const key = locale() + JSON.stringify(shape);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale(), shape);
  formats.set(key, known);
  return known.format(new Date(at));
}
