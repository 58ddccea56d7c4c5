/** @import { App } from "../../../app.js" */
import { t } from "../../../i18n/i18n.js";
import { h, icon } from "../../../views/dom.js";
import { callsOf } from "../calls.js";
import { callWindow } from "./call-window.js";
import { joinCall } from "./start.js";

/**
 * The bar in a conversation with a call: to join it, or to return to it.
 * @param {App} app
 * @param {string} id of the conversation
 * @returns {import("../../../registry.js").BarContent | undefined}
 */
export function callBanner(app, id) {
  const calls = callsOf(app.store);
  const { current } = calls;
  if (current?.conversation === id) {
    const { media } = current;
    const make = () => bar(media, t("call.bar_own"), t("call.return"), () => callWindow.expand());
    return { deps: [current.id, media], make };
  }
  const banner = calls.banner(id);
  if (!banner) return undefined;
  const { media, count } = banner;
  const text = t("call.in_progress", { n: count });
  const make = () => bar(media, text, t("call.join"), () => joinCall(app, id, banner.id, media));
  return { deps: [banner.id, media, count], make };
}

/**
 * @param {string} media
 * @param {string} text
 * @param {string} action
 * @param {() => void} onclick
 */
function bar(media, text, action, onclick) {
  return h(
    "div",
    { class: "chat-bar call-bar", role: "status", testid: "call-bar" },
    h("span", { class: "call-bar-sign", "aria-hidden": "true" }, icon(media === "video" ? "call-video" : "call-audio")),
    h("span", { class: "call-bar-text" }, text),
    h("button", { type: "button", class: "button small primary", testid: "call-bar-join", onclick }, action),
  );
}
