import { visibleGraphemes } from "../text/graphemes.js";
import { h } from "./dom.js";

const HUES = 10;

/**
 * A coloured disc (a rounded square for groups) with initials; the colour depends only on the id.
 * @param {string} id
 * @param {string} name
 * @param {{group?: boolean, size?: "small" | "large", online?: boolean}} [options]
 */
export function avatar(id, name, { group = false, size, online } = {}) {
  const classes = ["avatar", `hue-${hue(id)}`, group && "square", size].filter(Boolean).join(" ");
  return h(
    "span",
    { class: classes, "aria-hidden": "true" },
    h("span", { class: "initials" }, initials(name)),
    online && h("span", { class: "online-dot", testid: "online-dot" }),
  );
}

/** @param {string} id */
function hue(id) {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  return hash % HUES;
}

/**
 * One or two letters: of Chinese, Japanese and Korean names the last two characters, else of the first and last word.
 * @param {string} name
 */
export function initials(name) {
  const words = name
    .split(/[\s·_.-]+/u)
    .map(visibleGraphemes)
    .filter(({ length }) => length > 0);
  if (words.length === 0) return "·";
  const [first] = words;
  const [initial] = first;
  if (/^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(initial)) {
    return first.slice(-2).join("");
  }
  const letters = words.length > 1 ? [first, words[words.length - 1]] : [first];
  // Arabic letters join: two letters of different words would look like another word.
  if (/^\p{Script=Arabic}/u.test(initial)) return initial;
  return letters
    .map(([letter]) => letter)
    .join("")
    .toLocaleUpperCase();
}
