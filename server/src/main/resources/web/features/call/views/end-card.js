/** @import { App } from "../../../app.js" */
/** @import { CallMedia } from "../client/types.js" */
/** @import { Ending } from "./call-texts.js" */
import { t } from "../../../i18n/i18n.js";
import { avatar } from "../../../views/avatar.js";
import { h, iconButton } from "../../../views/dom.js";
import { titleOf } from "../../../views/names.js";
import { joinCall, startCall } from "./start.js";

/**
 * Shows how a call ended, and what the user can do next.
 * @param {App} app
 * @param {{call: string, conversation: string, media: CallMedia, reason: string}} ended
 * @param {Ending} ending
 * @param {() => void} close
 */
export function endCard(app, ended, { text, again, back, write, join }, close) {
  const { store, router } = app;
  const { call, conversation: id, media, reason } = ended;
  const conversation = store.conversations.get(id);
  const name = conversation ? titleOf(store, conversation) : "";
  /** @param {string} testid @param {string} label @param {() => void} choose @param {boolean} [primary] */
  const action = (testid, label, choose, primary = false) =>
    h(
      "button",
      {
        type: "button",
        class: primary ? "button small primary" : "button small",
        testid,
        onclick: () => {
          close();
          choose();
        },
      },
      label,
    );
  const actions = [
    write && action("call-end-write", t("call.write_instead"), () => router.go({ conversation: id })),
    (again || back) &&
      action("call-end-again", t(back ? "call.back" : "call.again"), () => startCall(app, id, media), true),
    join && action("call-end-join", t("call.move_here"), () => joinCall(app, id, call, media), true),
  ].filter((button) => button instanceof HTMLElement);
  return h(
    "section",
    { class: "call-ended", role: "status", testid: "call-ended", data: { call, reason } },
    h(
      "div",
      { class: "call-ring-who" },
      avatar(conversation?.peer ?? id, name, { group: conversation?.isGroup, size: "small" }),
      h("div", { class: "call-ring-names" }, h("strong", { dir: "auto" }, name), h("span", {}, text)),
      iconButton("close", t("action.close"), { testid: "call-ended-close", onclick: close }),
    ),
    actions.length > 0 && h("div", { class: "call-ended-actions" }, ...actions),
  );
}
