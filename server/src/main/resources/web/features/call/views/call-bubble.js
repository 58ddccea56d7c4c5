/** @import { App } from "../../../app.js" */
/** @import { Entry } from "../../../client/types.js" */
import { t } from "../../../i18n/i18n.js";
import { h, icon } from "../../../views/dom.js";
import { callsOf } from "../calls.js";
import { isMissed, mediaName, outcomeText } from "./call-texts.js";
import { startCall } from "./start.js";

/**
 * A one-to-one call among the messages: shows its outcome; a click calls back.
 * @param {App} app
 * @param {Entry} entry
 */
export function callBubble(app, entry) {
  const { store } = app;
  const { sender, content, conversation } = entry;
  const own = sender === store.me;
  const { media } = content;
  const outcome = outcomeText(content, own);
  const missed = isMissed(content, own);
  const enabled = callsOf(store).enabled;
  const what = mediaName(media);
  /** @param {HTMLElement} meta */
  const make = (meta) =>
    h(
      "button",
      {
        type: "button",
        class: missed ? "bubble call-bubble missed" : "bubble call-bubble",
        testid: "call-bubble",
        data: { outcome: content.outcome, media },
        disabled: !enabled,
        title: enabled ? t(own ? "call.again" : "call.back") : undefined,
        onclick: () => startCall(app, conversation, media),
      },
      h(
        "span",
        { class: "call-bubble-sign", "aria-hidden": "true" },
        icon(media === "video" ? "call-video" : "call-audio"),
      ),
      h(
        "span",
        { class: "call-bubble-words" },
        h("strong", {}, what),
        h("span", { class: "call-bubble-outcome" }, outcome),
      ),
      meta,
    );
  return { deps: [outcome, what, enabled], make };
}
