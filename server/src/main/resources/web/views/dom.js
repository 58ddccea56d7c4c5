import { iconId } from "./icons.js";
import { listen, patch, sameDeps } from "./patch.js";

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
    if (name.startsWith("on")) listen(element, name.slice(2), value);
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

const FOCUSABLE = "a, button, input, select, textarea, [tabindex]";

/**
 * A row of a list. It is rebuilt only if one of its `deps` has changed, and the element on the page is then patched to
 * match it. Listeners passed to `h` are replaced; others must look up what they need when the event arrives.
 * @typedef {object} Row
 * @property {string} key
 * @property {unknown[]} deps everything that it shows
 * @property {() => HTMLElement} make
 */

/** Updates the children of an element to a list of rows, in place: a selection, the focus and hover states survive. */
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
    const focus = this.#focus();
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
    if (focus) this.#refocus(focus);
  }

  /** @param {Row} row */
  #element({ key, deps, make }) {
    const present = this.#present.get(key);
    if (present && sameDeps(present.deps, deps)) return present.element;
    const element = present ? patch(present.element, make()) : make();
    this.#present.set(key, { deps, element });
    return element;
  }

  /** Where the focus is. */
  #focus() {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    if (!focused || focused === this.parent || !this.parent.contains(focused)) return null;
    for (const [key, { element }] of this.#present) {
      if (element.contains(focused)) return { focused, key, at: focusable(element).indexOf(focused) };
    }
    return null;
  }

  /**
   * Returns the focus after its element was moved or replaced.
   * @param {{focused: HTMLElement, key: string, at: number}} before
   */
  #refocus({ focused, key, at }) {
    if (document.activeElement === focused) return;
    const row = this.get(key);
    const target = focused.isConnected ? focused : row && (focusable(row)[at] ?? focusable(row)[0]);
    target?.focus({ preventScroll: true });
  }
}

/** The element and what is in it, as far as it can have the focus. @param {HTMLElement} element */
function focusable(element) {
  const inside = [.../** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll(FOCUSABLE))];
  return element.matches(FOCUSABLE) ? [element, ...inside] : inside;
}
