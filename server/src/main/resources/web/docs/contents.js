/** @import { Layer } from "../views/layers.js" */
/** @import { Group, Model } from "./model.js" */
import { deviceStorage } from "../client/storage.js";
import { h } from "../views/dom.js";
import { onKeyDown } from "../views/keys.js";
import { openLayer } from "../views/layers.js";
import { slug } from "./model.js";

const THEME = "hongyan.theme";

/** The table of contents: beside the text, or on a phone in a drawer over it. */
export class Contents {
  #side = /** @type {HTMLElement} */ (document.getElementById("side"));
  #menu = /** @type {HTMLElement} */ (document.getElementById("menu"));
  #shade = /** @type {HTMLElement} */ (document.getElementById("shade"));
  #list = /** @type {HTMLElement} */ (document.getElementById("contents"));
  /** The open drawer. @type {Layer | null} */
  #layer = null;

  /**
   * @param {Model} model
   * @param {Group[]} framed groups of frames
   * @param {Group[]} called groups of HTTP calls
   */
  constructor(model, framed, called) {
    this.#list.append(
      section("Guide", [["start", "Getting started"], ...model.chapters.map(({ id, title }) => pair(id, title))]),
      ...framed.map(groupList),
      section("", [
        ["kinds-of-entry", "Kinds of entry"],
        ["types-of-content", "Types of content"],
      ]),
      ...called.map(groupList),
      section("Reference", [
        ["types", "Types"],
        ["kinds", "Kinds of error"],
        ["reasons", "Reasons"],
        ["close-codes", "Close codes"],
        ["limits", "Limits"],
      ]),
    );
    this.#menu.addEventListener("click", () => this.toggle(!this.#side.classList.contains("shown")));
    this.#shade.addEventListener("click", () => this.toggle(false));
    this.#side.addEventListener("click", (event) => this.#follow(event));
    onKeyDown(window, (event) => {
      if (event.key === "Escape") this.toggle(false);
    });
    this.#markCurrent();
    themeButton();
  }

  /** @param {boolean} shown on a phone; on a desktop it is always shown */
  toggle(shown) {
    this.#side.classList.toggle("shown", shown);
    this.#shade.hidden = !shown;
    this.#menu.setAttribute("aria-expanded", String(shown));
    const covers = this.#shade.checkVisibility();
    if (covers) this.#layer ??= openLayer(() => this.toggle(false));
    else {
      this.#layer?.closed();
      this.#layer = null;
    }
  }

  /** A link closes the drawer, whose entry of the history becomes that of the link. @param {MouseEvent} event */
  #follow(event) {
    const link = /** @type {Element} */ (event.target).closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (this.#layer) {
      event.preventDefault();
      location.replace(link.href);
    }
    this.toggle(false);
  }

  /** Marks the section that is being read. */
  #markCurrent() {
    const links = new Map([...this.#list.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
    const places = [...links.keys()].map((id) => document.getElementById(id)).filter((place) => place !== null);
    /** @type {HTMLElement | undefined} */
    let current;
    const mark = () => {
      // The last section that begins in the top third of the window.
      const line = innerHeight / 3;
      let read = places[0];
      for (const place of places) if (place.getBoundingClientRect().top <= line) read = place;
      const link = read && links.get(read.id);
      if (!link || link === current) return;
      current?.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      current = link;
      keepInView(/** @type {HTMLElement} */ (this.#list.parentElement), link);
    };
    let waiting = false;
    addEventListener(
      "scroll",
      () => {
        if (waiting) return;
        waiting = true;
        requestAnimationFrame(() => {
          waiting = false;
          mark();
        });
      },
      { passive: true },
    );
    mark();
  }
}

/** @param {HTMLElement} list @param {HTMLElement} link */
function keepInView(list, link) {
  const top = link.offsetTop - list.offsetTop;
  if (top < list.scrollTop + 40) list.scrollTop = top - 80;
  else if (top > list.scrollTop + list.clientHeight - 60) list.scrollTop = top - list.clientHeight + 120;
}

/** @param {Group} group */
function groupList(group) {
  const items = [
    ...group.frames.map(({ id, type }) => pair(id, h("code", {}, type))),
    ...group.pushes.map(({ id, type }) =>
      pair(id, h("code", {}, h("span", { class: "arrow", title: "push" }, "⇐ "), type)),
    ),
    ...group.calls.map(({ id, method, path }) =>
      pair(
        id,
        h("code", {}, h("span", { class: `verb ${method.toLowerCase()}` }, method), " ", path.replace("/api/v1", "")),
      ),
    ),
  ];
  return section(h("a", { href: `#${slug(group.name)}` }, group.name), items);
}

/** @param {string} id @param {string | HTMLElement} label @returns {[string, string | HTMLElement]} */
function pair(id, label) {
  return [id, label];
}

/**
 * @param {string | HTMLElement} title
 * @param {[string, string | HTMLElement][]} items
 */
function section(title, items) {
  return h(
    "section",
    { class: "toc" },
    title && h("h2", {}, title),
    h("ul", {}, ...items.map(([id, label]) => h("li", {}, h("a", { href: `#${id}` }, label)))),
  );
}

/** Switches between light and dark. The web client shares this setting. */
function themeButton() {
  const button = /** @type {HTMLElement} */ (document.getElementById("theme"));
  const other = () => (document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  const name = () => (button.textContent = other() === "dark" ? "Dark" : "Light");
  button.addEventListener("click", () => {
    const chosen = other();
    deviceStorage.setItem(THEME, chosen);
    dispatchEvent(new CustomEvent("hongyan-theme", { detail: chosen }));
    name();
  });
  name();
}
