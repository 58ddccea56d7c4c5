/** @import { Json, Model } from "./model.js" */
import { h } from "../views/dom.js";
import { codeBlock, jsonBlock } from "./code.js";

/**
 * Shows one example at a time, with a tab for each.
 * @param {Model} model
 * @param {Json[]} examples
 * @param {(example: Json) => HTMLElement[]} show
 * @param {boolean} [untitled]
 */
export function exchange(model, examples, show, untitled = false) {
  if (!examples.length) return null;
  const stage = h("div", { class: "stage" }, ...show(examples[0]));
  if (untitled) return stage;
  const tabs = examples.map((example, index) =>
    h(
      "button",
      { type: "button", class: "tab", "aria-pressed": String(index === 0), onclick: () => choose(index) },
      example.title,
    ),
  );
  /** @param {number} chosen */
  function choose(chosen) {
    tabs.forEach((tab, index) => tab.setAttribute("aria-pressed", String(index === chosen)));
    stage.replaceChildren(...show(examples[chosen]));
  }
  return h("div", { class: "exchange" }, h("div", { class: "tabs" }, ...tabs), stage);
}

/** @param {Model} model @param {Json} example */
export function frameExample(model, example) {
  const refused = example.answer.type === "error";
  return [
    jsonBlock(example.request, model.cast, { label: [user(example.as), " sends"] }),
    jsonBlock(example.answer, model.cast, { label: ["The server answers"], tone: refused ? "refused" : "" }),
    ...pushes(model, example),
  ];
}

/** @param {Model} model @param {Json} example */
export function callExample(model, { as, request, answer, pushes: pushed }) {
  const blocks = [requestBlock(model, as, request)];
  const label = ["The server answers ", h("b", {}, String(answer.status))];
  const tone = answer.status >= 400 ? "refused" : "";
  if (answer.body) blocks.push(jsonBlock(answer.body, model.cast, { label, tone }));
  else blocks.push(h("p", { class: "bare" }, ...label));
  return [...blocks, ...pushes(model, { pushes: pushed })];
}

/** @param {Model} model @param {string | undefined} as @param {Json} request */
function requestBlock(model, as, request) {
  const label = as ? [user(as), " sends"] : ["A client sends"];
  const line = h("span", { class: "request-line" }, h("b", {}, request.method), " ", request.path);
  const curl = () => curlOf(request, Boolean(as));
  if (!request.body) return codeBlock([line], curl(), { label });
  const block = jsonBlock(request.body, model.cast, { label, copy: curl() });
  block.querySelector("code")?.prepend(line, "\n");
  return block;
}

/** @param {Json} request @param {boolean} token */
function curlOf(request, token) {
  const parts = [`curl -X ${request.method} '${new URL(request.path, location.href)}'`];
  if (token) parts.push(`-H "Authorization: Bearer $TOKEN"`);
  if (request.body) {
    parts.push(`-H 'Content-Type: application/json'`);
    parts.push(`-d '${JSON.stringify(request.body).replaceAll("'", "'\\''")}'`);
  }
  return parts.join(" \\\n  ");
}

/** @param {Model} model @param {Json} example */
function pushes(model, example) {
  return (example.pushes ?? []).map((/** @type {Json} */ push) => {
    const names = push.to.flatMap((/** @type {string} */ name, /** @type {number} */ i) => [
      i ? ", " : "",
      user(name),
    ]);
    return jsonBlock(push.payload, model.cast, { label: ["⇐ Push to ", ...names], tone: "push" });
  });
}

/** @param {string} name */
function user(name) {
  return h("b", {}, name[0].toUpperCase() + name.slice(1));
}
