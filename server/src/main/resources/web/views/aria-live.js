/** @import { App } from "../app.js" */
import { t } from "../i18n/i18n.js";
import { h } from "./dom.js";
import { previewText } from "./entry-text.js";
import { nameOf, titleOf } from "./names.js";

/**
 * Announces new messages to screen readers, and removes those that are recalled.
 * @param {App} app
 */
export function liveRegion({ store, client }) {
  const element = h("div", {
    class: "visually-hidden",
    "aria-live": "polite",
    "aria-atomic": "false",
    testid: "aria-live",
  });
  const arrived = store.on("newMessage", ({ conversation: id, entry }) => {
    const conversation = store.conversations.get(id);
    if (!conversation) return;
    const who = nameOf(store, entry.sender);
    const text = previewText(store, entry);
    const group = titleOf(store, conversation);
    const said = conversation.isGroup
      ? t("aria_live.group", { who, group, text })
      : t("aria_live.direct", { who, text });
    element.append(h("p", { data: { entry: `${id}/${entry.seq}` } }, said));
    while (element.childElementCount > 5) element.firstChild?.remove();
  });
  const changed = client.on("entries", ({ conversation, snapshots }) => {
    for (const { entry } of snapshots) {
      if (entry.kind === "recall")
        element.querySelector(`[data-entry="${conversation}/${entry.content.seq}"]`)?.remove();
    }
  });
  return {
    element,
    stop() {
      arrived();
      changed();
    },
  };
}
