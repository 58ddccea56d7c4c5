import { h } from "../views/dom.js";

/**
 * Renders the Markdown of the descriptions: paragraphs, lists, `code`, **bold** and [links](#there). It creates
 * elements and text nodes, and never parses HTML.
 * @param {string | undefined} text
 * @returns {HTMLElement[]}
 */
export function markdown(text) {
  if (!text) return [];
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((block) => (/^- /.test(block) ? list(block) : h("p", {}, ...inline(block))));
}

/** @param {string} block */
function list(block) {
  const items = block.split(/\n(?=- )/).map((item) => h("li", {}, ...inline(item.slice(2))));
  return h("ul", {}, ...items);
}

const MARK = /`([^`]+)`|\*\*((?:(?!\*\*).)+)\*\*|\[([^\]]+)\]\((#[^)]+)\)/g;

/**
 * Renders one line of Markdown.
 * @param {string | undefined} text
 * @returns {(string | HTMLElement)[]}
 */
export function inline(text) {
  if (!text) return [];
  const flat = text.replace(/\s+/g, " ").trim();
  const parts = [];
  let end = 0;
  for (const found of flat.matchAll(MARK)) {
    parts.push(flat.slice(end, found.index), marked(found));
    end = found.index + found[0].length;
  }
  parts.push(flat.slice(end));
  return parts;
}

/** @param {RegExpMatchArray} found */
function marked([, code, bold, label, target]) {
  if (code) return h("code", {}, code);
  if (bold) return h("strong", {}, ...inline(bold));
  return h("a", { href: target }, label);
}
