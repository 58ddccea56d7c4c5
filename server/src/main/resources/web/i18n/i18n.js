import { deviceStorage } from "../client/storage.js";
import en from "./en.js";
import it from "./it.js";
import zh from "./zh.js";

/** A key of the core's dictionary or of a feature's. @typedef {string} Key */

/**
 * A text, or its plural forms by the categories of `Intl.PluralRules`.
 * @typedef {string | Record<string, string>} Text
 */

/** @typedef {"en" | "zh" | "it"} Language */

/** @typedef {Record<Language, Record<Key, Text>>} Dictionaries */

/** @type {Dictionaries} */
const dictionaries = { en: {}, zh: {}, it: {} };
addTexts({ en, zh, it });

/** The languages by their own names. @type {Record<Language, string>} */
export const LANGUAGES = { en: "English", zh: "中文", it: "Italiano" };

const STORED = "hongyan.language";

/** @type {Language} */
let current = "en";

/** Takes the language chosen on this device, or the browser's. */
export function startLanguage() {
  const preferred = [deviceStorage.getItem(STORED), ...navigator.languages];
  const requested = preferred.map((tag) => tag?.slice(0, 2).toLowerCase());
  const known = requested.find((tag) => tag !== undefined && tag in dictionaries);
  apply(/** @type {Language} */ (known ?? "en"));
}

/** @param {Language} language */
export function setLanguage(language) {
  deviceStorage.setItem(STORED, language);
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
 * Adds the dictionaries of a feature.
 * @param {Dictionaries} texts
 * @throws {Error} if a key is there already
 */
export function addTexts(texts) {
  for (const [tag, added] of Object.entries(texts)) {
    const dictionary = dictionaries[/** @type {Language} */ (tag)];
    for (const [key, text] of Object.entries(added)) {
      if (key in dictionary) throw new Error(`the text "${key}" (${tag}) is already defined`);
      dictionary[key] = text;
    }
  }
}

/**
 * The text for a key, with `{name}` replaced by parameters; `n` chooses the plural form.
 * @param {Key} key
 * @param {Record<string, string | number>} [params]
 * @returns {string}
 */
export function t(key, params = {}) {
  const entry = dictionaries[current][key] ?? key;
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
