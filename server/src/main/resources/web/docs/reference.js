/** @import { Json, Model } from "./model.js" */
import { h } from "../views/dom.js";
import { bytes, fieldList } from "./fields.js";
import { inline } from "./markdown.js";
import { heading, part } from "./sections.js";

/** @param {Model} model */
export function entriesSection(model) {
  return contentSection(
    model,
    model.frames["x-entries"],
    "kind-of-entry",
    "kinds-of-entry",
    "Kinds of entry",
    "[The log](#the-log) consists of entries. The kind of an `entry` determines its content. Clients skip " +
      "kinds that they do not know.",
  );
}

/** @param {Model} model */
export function contentsSection(model) {
  return contentSection(
    model,
    model.frames["x-contents"],
    "type-of-content",
    "types-of-content",
    "Types of content",
    "The content of a `message` goes by its type; clients show the `summary` of an entry whose type they do not know.",
  );
}

/**
 * @param {Model} model
 * @param {Json} described by name, each with its content
 * @param {string} each the prefix of an id
 * @param {string} all the id of the section
 * @param {string} title
 * @param {string} about
 */
function contentSection(model, described, each, all, title, about) {
  const articles = Object.entries(described).map(([name, { description, content }]) =>
    h(
      "article",
      { class: "plain", id: `${each}.${name}` },
      heading("h3", `${each}.${name}`, h("code", { class: "name" }, name)),
      h("p", {}, ...inline(description)),
      part("Content", fieldList(model, content)),
    ),
  );
  return h(
    "section",
    { class: "group", id: all },
    h("div", { class: "group-head" }, heading("h2", all, title), h("p", {}, ...inline(about))),
    h("div", { class: "columns" }, ...articles),
  );
}

/** @param {Model} model */
export function typesSection(model) {
  const types = model.types
    .filter(([, schema]) => schema.properties)
    .map(([name, schema]) =>
      h(
        "article",
        { class: "plain", id: `type.${name}` },
        heading("h3", `type.${name}`, name),
        h("p", {}, ...inline(schema.description)),
        fieldList(model, schema),
      ),
    );
  return h(
    "section",
    { class: "group", id: "types" },
    h(
      "div",
      { class: "group-head" },
      heading("h2", "types", "Types"),
      h("p", {}, "Named types that requests and answers share."),
    ),
    h("div", { class: "columns" }, ...types),
  );
}

/** @param {Model} model */
export function errorsSection(model) {
  const kinds = Object.entries(model.frames["x-kinds"]).map(([kind, { status, description }]) =>
    h(
      "tr",
      { id: `kind.${kind}` },
      h("th", { scope: "row" }, h("code", {}, kind)),
      h("td", {}, String(status)),
      h("td", {}, ...inline(description)),
    ),
  );
  const rows = Object.entries(model.frames["x-reasons"])
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([reason, { kind, about }]) =>
      h(
        "tr",
        { id: `reason.${reason}` },
        h("th", { scope: "row" }, h("code", {}, reason)),
        h("td", {}, h("a", { href: `#kind.${kind}` }, kind)),
        h("td", {}, ...inline(about)),
      ),
    );
  return [
    h(
      "section",
      { class: "tables", id: "kinds" },
      heading("h2", "kinds", "Kinds of error"),
      table(["kind", "HTTP", "meaning"], kinds),
    ),
    h(
      "section",
      { class: "tables", id: "reasons" },
      heading("h2", "reasons", "Reasons"),
      table(["reason", "kind", "meaning"], rows),
    ),
  ];
}

/** @param {Model} model */
export function closeSection(model) {
  const rows = Object.entries(model.frames["x-close-codes"]).map(([code, { then, about }]) =>
    h(
      "tr",
      { id: `close.${code}` },
      h("th", { scope: "row" }, h("code", {}, code)),
      h("td", {}, h("span", { class: `then ${then}` }, then)),
      h("td", {}, ...inline(about)),
    ),
  );
  return h(
    "section",
    { class: "tables", id: "close-codes" },
    heading("h2", "close-codes", "Close codes"),
    h(
      "p",
      {},
      ...inline(
        "Why the server closed a socket, and what the client does next. After any other code, or without a code, " +
          "reconnect; see [staying connected](#staying-connected).",
      ),
    ),
    table(["code", "next", "why"], rows),
  );
}

/** @param {Model} model */
export function limitsSection(model) {
  const limits = [...model.frames["x-limits"]].sort((a, b) => Number(Boolean(a.setting)) - Number(Boolean(b.setting)));
  const rows = limits.map((/** @type {Json} */ limit) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, limit.what),
      h("td", { class: "amount" }, ...amount(limit)),
      h("td", {}, ...inline(limit.description)),
    ),
  );
  return h(
    "section",
    { class: "tables", id: "limits" },
    heading("h2", "limits", "Limits"),
    h(
      "p",
      {},
      "Each field has its own limits, too. For limits that an operator can set, the table has the default and the " +
        "value in production mode.",
    ),
    table(["limit", "maximum", ""], rows),
  );
}

/** @param {Json} limit */
function amount(limit) {
  const count = (/** @type {number} */ value) => (limit.unit === "bytes" ? bytes(value) : value.toLocaleString("en"));
  if (!limit.setting) return [count(limit.value)];
  const usual = count(limit.default);
  const text = limit.default === limit.production ? usual : `${usual} / ${count(limit.production)}`;
  return [text, h("code", { class: "setting" }, limit.setting)];
}

/** @param {string[]} titles @param {HTMLElement[]} rows */
function table(titles, rows) {
  const head = h("tr", {}, ...titles.map((title) => h("th", { scope: "col" }, title)));
  return h("div", { class: "table" }, h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)));
}
