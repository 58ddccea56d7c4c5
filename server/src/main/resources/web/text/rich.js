import { graphemes } from "./graphemes.js";
import { findMentions } from "./mentions.js";

// Defines which characters a link contains, rather than which ones end it. Punctuation of other scripts, emoji and
// invisible characters are never in it. In Chinese, Korean and other scripts, text continues directly after an address,
// so a letter of a script other than Latin is part of a link only if it does not follow a Latin letter or a digit:
// "/wiki/雁" is, "/a谢谢" is not.
const EXCLUDED = String.raw`\p{Default_Ignorable_Code_Point}\uff00-\uffef`;
const MARKS = String.raw`(?:(?![${EXCLUDED}])\p{M})*`;
const LATIN = String.raw`(?:[0-9]|(?![${EXCLUDED}])(?=\p{Script=Latin})\p{L}${MARKS})`;
const OTHER = String.raw`(?:(?![${EXCLUDED}]|\p{Script=Latin})\p{L}${MARKS})`;
const WORD = `(?:${OTHER}+${LATIN}*|${LATIN}+)`;
const START = /\b(?:https?:\/\/|www\.)/gi;
const HOST = new RegExp(String.raw`${WORD}(?:(?:[-_]+|\.)${WORD})*|\[[0-9a-fA-F:.]+\]`, "uy");
const PORT = /:[0-9]{1,5}(?![0-9])/y;
const USER_INFO = /(?::[^\s/?#@]{0,100})?@/y;
const PATH = new RegExp(
  String.raw`[/?#](?:${OTHER}*${LATIN}*[-._~:/?#\[\]@!$&()*+,;=%])*${OTHER}*${LATIN}*`,
  "uy",
);
const MAX_HOST = 253;

/** Letters of these scripts look alike, so a label of a host may use only one of them. */
const LOOKALIKES = ["Latin", "Cyrillic", "Greek", "Armenian", "Cherokee"].map(
  (script) => new RegExp(String.raw`(?=\p{L})\p{Script=${script}}`, "u"),
);

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
  for (const match of text.matchAll(START)) {
    if (match.index < at) continue;
    const shown = linkAt(text, match.index, match[0]);
    const href = shown && safeHref(shown);
    if (!href) continue;
    found.push(...mentions(text.slice(at, match.index), names), { kind: "link", text: shown, href });
    at = match.index + shown.length;
  }
  return [...found, ...mentions(text.slice(at), names)];
}

/**
 * The link that starts here, or null if its host is invalid.
 * @param {string} text
 * @param {number} start
 * @param {string} prefix the scheme, or "www."
 */
function linkAt(text, start, prefix) {
  const hostAt = /^www/i.test(prefix) ? start : start + prefix.length;
  const host = matchAt(HOST, text.slice(hostAt, hostAt + MAX_HOST + 1), 0);
  const hostEnd = hostAt + host.length;
  // A user name before the host could be mistaken for the host.
  if (!isHost(host, text[hostEnd] ?? "") || matchAt(USER_INFO, text, hostEnd)) return null;
  const portEnd = hostEnd + matchAt(PORT, text, hostEnd).length;
  return trimmed(text.slice(start, portEnd + matchAt(PATH, text, portEnd).length));
}

/** @param {RegExp} sticky @param {string} text @param {number} at */
function matchAt(sticky, text, at) {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? "";
}

/**
 * Whether this is an ASCII or internationalized host whose labels do not mix letters that look alike.
 * @param {string} host
 * @param {string} next the character that follows it
 */
function isHost(host, next) {
  if (!host || host.length > MAX_HOST || host.normalize("NFC") !== host.normalize("NFKC")) return false;
  const labels = host.split(".");
  labels.push(labels.pop() + next);
  return labels.every((label) => LOOKALIKES.filter((script) => script.test(label)).length <= 1);
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

/**
 * The number of emoji in a text of nothing but emoji.
 * @param {string} text
 * @returns {number} 0 if there is anything else in it, or too many to be shown large
 */
export function onlyEmoji(text) {
  const packed = text.replace(/\s/gu, "");
  if (!packed || packed.length > 60) return 0;
  const shown = graphemes(packed);
  return shown.length <= 6 && shown.every((grapheme) => EMOJI.test(grapheme)) ? shown.length : 0;
}

const encoder = new TextEncoder();

/** @param {string} text */
export function utf8Length(text) {
  return encoder.encode(text).length;
}
