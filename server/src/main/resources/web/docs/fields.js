/** @import { Json, Model } from "./model.js" */
import { h } from "../views/dom.js";
import { inline } from "./markdown.js";

/** The readable names of formats. */
const FORMATS = new Map([
  ["user-id", "user id"],
  ["session-id", "session id"],
  ["conversation-id", "conversation id"],
  ["date-time", "time"],
  ["int64", "integer"],
  ["int32", "integer"],
]);

/**
 * Lists the fields of an object. The fields of nested objects can be expanded.
 * @param {Model} model
 * @param {Json} described
 * @param {{open?: boolean, within?: string[]}} [options] `open` expands nested objects
 */
export function fieldList(model, described, { open = false, within = [] } = {}) {
  const { schema } = model.follow(described);
  const fields = Object.entries(schema.properties ?? {});
  if (!fields.length) return h("p", { class: "empty" }, "No fields.");
  const required = new Set(schema.required);
  const rows = fields.map(([name, field]) => fieldRow(model, name, field, required.has(name), { open, within }));
  return h("ul", { class: "fields" }, ...rows);
}

/**
 * @param {Model} model
 * @param {string} name
 * @param {Json} field
 * @param {boolean} required
 * @param {{open: boolean, within: string[]}} options
 */
function fieldRow(model, name, field, required, { open, within }) {
  const inner = inside(model, field);
  const limits = limitsOf(field);
  return h(
    "li",
    { class: "field-row" },
    h(
      "div",
      { class: "field-head" },
      h("code", { class: "field-name" }, name),
      h("span", { class: "field-type" }, ...typeOf(model, field)),
      !required && h("span", { class: "field-optional" }, "optional"),
      ...limits.map((limit) => h("span", { class: "limit" }, limit)),
    ),
    field.description && h("p", { class: "field-about" }, ...inline(field.description)),
    // A recursive type is shown once.
    inner && !within.includes(inner.name) && nested(model, inner, open, within),
  );
}

/**
 * @param {Model} model
 * @param {{name: string, schema: Json}} inner
 * @param {boolean} open
 * @param {string[]} within
 */
function nested(model, inner, open, within) {
  return h(
    "details",
    { class: "nested", open },
    h("summary", {}, "Fields of ", inner.name),
    fieldList(model, inner.schema, { open, within: [...within, inner.name] }),
  );
}

/**
 * The object type of a field, or of the items of a list.
 * @param {Model} model
 * @param {Json} field
 */
function inside(model, field) {
  const { name, schema } = model.follow(field.type === "array" ? field.items : field);
  return name && schema.properties ? { name, schema } : null;
}

/**
 * Describes a type in words, with links to named types.
 * @param {Model} model
 * @param {Json} field
 * @returns {(string | HTMLElement)[]}
 */
export function typeOf(model, field) {
  const { name } = model.follow(field);
  if (name) return [h("a", { href: `#type.${name}` }, name)];
  if (field.const !== undefined) return [h("code", {}, JSON.stringify(field.const))];
  if (field.enum)
    return field.enum.flatMap((/** @type {string} */ value, /** @type {number} */ i) => [
      i ? " | " : "",
      h("code", {}, JSON.stringify(value)),
    ]);
  if (field.type === "array") return ["list of ", ...typeOf(model, field.items)];
  if (field.propertyNames) {
    return [
      "map of ",
      ...typeOf(model, { type: "string", ...field.propertyNames }),
      " to ",
      ...typeOf(model, field.additionalProperties),
    ];
  }
  return [FORMATS.get(field.format) ?? field.type ?? "anything"];
}

/** @param {Json} field */
function limitsOf(field) {
  const limits = [];
  if (field["x-max-bytes"]) limits.push(`at most ${bytes(field["x-max-bytes"])}`);
  else if (field.maxLength) limits.push(`${field.minLength ?? 0} to ${field.maxLength} characters`);
  if (field.maximum < Number.MAX_SAFE_INTEGER) limits.push(`${field.minimum ?? 0} to ${field.maximum}`);
  else if (field.minimum !== undefined) limits.push(`from ${field.minimum}`);
  if (field.maxItems)
    limits.push(field.minItems ? `${field.minItems} to ${field.maxItems}` : `at most ${field.maxItems}`);
  if (field.maxProperties) limits.push(`at most ${field.maxProperties}`);
  if (field.uniqueItems) limits.push("each once");
  if (field.default !== undefined) limits.push(`default ${field.default}`);
  return limits;
}

/** @param {number} count */
export function bytes(count) {
  if (count >= 1 << 20 && count % (1 << 20) === 0) return `${count >> 20} MiB`;
  if (count >= 1 << 10 && count % (1 << 10) === 0) return `${count >> 10} KiB`;
  return `${count} bytes`;
}
