/** @import { App } from "../../../app.js" */
import { t } from "../../../i18n/i18n.js";
import { h, icon } from "../../../views/dom.js";
import { callsOf } from "../calls.js";
import { callStatus } from "./call-clock.js";
import { callWindow } from "./call-window.js";
import { mediaName } from "./call-texts.js";
import { joinCall } from "./start.js";

/**
 * The bar in a conversation with a call: to join it, or to return to it.
 * @param {App} app
 * @param {string} id of the conversation
 * @returns {HTMLElement | undefined}
 */
export function callBanner(app, id) {
  const calls = callsOf(app.store);
  const { current } = calls;
  if (current?.conversation === id) {
    const label = h("span", { class: "call-bar-text" }, `${mediaName(current.media)} · ${callStatus(current)}`);
    return bar(current.media, label, t("call.return"), () => callWindow.expand());
  }
  const banner = calls.banner(id);
  if (!banner) return undefined;
  const { media, count } = banner;
  const label = h("span", { class: "call-bar-text" }, t("call.in_progress", { n: count }));
  return bar(media, label, t("call.join"), () => joinCall(app, id, banner.id, media));
}

/**
 * @param {string} media
 * @param {HTMLElement} label
 * @param {string} action
 * @param {() => void} onclick
 */
function bar(media, label, action, onclick) {
  return h(
    "div",
    { class: "call-bar", role: "status", testid: "call-bar" },
    h("span", { class: "call-bar-sign", "aria-hidden": "true" }, icon(media === "video" ? "call-video" : "call-audio")),
    label,
    h("button", { type: "button", class: "button small primary", testid: "call-bar-join", onclick }, action),
  );
}
