/** @import { Model } from "./model.js" */
import { h } from "../views/dom.js";
import { codeBlock, script } from "./code.js";
import { inline } from "./markdown.js";

const EXAMPLES = [
  { name: "With hongyan.js", file: "hongyan.js" },
  { name: "Plain WebSocket", file: "plain.js" },
];

/** @param {Model} model */
export function overview(model) {
  const count = (/** @type {"frames" | "pushes" | "calls"} */ what) =>
    model.groups.reduce((sum, group) => sum + group[what].length, 0);
  return h(
    "section",
    { class: "overview", id: "start" },
    h(
      "div",
      { class: "hero" },
      h("p", { class: "hero-kicker" }, "hongyan.v1", /^\d/.test(model.version) && `, server ${model.version}`),
      h("h1", {}, "The protocol"),
      h(
        "p",
        { class: "hero-lede" },
        `Everything that a client says to this server, and everything that it hears: ${count("frames")} requests and ${count("pushes")} pushes over one WebSocket, ${count("calls")} calls over HTTP.`,
      ),
      h(
        "p",
        { class: "hero-links" },
        h("a", { class: "pill", href: "asyncapi.json", download: "hongyan-asyncapi.json" }, "AsyncAPI 3.0"),
        h("a", { class: "pill", href: "openapi.json", download: "hongyan-openapi.json" }, "OpenAPI 3.1"),
      ),
    ),
    h("div", { class: "start" }, h("div", { class: "start-text" }, ...steps()), exampleTabs()),
  );
}

function steps() {
  const socket = new URL("../ws", location.href).href.replace(/^http/, "ws");
  return [
    h("h2", {}, "Connected in five minutes"),
    h(
      "ol",
      { class: "steps" },
      step(
        "Start a server with people in it: ",
        h("code", { class: "command" }, "scripts/run --demo"),
        ". Sign in there as ",
        h("code", {}, "marco"),
        ", to see what arrives; the password is ",
        h("code", {}, "wild-geese-fly"),
        ".",
      ),
      step(
        "Open the console of this very page, and paste one of the two. Both sign in as ",
        h("code", {}, "lin"),
        " and write to Marco.",
      ),
      step(
        "On a page of your own, import the module ",
        h("code", {}, new URL("../hongyan.js", location.href).href),
        ", or open ",
        h("code", {}, socket),
        " from any language. Other web origins than this one must be in the setting ",
        h("code", {}, "http.origins"),
        ".",
      ),
    ),
    h(
      "p",
      {},
      ...inline(
        "`hongyan.js` keeps the connection, queues what is written offline, and delivers each entry once and in order. Without it, read [the log](#the-log), [sending safely](#sending-safely) and [catching up](#catching-up) first.",
      ),
    ),
    h(
      "p",
      { class: "cast" },
      ...inline(
        "All examples on this page were sent to a node just so, and answered just so. In them Ada and Bob have a conversation of two messages; Ada founded the group *Wild geese* with Bob, an admin, and Cai; Dora knows none of them.".replaceAll(
          "*",
          "**",
        ),
      ),
    ),
  ];
}

/** @param {...(string | HTMLElement)} content */
function step(...content) {
  return h("li", {}, ...content);
}

function exampleTabs() {
  const stage = h("div", { class: "stage" });
  const tabs = EXAMPLES.map(({ name, file }) =>
    h("button", { type: "button", class: "tab", onclick: () => choose(file) }, name),
  );
  /** @param {string} file */
  async function choose(file) {
    tabs.forEach((tab, index) => tab.setAttribute("aria-pressed", String(EXAMPLES[index].file === file)));
    const answer = await fetch(new URL(`examples/${file}`, import.meta.url));
    const text = (await answer.text()).trimEnd();
    stage.replaceChildren(codeBlock(script(text), text, { label: [file] }));
  }
  choose(EXAMPLES[0].file);
  return h("div", { class: "exchange" }, h("div", { class: "tabs" }, ...tabs), stage);
}
