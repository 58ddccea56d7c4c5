import { h } from "../views/dom.js";

const JSON_TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b|([{}[\],])/g;
const KEYWORDS = "import|from|const|let|new|await|async|function|for|of|if|else|return|class";
const SCRIPT_TOKEN = new RegExp(
  /(\/\/[^\n]*)|("(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|/.source + `\\b(${KEYWORDS})\\b` + /|\b(\d[\d_.]*)\b/.source,
  "g",
);

/**
 * A block of code with a button that copies it.
 * @param {(string | HTMLElement)[]} parts what is shown
 * @param {string} text what is copied
 * @param {{label?: (string | HTMLElement)[], tone?: string}} [options]
 */
export function codeBlock(parts, text, { label = [], tone = "" } = {}) {
  return h(
    "figure",
    { class: `code ${tone}` },
    h(
      "figcaption",
      {},
      h("span", { class: "code-label" }, ...label),
      copyButton(() => text),
    ),
    h("pre", { tabindex: "0" }, h("code", {}, ...parts)),
  );
}

/**
 * @param {any} value
 * @param {Map<string, string>} cast the names of the ids in the examples
 * @param {{label?: (string | HTMLElement)[], tone?: string, copy?: string}} [options]
 */
export function jsonBlock(value, cast, options = {}) {
  const text = print(value);
  return codeBlock(json(text, cast), options.copy ?? text, options);
}

/** @param {string} text */
export function script(text) {
  return tokens(text, SCRIPT_TOKEN, ([token, comment, string, keyword]) => {
    const kind = comment ? "comment" : string ? "string" : keyword ? "keyword" : "number";
    return h("span", { class: `t-${kind}` }, token);
  });
}

/** @param {string} text @param {Map<string, string>} cast */
function json(text, cast) {
  return tokens(text, JSON_TOKEN, ([token, string, colon, number, word]) => {
    if (string && colon) return [h("span", { class: "t-key" }, string), colon];
    if (string) return stringToken(string, cast);
    if (number || word) return h("span", { class: "t-number" }, token);
    return h("span", { class: "t-mark" }, token);
  });
}

/** Shows the name beside an id of the examples. The name is not copied with the example. */
function stringToken(/** @type {string} */ string, /** @type {Map<string, string>} */ cast) {
  const name = cast.get(string.slice(1, -1));
  const span = h("span", { class: "t-string" }, string);
  return name && !name.includes(".") ? [span, h("span", { class: "t-name", data: { name: called(name) } })] : span;
}

const USERS = ["ada", "bob", "cai", "dora", "eli"];

/** @param {string} name */
function called(name) {
  if (USERS.includes(name)) return name[0].toUpperCase() + name.slice(1);
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/**
 * @param {string} text
 * @param {RegExp} pattern
 * @param {(found: RegExpMatchArray) => string | HTMLElement | (string | HTMLElement)[]} make
 */
function tokens(text, pattern, make) {
  /** @type {(string | HTMLElement)[]} */
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > end) parts.push(text.slice(end, found.index));
    parts.push(...[make(found)].flat());
    end = found.index + found[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

/**
 * Formats JSON compactly: a value that fits on one line is on one line.
 * @param {any} value
 * @param {string} [indent]
 * @param {number} [taken] the characters on the line before the value
 * @returns {string}
 */
export function print(value, indent = "", taken = 0) {
  const flat = oneLine(value);
  if (value === null || typeof value !== "object" || indent.length + taken + flat.length <= 58) return flat;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => inner + print(item, inner)).join(",\n")}\n${indent}]`;
  }
  const fields = Object.entries(value).map(([name, item]) => {
    const key = `${JSON.stringify(name)}: `;
    return inner + key + print(item, inner, key.length);
  });
  return `{\n${fields.join(",\n")}\n${indent}}`;
}

/** @param {any} value @returns {string} */
function oneLine(value) {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${oneLine(item)}`);
  return fields.length ? `{ ${fields.join(", ")} }` : "{}";
}

/** @param {() => string} text */
function copyButton(text) {
  const button = h("button", { type: "button", class: "copy", onclick: copy }, "Copy");
  async function copy() {
    const copied = await write(text()).catch(() => false);
    button.textContent = copied ? "Copied" : "Not copied";
    const announce = document.getElementById("announce");
    if (announce) announce.textContent = button.textContent;
    setTimeout(() => (button.textContent = "Copy"), 1_500);
  }
  return button;
}

/** @param {string} text */
async function write(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  // Without TLS, a page can only copy in this way.
  const area = h("textarea", { class: "visually-hidden", value: text });
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}
