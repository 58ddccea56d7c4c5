/** @import { Json } from "./model.js" */
import { decodeAddress } from "../text/address.js";
import { h } from "../views/dom.js";
import { Contents } from "./contents.js";
import { Model } from "./model.js";
import { overview } from "./overview.js";
import {
  closeSection,
  contentsSection,
  entriesSection,
  errorsSection,
  limitsSection,
  typesSection,
} from "./reference.js";
import { Search } from "./search.js";
import { chapterSection, groupSection } from "./sections.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));

/** @param {string} name @returns {Promise<Json>} */
async function read(name) {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer.json();
}

async function show() {
  const model = new Model(...(await Promise.all([read("asyncapi.json"), read("openapi.json")])));
  const framed = model.groups.filter((group) => group.frames.length || group.pushes.length);
  const called = model.groups.filter((group) => !framed.includes(group) && group.calls.length);
  main.replaceChildren(
    overview(model),
    part("Guide", ...model.chapters.map(chapterSection)),
    part(
      "Frames",
      ...framed.map((group) => groupSection(model, group)),
      entriesSection(model),
      contentsSection(model),
    ),
    part("HTTP", ...called.map((group) => groupSection(model, group))),
    part("Reference", typesSection(model), ...errorsSection(model), closeSection(model), limitsSection(model)),
  );
  const contents = new Contents(model, framed, called);
  new Search(model, contents);
  toTarget();
}

/** @param {string} title @param {...HTMLElement} sections */
function part(title, ...sections) {
  return h("div", { class: "main-part", data: { part: title } }, ...sections);
}

/** Scrolls to the address's target, which did not exist yet when the browser loaded the page. */
function toTarget() {
  const target = document.getElementById(decodeAddress(location.hash.slice(1)) ?? "");
  if (!target) return;
  // Setting the address again makes :target match.
  location.replace(location.hash);
  target.scrollIntoView();
}

show().catch((error) => {
  main.replaceChildren(
    h(
      "p",
      { class: "loading", role: "alert" },
      "The protocol's description could not be loaded. ",
      h("button", { type: "button", class: "link", onclick: () => location.reload() }, "Try again"),
    ),
  );
  console.error(error);
});
