/** @import { App } from "../app.js" */
import { t } from "../i18n/i18n.js";
import { fill, h, icon, setData } from "./dom.js";

/**
 * The state of the connection. Always in the page, so that screen readers announce it; visible unless online.
 * @param {App} app
 */
export function connectionView(app) {
  const element = h("div", { class: "connection", role: "status", testid: "connection" });
  const update = () => {
    const { state } = app.client;
    setData(element, { state: shown(state) });
    switch (state) {
      case "connecting":
      case "idle":
        return fill(element, h("span", { class: "spinner" }), t("connection.connecting"));
      case "offline":
        return fill(element, icon("alert"), t("connection.offline"));
      case "replaced":
        return fill(element, icon("device"), t("connection.replaced"), again(t("connection.use_here")));
      case "refused":
        return fill(element, icon("alert"), t("connection.refused"));
      case "failed":
        return fill(element, icon("alert"), t("connection.failed"), reload());
      default:
        return fill(element, h("span", { class: "visually-hidden" }, state === "online" ? t("connection.online") : ""));
    }
  };
  /** @param {string} label */
  const again = (label) => h("button", { type: "button", class: "link", onclick: () => app.client.start() }, label);
  const reload = () =>
    h("button", { type: "button", class: "link", onclick: () => location.reload() }, t("connection.reload"));
  update();
  return { element, stop: app.client.on("state", update) };
}

/** The state as `data-state`: `idle` lasts only until the first attempt. @param {string} state */
function shown(state) {
  return state === "idle" ? "connecting" : state;
}
