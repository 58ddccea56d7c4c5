/** @import { App } from "../../app.js" */
import { fill, h, iconButton, onKeyDown, openDialog, openMenu, t } from "../../kit.js";
import { pollsOf } from "./polls.js";

/**
 * Says above everything else that a poll was closed, with a menu for its results.
 * @param {App} app
 */
export function pollCard({ store }) {
  const polls = pollsOf(store);
  const element = h("section", { class: "poll-card", testid: "poll-card" });
  const dismiss = () => polls.dismiss();
  const draw = () => {
    const closed = polls.justClosed;
    element.hidden = !closed;
    if (!closed) return fill(element);
    const title = t("poll.card", { question: closed.question });
    const results = () =>
      openDialog({
        title,
        class: "narrow",
        testid: "poll-results",
        content: closed.votes.map((/** @type {number} */ count) => h("p", {}, count)),
      });
    const menu = iconButton("more", t("poll.options"), {
      testid: "poll-card-menu",
      onclick: () =>
        openMenu(
          [
            { label: t("poll.results"), testid: "poll-show-results", choose: results },
            { label: t("poll.hide"), testid: "poll-dismiss", choose: dismiss },
          ],
          menu,
        ),
    });
    element.setAttribute("aria-label", t("poll.name"));
    fill(element, h("span", { role: "status", dir: "auto" }, title), menu);
  };
  onKeyDown(element, (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    dismiss();
  });
  polls.on("closed", draw);
  draw();
  return { element, draw };
}
