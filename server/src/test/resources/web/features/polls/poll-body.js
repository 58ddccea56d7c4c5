/** @import { App } from "../../app.js" */
/** @import { Entry } from "../../client/types.js" */
import { h, newClientId, t, toastOnError } from "../../kit.js";
import { pollsOf } from "./polls.js";

/**
 * The options of a poll with their votes. Pressing one votes for it; pressing one's own vote takes it back.
 * @param {App} app
 * @param {Entry} entry
 */
export function pollBody(app, { conversation, seq, sender, content }) {
  const polls = pollsOf(app.store);
  const { votes = [], own, closed = false } = polls.get(conversation, seq) ?? {};
  const total = votes.reduce((sum, count) => sum + count, 0);
  /** @param {string} text @param {number} index */
  const option = (text, index) => {
    const count = votes[index] ?? 0;
    return h(
      "button",
      {
        type: "button",
        class: "poll-option",
        testid: "poll-choice",
        data: { votes: count },
        disabled: closed || !seq,
        "aria-pressed": String(own === index),
        onclick: () => toastOnError(polls.vote(conversation, seq, index)),
      },
      h("meter", { class: "poll-bar", min: 0, max: Math.max(1, total), value: count, "aria-hidden": "true" }),
      h("span", { class: "poll-text", dir: "auto" }, text),
      h("span", { class: "poll-count" }, count),
    );
  };
  const close = () => toastOnError(polls.close(conversation, seq, newClientId()));
  /** @param {HTMLElement} meta */
  const make = (meta) =>
    h(
      "div",
      { class: "poll", testid: "poll", data: { closed } },
      h("strong", { class: "poll-question", dir: "auto" }, content.question),
      ...content.options.map(option),
      closed && h("p", { class: "poll-note" }, t("poll.closed")),
      sender === app.store.me &&
        seq > 0 &&
        !closed &&
        h("button", { type: "button", class: "link", testid: "poll-close", onclick: close }, t("poll.close")),
      meta,
    );
  return { deps: [votes.join(), own, closed, seq], make };
}
