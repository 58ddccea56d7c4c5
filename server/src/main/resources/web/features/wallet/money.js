import { locale, t } from "../../i18n/i18n.js";

/**
 * Units of time, their seconds, and the limit in seconds up to which each is used.
 * @type {[string, number, number][]}
 */
const UNITS = [
  ["second", 1, 100],
  ["minute", 60, 6_000],
  ["hour", 3_600, 172_800],
  ["day", 86_400, Infinity],
];

/** Thirteen digits before the point: far above any limit, and exact as a number of fen. */
const TYPED = /^(\d{0,13})(?:[.,](\d{0,2}))?$/;

/**
 * Parses a typed amount. Works on digits instead of multiplying, so that 0.1 and 0.2 are exact.
 * @param {string} text with a point or a comma, full-width characters of an input method included
 * @returns {number | null} in fen, null if it is not an amount
 */
export function parseAmount(text) {
  const match = TYPED.exec(text.normalize("NFKC").replace("。", ".").trim());
  if (!match) return null;
  const [, whole, parts = ""] = match;
  return whole || parts ? Number((whole || "0") + parts.padEnd(2, "0")) : null;
}

/** An amount in the format of input fields. @param {number} fen */
export function typedAmount(fen) {
  return `${wholeOf(fen)}.${partsOf(fen)}`;
}

/** @param {number} fen */
export function amountText(fen) {
  const { whole, separator } = shape();
  return `${fen < 0 ? "−" : ""}${whole.format(wholeOf(fen))}${separator}${partsOf(fen)}`;
}

/** @param {number} fen @param {string} currency */
export function moneyText(fen, currency) {
  const unit = unitText(currency);
  return currency === "CNY" ? amountText(fen).replace(/^−?/, `$&${unit}`) : `${amountText(fen)}\u00a0${unit}`;
}

/** The unit beside an amount. @param {string} currency shown as it is, except for yuan and play money */
export function unitText(currency) {
  if (currency === "CNY") return "¥";
  return currency === "points" ? t("money.points") : currency;
}

/** With its sign, as in a statement. @param {number} fen */
export function signedText(fen) {
  return fen > 0 ? `+${amountText(fen)}` : amountText(fen);
}

/** A duration in words. @param {number} seconds */
export function durationText(seconds) {
  const [unit, length] = UNITS.find(([, , below]) => seconds < below) ?? UNITS[0];
  return new Intl.NumberFormat(locale(), {
    style: "unit",
    unit,
    unitDisplay: "long",
    // Half a day matters.
    maximumFractionDigits: unit === "day" ? 1 : 0,
  }).format(seconds / length);
}

/** @param {number} fen */
function wholeOf(fen) {
  const all = Math.abs(fen);
  return (all - (all % 100)) / 100;
}

/** @param {number} fen */
function partsOf(fen) {
  return String(Math.abs(fen) % 100).padStart(2, "0");
}

/** @type {Map<string, {whole: Intl.NumberFormat, separator: string}>} */
const shapes = new Map();

/** The number format of the language. */
function shape() {
  const tag = locale();
  const known = shapes.get(tag);
  if (known) return known;
  const separator = new Intl.NumberFormat(tag).formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".";
  const made = { whole: new Intl.NumberFormat(tag, { maximumFractionDigits: 0 }), separator };
  shapes.set(tag, made);
  return made;
}
