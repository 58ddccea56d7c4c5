/** @import { App } from "../../../app.js" */
/** @import { Ringing } from "../client/types.js" */
import { t } from "../../../i18n/i18n.js";
import { avatar } from "../../../views/avatar.js";
import { h, icon } from "../../../views/dom.js";
import { nameOf, titleOf } from "../../../views/names.js";
import { toastOnError } from "../../../views/toast.js";
import { callsOf } from "../calls.js";
import { acceptCall } from "./start.js";

/** Who calls, for the notification and screen readers. @param {App} app @param {Ringing} ringing */
export function ringingText({ store }, { conversation: id, from, media }) {
  const conversation = store.conversations.get(id);
  const who = nameOf(store, from);
  const video = media === "video";
  if (!conversation?.isGroup) return t(video ? "call.rings_video" : "call.rings_audio", { who });
  const group = titleOf(store, conversation);
  return t(video ? "call.rings_group_video" : "call.rings_group_audio", { who, group });
}

/**
 * An incoming call on this device.
 * @param {App} app
 * @param {Ringing} ringing
 * @returns {import("../../../views/dom.js").Row}
 */
export function ringCard(app, ringing) {
  const { store } = app;
  const calls = callsOf(store);
  const { call, conversation: id, from, media } = ringing;
  const conversation = store.conversations.get(id);
  const group = conversation?.isGroup ?? false;
  const name = group && conversation ? titleOf(store, conversation) : nameOf(store, from);
  const busy = Boolean(calls.current);
  const silenced = calls.isSilenced(call);
  const text = ringingText(app, ringing);
  const video = media === "video";
  const accept = (/** @type {boolean} */ camera) => acceptCall(app, call, camera);
  const make = () =>
    h(
      "section",
      { class: "call-ring", role: "alertdialog", "aria-label": text, testid: "call-ring", data: { call, media } },
      h(
        "div",
        { class: "call-ring-who" },
        h("span", { class: "call-ring-face" }, avatar(group ? id : from, name, { group })),
        h(
          "div",
          { class: "call-ring-names", role: "alert" },
          h("strong", { dir: "auto" }, name),
          h(
            "span",
            {},
            group ? t("call.rings_from", { who: nameOf(store, from) }) : t(video ? "call.video" : "call.audio"),
          ),
          busy && h("span", { class: "hint" }, t("call.rings_busy")),
        ),
        !silenced &&
          h(
            "button",
            {
              type: "button",
              class: "icon-button",
              "aria-label": t("call.silence"),
              title: t("call.silence"),
              testid: "call-silence",
              onclick: () => calls.silence(call),
            },
            icon("call-silence"),
          ),
      ),
      h(
        "div",
        { class: "call-ring-actions" },
        answer("call-decline", "call-leave", t("call.decline"), "decline", () => toastOnError(calls.decline(call))),
        video && answer("call-accept-audio", "call-video-off", t("call.accept_audio"), "quiet", () => accept(false)),
        answer("call-accept", video ? "call-video" : "call-audio", t("call.accept"), "accept", () => accept(video)),
      ),
    );
  return { key: call, deps: [name, text, silenced, busy], make };
}

/**
 * @param {string} testid
 * @param {string} symbol
 * @param {string} label
 * @param {string} kind
 * @param {() => void} onclick
 */
function answer(testid, symbol, label, kind, onclick) {
  return h(
    "button",
    { type: "button", class: `call-answer ${kind}`, testid, onclick },
    icon(symbol),
    h("span", {}, label),
  );
}
