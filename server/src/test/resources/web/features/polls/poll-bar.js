/** @import { App } from "../../app.js" */
import { h, icon, iconButton, t } from "../../kit.js";
import { pollsOf } from "./polls.js";

/**
 * Says which poll of the conversation is open.
 * @param {App} app
 * @param {string} conversation
 */
export function pollBar({ store }, conversation) {
  const polls = pollsOf(store);
  const question = polls.openQuestion(conversation);
  if (question === undefined) return undefined;
  const onclick = () => polls.hide(conversation);
  const hide = iconButton("close", t("poll.hide"), { testid: "poll-bar-hide", onclick });
  const make = () =>
    h(
      "div",
      { class: "chat-bar", role: "status", testid: "poll-bar" },
      icon("poll"),
      h("span", { class: "poll-bar-text", dir: "auto" }, t("poll.open", { question })),
      hide,
    );
  return { deps: [question], make };
}
