import en from "./en.js";
import it from "./it.js";
import zh from "./zh.js";

/** @typedef {keyof typeof en} Key */

export const DICTIONARIES = { en, zh, it };

/** @typedef {keyof typeof DICTIONARIES} Language */

/** The languages by their own names. @type {Record<Language, string>} */
export const LANGUAGES = { en: "English", zh: "中文", it: "Italiano" };

const STORED = "hongyan.language";

/** @type {Language} */
let current = "en";

/** Takes the language chosen on this device, or the browser's. */
export function startLanguage() {
  const wished = [localStorage.getItem(STORED), ...navigator.languages].map((tag) => tag?.slice(0, 2).toLowerCase());
  const known = wished.find((tag) => tag !== undefined && tag in DICTIONARIES);
  apply(/** @type {Language} */ (known ?? "en"));
}

/** @param {Language} language */
export function setLanguage(language) {
  localStorage.setItem(STORED, language);
  apply(language);
}

export function language() {
  return current;
}

/** For `Intl`: the browser's own variant of the language if it has one, for its date formats. */
export function locale() {
  return globalThis.navigator?.languages?.find((tag) => tag.toLowerCase().startsWith(current)) ?? current;
}

/**
 * The text for a key, with `{name}` replaced by parameters; `n` chooses the plural form.
 * @param {Key} key
 * @param {Record<string, string | number>} [params]
 * @returns {string}
 */
export function t(key, params = {}) {
  /** @type {string | Record<string, string>} */
  const entry = DICTIONARIES[current][key];
  const text = typeof entry === "string" ? entry : (entry[pluralForm(Number(params.n))] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? ""));
}

/** @param {string[]} names */
export function listed(names) {
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format(names);
}

/** @param {number} n */
function pluralForm(n) {
  return new Intl.PluralRules(current).select(n);
}

/** @param {Language} language */
function apply(language) {
  current = language;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
}
