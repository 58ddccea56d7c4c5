import { findMentions } from "./mentions.js";

const URL_LIKE = /\b(?:https?:\/\/|www\.)[^\s<>"'`\u3000-\u303f\uff00-\uffef]+/giu;
const TRAILING = /[.,;:!?…'"*_~]$/u;

/**
 * Splits a text into plain pieces, links and mentions.
 * @param {string} text
 * @param {string[]} [names] display names of those mentioned
 * @returns {({kind: "text" | "mention", text: string} | {kind: "link", text: string, href: string})[]}
 */
export function pieces(text, names = []) {
  /** @type {ReturnType<typeof pieces>} */
  const found = [];
  let at = 0;
  for (const match of text.matchAll(URL_LIKE)) {
    const shown = trimmed(match[0]);
    const href = safeHref(shown);
    if (!href) continue;
    found.push(...mentions(text.slice(at, match.index), names), { kind: "link", text: shown, href });
    at = match.index + shown.length;
  }
  return [...found, ...mentions(text.slice(at), names)];
}

/**
 * @param {string} text
 * @param {string[]} names
 * @returns {{kind: "text" | "mention", text: string}[]}
 */
function mentions(text, names) {
  /** @type {{kind: "text" | "mention", text: string}[]} */
  const found = [];
  let end = 0;
  for (const { at, length } of findMentions(
    text,
    names.map((name) => ({ user: name, name })),
  )) {
    if (at > end) found.push({ kind: "text", text: text.slice(end, at) });
    end = at + length;
    found.push({ kind: "mention", text: text.slice(at, end) });
  }
  if (end < text.length) found.push({ kind: "text", text: text.slice(end) });
  return found;
}

/**
 * A link without the punctuation and brackets of the sentence around it. Brackets are counted only once, because a
 * message may be a link of sixteen thousand of them.
 * @param {string} link
 */
function trimmed(link) {
  const spare = { ")": surplus(link, "(", ")"), "]": surplus(link, "[", "]") };
  let end = link.length;
  for (; end > 0; end--) {
    const last = link[end - 1];
    if (last === ")" || last === "]") {
      if (spare[last] <= 0) break;
      spare[last]--;
    } else if (!TRAILING.test(last)) {
      break;
    }
  }
  return link.slice(0, end);
}

/** @param {string} link @param {string} open @param {string} close how many more brackets close than open */
function surplus(link, open, close) {
  return link.split(close).length - link.split(open).length;
}

/** @param {string} link @returns {string | null} only ever http or https */
function safeHref(link) {
  try {
    const { protocol, href } = new URL(/^www\./i.test(link) ? `https://${link}` : link);
    return protocol === "https:" || protocol === "http:" ? href : null;
  } catch {
    return null;
  }
}

const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;
const segmenter = "Segmenter" in Intl ? new Intl.Segmenter() : null;

/**
 * The number of emoji in a text of nothing but emoji.
 * @param {string} text
 * @returns {number} 0 if there is anything else in it, or too many to be shown large
 */
export function onlyEmoji(text) {
  const packed = text.replace(/\s/gu, "");
  if (!packed || packed.length > 60 || !segmenter) return 0;
  const graphemes = [...segmenter.segment(packed)].map(({ segment }) => segment);
  return graphemes.length <= 6 && graphemes.every((grapheme) => EMOJI.test(grapheme)) ? graphemes.length : 0;
}

const encoder = new TextEncoder();

/** @param {string} text */
export function utf8Length(text) {
  return encoder.encode(text).length;
}
