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
        `What a client sends to this server and what it receives: ${count("frames")} requests and ` +
          `${count("pushes")} pushes over one WebSocket, and ${count("calls")} HTTP routes.`,
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
    h("h2", {}, "Connect in five minutes"),
    h(
      "ol",
      { class: "steps" },
      step(
        "Start a server with demo users: ",
        h("code", { class: "command" }, "scripts/run --demo"),
        ". Open the web client and sign in as ",
        h("code", {}, "marco"),
        " with the password ",
        h("code", {}, "wild-geese-fly"),
        ", to see what arrives.",
      ),
      step(
        "Open the browser console on this page and paste one of the two examples. Both sign in as ",
        h("code", {}, "lin"),
        " and send a message to Marco.",
      ),
      step(
        "On your own page, import the module ",
        h("code", {}, new URL("../hongyan.js", location.href).href),
        ". In any language, connect to ",
        h("code", {}, socket),
        ". Pages from another origin work only if the setting ",
        h("code", {}, "http.origins"),
        " lists that origin.",
      ),
    ),
    h(
      "p",
      {},
      ...inline(
        "`hongyan.js` keeps the connection open, queues messages while offline, and delivers each entry once and in " +
          "order. Without it, first read [the log](#the-log), [sending safely](#sending-safely) and " +
          "[catching up](#catching-up).",
      ),
    ),
    h(
      "p",
      { class: "cast" },
      ...inline(
        "Tests send all examples on this page to a node and get exactly these answers. In the examples, Ada and Bob " +
          "have a conversation with two messages. Ada created the group **Wild geese** with Bob, who is an admin, " +
          "and Cai. Dora knows none of them.",
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
