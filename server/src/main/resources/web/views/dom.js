import { iconId } from "./icons.js";

/**
 * Builds an element. Strings become text nodes, so that the text of users is never parsed as HTML.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props] attributes; `on…` listeners, `data` for the dataset, `class`; false, null and
 *   undefined leave an attribute out
 * @param {...(Node | string | number | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") setData(element, value);
    else if (name === "value") /** @type {any} */ (element).value = value;
    else element.setAttribute(name === "testid" ? "data-testid" : name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {Record<string, any>} data undefined removes
 */
export function setData(element, data) {
  for (const [name, value] of Object.entries(data)) {
    if (value === undefined || value === null || value === false) delete element.dataset[name];
    else if (element.dataset[name] !== String(value)) element.dataset[name] = String(value);
  }
}

/**
 * @param {Element} element
 * @param {(Node | string | number | null | undefined | false)[]} children
 */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/**
 * @param {Element} element
 * @param {(Node | string | number | null | undefined | false)[]} children
 */
function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(typeof child === "number" ? String(child) : child);
  }
}

/**
 * @param {string} name a symbol of `art/icons.svg` or of a feature
 * @param {string} [label] for screen readers
 * @param {string} [extra] classes
 */
export function icon(name, label, extra = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${iconId(name)}`);
  svg.setAttribute("class", `icon ${extra}`);
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  svg.append(use);
  return svg;
}

/**
 * A button with only an icon.
 * @param {string} name
 * @param {string} label
 * @param {Record<string, any>} [props]
 */
export function iconButton(name, label, props = {}) {
  const { class: extra = "", ...rest } = props;
  return h(
    "button",
    { type: "button", class: `icon-button ${extra}`, "aria-label": label, title: label, ...rest },
    icon(name),
  );
}

/**
 * A row of a list. It is made again only if one of its `deps` has changed.
 * @typedef {object} Row
 * @property {string} key
 * @property {unknown[]} deps everything that it shows
 * @property {() => HTMLElement} make
 */

/** Updates the children of an element to a list of rows, moving and replacing as few as possible. */
export class Rows {
  /** @type {Map<string, {deps: unknown[], element: HTMLElement}>} */
  #present = new Map();

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.parent = parent;
  }

  /** @param {string} key */
  get(key) {
    return this.#present.get(key)?.element;
  }

  /** @param {Row[]} rows */
  show(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    for (const [key, { element }] of this.#present) {
      if (keys.has(key)) continue;
      element.remove();
      this.#present.delete(key);
    }
    /** @type {ChildNode | null} */
    let next = this.parent.firstChild;
    for (const row of rows) {
      const before = this.#present.get(row.key)?.element;
      const element = this.#element(row);
      if (before && before === next) next = element;
      if (element === next) next = next.nextSibling;
      else this.parent.insertBefore(element, next);
    }
  }

  /** @param {Row} row */
  #element({ key, deps, make }) {
    const present = this.#present.get(key);
    if (present && present.deps.length === deps.length && present.deps.every((dep, i) => dep === deps[i])) {
      return present.element;
    }
    const element = make();
    const focused = present?.element.contains(document.activeElement);
    // In its place, so that the loop over the siblings stays valid.
    present?.element.replaceWith(element);
    if (focused) focusable(element)?.focus({ preventScroll: true });
    this.#present.set(key, { deps, element });
    return element;
  }
}

/** @param {HTMLElement} element @returns {HTMLElement | null} */
function focusable(element) {
  return element.matches("[tabindex]") ? element : element.querySelector("a, button");
}
