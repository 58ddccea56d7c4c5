/** @import { Call, Frame, Group, Json, Model } from "./model.js" */
import { h } from "../views/dom.js";
import { jsonBlock } from "./code.js";
import { callExample, exchange, frameExample } from "./examples.js";
import { fieldList } from "./fields.js";
import { inline, markdown } from "./markdown.js";
import { slug } from "./model.js";

/**
 * A heading with a link to itself.
 * @param {"h2" | "h3"} level
 * @param {string} id
 * @param {...(string | HTMLElement)} content
 */
export function heading(level, id, ...content) {
  return h(level, {}, ...content, h("a", { class: "anchor", href: `#${id}`, "aria-label": "Link to this" }, "#"));
}

/** @param {{id: string, title: string, text: string}} chapter */
export function chapterSection({ id, title, text }) {
  return h("section", { class: "chapter", id }, heading("h2", id, title), ...markdown(text));
}

/** @param {Model} model @param {Group} group */
export function groupSection(model, group) {
  const id = slug(group.name);
  return h(
    "section",
    { class: "group", id },
    h("div", { class: "group-head" }, heading("h2", id, group.name), ...markdown(group.about)),
    ...group.frames.map((frame) => frameArticle(model, frame)),
    ...group.pushes.map((push) => pushArticle(model, push)),
    ...group.calls.map((call) => callArticle(model, call)),
  );
}

/** @param {Model} model @param {Frame} frame */
function frameArticle(model, { id, type, operation, data, answer, examples }) {
  return article(
    id,
    [h("span", { class: "badge request" }, "request"), h("code", { class: "name" }, type)],
    [
      ...lede(operation),
      part("Data", fieldList(model, data, { open: true })),
      part("Answer", answerFields(model, answer)),
      reasons(model, operation["x-reasons"]),
    ],
    exchange(model, examples, (example) => frameExample(model, example)),
  );
}

/** @param {Model} model @param {Frame} push */
function pushArticle(model, { id, type, operation, data, examples }) {
  return article(
    id,
    [h("span", { class: "badge push" }, "push"), h("code", { class: "name" }, type)],
    [...lede(operation), part("Data", answerFields(model, data))],
    exchange(
      model,
      oneOfEachKind(examples).map((example) => ({ title: example.name, ...example })),
      (example) => [jsonBlock(example.payload, model.cast, { label: ["⇐ pushed"], tone: "push" })],
      examples.length === 1,
    ),
  );
}

/** Many requests push entries: one example of each kind is enough. @param {Json[]} examples */
function oneOfEachKind(examples) {
  const kinds = examples.map(({ payload }) => payload.data.kind);
  return examples.filter((_, index) => kinds.indexOf(kinds[index]) === index);
}

/** @param {Model} model @param {Call} call */
function callArticle(model, { id, method, path, operation, examples }) {
  const body = operation.requestBody?.content["application/json"]?.schema;
  const parameters = operation.parameters?.filter((/** @type {Json} */ it) => it.in !== "header");
  const headers = operation.parameters?.filter((/** @type {Json} */ it) => it.in === "header");
  const answer = Object.entries(operation.responses).find(([status]) => status.startsWith("2"));
  const schema = answer?.[1].content?.["application/json"]?.schema;
  return article(
    id,
    [h("span", { class: `badge ${method.toLowerCase()}` }, method), h("code", { class: "name" }, path)],
    [
      ...lede(operation),
      operation.security?.length > 0 && h("p", { class: "needs" }, "Requires an access token."),
      parameters?.length &&
        part(parameters[0].in === "path" ? "Path" : "Query", fieldList(model, asObject(parameters))),
      headers?.length && part("Headers", fieldList(model, asObject(headers))),
      body && part("Body", fieldList(model, body, { open: true })),
      !body && operation.requestBody && part("Body", mediaTypes(operation.requestBody)),
      answer &&
        part(
          "Answer",
          h("p", { class: "status" }, h("code", {}, answer[0]), schema || answer[1].content ? "" : ", without a body."),
          !schema && answer[1].content && mediaTypes(answer[1]),
          schema && answerFields(model, schema),
        ),
      reasons(model, operation["x-reasons"]),
    ],
    exchange(model, examples, (example) => callExample(model, example)),
  );
}

/** The types of a body that is not JSON. @param {Json} body */
function mediaTypes({ description, content }) {
  const types = Object.keys(content).flatMap((type, i) => [i ? ", " : "", h("code", {}, type)]);
  return h("p", {}, ...types, ". ", description ?? "");
}

/** @param {Json[]} parameters */
function asObject(parameters) {
  const properties = Object.fromEntries(
    parameters.map(({ name, description, schema }) => [name, { ...schema, description }]),
  );
  return { properties, required: parameters.filter((it) => it.required).map((it) => it.name) };
}

/**
 * @param {string} id
 * @param {HTMLElement[]} title
 * @param {(HTMLElement | false | undefined | null)[]} text
 * @param {HTMLElement | null} examples
 */
function article(id, title, text, examples) {
  return h(
    "article",
    { class: "item", id },
    h("div", { class: "item-text" }, heading("h3", id, ...title), ...text),
    h("div", { class: "item-examples" }, examples),
  );
}

/** @param {Json} operation */
function lede(operation) {
  return [h("p", { class: "lede" }, ...inline(operation.summary)), ...markdown(operation.description)];
}

/** @param {string} title @param {...(HTMLElement | null | undefined | false)} content */
export function part(title, ...content) {
  return h("section", { class: "part" }, h("h4", {}, title), ...content);
}

/** @param {Model} model @param {Json} answer */
function answerFields(model, answer) {
  const { schema } = model.follow(answer);
  return schema.properties ? fieldList(model, answer) : h("p", { class: "empty" }, "Empty.");
}

/** @param {Model} model @param {string[]} [names] */
function reasons(model, names) {
  if (!names?.length) return null;
  const rows = names.map((name) => {
    const { kind, about } = model.frames["x-reasons"][name];
    return h(
      "li",
      {},
      h("a", { class: "reason", href: `#reason.${name}` }, h("code", {}, name)),
      h("span", { class: "kind" }, kind),
      h("span", { class: "reason-about" }, ...inline(about)),
    );
  });
  return part("Errors", h("ul", { class: "reasons" }, ...rows));
}
