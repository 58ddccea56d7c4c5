/** @import { Contents } from "./contents.js" */
/** @import { Json, Model } from "./model.js" */
import { h } from "../views/dom.js";
import { onKeyDown } from "../views/keys.js";

const MAX_RESULTS = 30;

/**
 * An item of the search index.
 * @typedef {{id: string, name: string, kind: string, about: string, weight: number}} Entry
 */

/** Searches frames, HTTP routes, fields, types, reasons and chapters while the user types. `/` focuses the field. */
export class Search {
  #input = /** @type {HTMLInputElement} */ (document.getElementById("search"));
  #results = /** @type {HTMLElement} */ (document.getElementById("results"));
  #list = /** @type {HTMLElement} */ (document.getElementById("contents"));
  #chosen = 0;

  /** @param {Model} model @param {Contents} contents */
  constructor(model, contents) {
    this.contents = contents;
    this.index = indexOf(model);
    this.#input.addEventListener("input", () => this.#show());
    onKeyDown(this.#input, (event) => this.#key(event));
    this.#results.addEventListener("click", () => this.#clear());
    document.getElementById("find")?.addEventListener("click", () => this.#begin());
    onKeyDown(window, (event) => {
      const typing = /^(INPUT|TEXTAREA)$/.test(/** @type {Element} */ (event.target).tagName);
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.#begin();
    });
  }

  #begin() {
    this.contents.toggle(true);
    this.#input.focus();
    this.#input.select();
  }

  #clear() {
    this.#input.value = "";
    this.#show();
  }

  #show() {
    const asked = this.#input.value.trim().toLowerCase();
    const found = asked ? find(this.index, asked) : [];
    this.#chosen = 0;
    this.#list.hidden = asked !== "";
    this.#results.hidden = asked === "";
    this.#input.setAttribute("aria-expanded", String(asked !== ""));
    const rows = found.map((entry, index) => row(entry, asked, index));
    const none = h("li", { class: "none" }, `No results for “${asked}”.`);
    this.#results.replaceChildren(...(rows.length ? rows : [none]));
    this.#choose(0);
  }

  /** @param {number} index */
  #choose(index) {
    const rows = [...this.#results.querySelectorAll("[role=option]")];
    if (!rows.length) return;
    this.#chosen = (index + rows.length) % rows.length;
    rows.forEach((each, i) => each.setAttribute("aria-selected", String(i === this.#chosen)));
    this.#input.setAttribute("aria-activedescendant", rows[this.#chosen].id);
    rows[this.#chosen].scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "ArrowDown") this.#choose(this.#chosen + 1);
    else if (event.key === "ArrowUp") this.#choose(this.#chosen - 1);
    else if (event.key === "Enter")
      /** @type {HTMLElement} */ (this.#results.querySelectorAll("[role=option] a")[this.#chosen])?.click();
    else if (event.key === "Escape" && this.#input.value) this.#clear();
    else return;
    event.preventDefault();
    if (event.key === "Escape") event.stopPropagation();
  }
}

/** @param {Entry} entry @param {string} asked @param {number} index */
function row({ id, name, kind, about }, asked, index) {
  return h(
    "li",
    { role: "option", id: `result-${index}`, "aria-selected": "false" },
    h(
      "a",
      { href: `#${id}`, tabindex: "-1" },
      h(
        "span",
        { class: "result-head" },
        h("code", {}, ...marked(name, asked)),
        h("span", { class: "result-kind" }, kind),
      ),
      h("span", { class: "result-about" }, ...marked(plain(about), asked)),
    ),
  );
}

/** @param {string} text @param {string} asked @returns {(string | HTMLElement)[]} */
function marked(text, asked) {
  const at = text.toLowerCase().indexOf(asked);
  if (at < 0) return [text];
  return [text.slice(0, at), h("mark", {}, text.slice(at, at + asked.length)), text.slice(at + asked.length)];
}

/** @param {string} text */
function plain(text) {
  return text
    .replace(/[`*]/g, "")
    .replace(/\[([^\]]+)\]\([^)]+\)/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

/**
 * Ranks exact names first, then names that start with the text, then names and then descriptions that contain it.
 * @param {Entry[]} index
 * @param {string} asked
 */
function find(index, asked) {
  const found = [];
  for (const entry of index) {
    const name = entry.name.toLowerCase();
    const rank =
      name === asked
        ? 0
        : name.startsWith(asked)
          ? 1
          : name.includes(asked)
            ? 2
            : plain(entry.about).toLowerCase().includes(asked)
              ? 3
              : -1;
    if (rank >= 0) found.push({ entry, order: rank * 10 + entry.weight });
  }
  return found
    .sort((a, b) => a.order - b.order)
    .slice(0, MAX_RESULTS)
    .map(({ entry }) => entry);
}

/** @param {Model} model @returns {Entry[]} */
function indexOf(model) {
  /** @type {Entry[]} */
  const index = [];
  const add = (
    /** @type {string} */ id,
    /** @type {string} */ name,
    /** @type {string} */ kind,
    /** @type {string} */ about,
    weight = 0,
  ) => index.push({ id, name, kind, about: about ?? "", weight });
  for (const group of model.groups) {
    for (const { id, type, operation, data } of group.frames) {
      add(id, type, "request", operation.summary);
      fields(data, (name, about) => add(id, name, `in ${type}`, about, 5));
    }
    for (const { id, type, operation } of group.pushes) add(id, type, "push", operation.summary, 1);
    for (const { id, method, path, operation } of group.calls) {
      add(id, `${method} ${path}`, "call", operation.summary, 2);
      fields(operation.requestBody?.content["application/json"]?.schema, (name, about) =>
        add(id, name, `in ${path}`, about, 5),
      );
    }
  }
  for (const { id, title, text } of model.chapters) add(id, title, "guide", text, 3);
  for (const [name, schema] of model.types) {
    add(`type.${name}`, name, "type", schema.description, 4);
    fields(schema, (field, about) => add(`type.${name}`, field, `in ${name}`, about, 6));
  }
  for (const [kind, { description }] of Object.entries(model.frames["x-entries"])) {
    add(`kind-of-entry.${kind}`, kind, "kind of entry", description, 3);
  }
  for (const [type, { description }] of Object.entries(model.frames["x-contents"])) {
    add(`type-of-content.${type}`, type, "type of content", description, 3);
  }
  for (const [reason, { about }] of Object.entries(model.frames["x-reasons"]))
    add(`reason.${reason}`, reason, "reason", about, 2);
  for (const [kind, { description }] of Object.entries(model.frames["x-kinds"]))
    add(`kind.${kind}`, kind, "kind of error", description, 2);
  for (const [code, { about }] of Object.entries(model.frames["x-close-codes"]))
    add(`close.${code}`, code, "close code", about, 2);
  return index;
}

/** @param {Json | undefined} schema @param {(name: string, about: string) => void} each */
function fields(schema, each) {
  for (const [name, field] of Object.entries(schema?.properties ?? {})) each(name, field.description);
}
