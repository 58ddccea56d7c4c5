/** @import { App } from "../../../app.js" */
/** @import { SharePosition } from "../types.js" */
import { t } from "../../../i18n/i18n.js";
import { h } from "../../../views/dom.js";
import { toastOnError } from "../../../views/toast.js";
import { countdownText, problemText } from "../location-texts.js";
import { locationsOf } from "../locations.js";
import { openShareForm } from "./share-form.js";

/**
 * The user's own share below the map of everyone: how long it lasts, and the buttons that end or start it. It is
 * updated in place, so that a button keeps the focus.
 * @param {App} app
 * @param {string} conversation
 */
export function ownBar(app, conversation) {
  const locations = locationsOf(app.store);
  /** The shares of the others. @type {SharePosition[]} */
  let others = [];
  const countdown = h("span", { class: "location-countdown", testid: "share-countdown", role: "timer" });
  const note = h("span", { class: "hint" });
  const stopButton = h(
    "button",
    { type: "button", class: "button danger", testid: "share-stop", onclick: () => stop() },
    t("location.stop"),
  );
  const start = () => toastOnError(openShareForm(app, conversation, { until: latestEnd(others) }));
  const startButton = h("button", { type: "button", class: "button primary", testid: "share-mine", onclick: start });
  const words = h("span", { class: "location-own-words" }, countdown, note);
  const stop = async () => {
    const own = locations.ownIn(conversation);
    if (!own) return;
    stopButton.disabled = true;
    await toastOnError(locations.stop(own.share));
    stopButton.disabled = false;
    if (document.activeElement === document.body) startButton.focus();
  };
  return {
    element: h("div", { class: "location-own-bar" }, words, stopButton, startButton),
    /** @param {SharePosition[]} all */
    update(all) {
      others = all.filter(({ user }) => user !== app.store.me);
      const own = locations.ownIn(conversation);
      stopButton.hidden = !own;
      startButton.hidden = Boolean(own);
      countdown.hidden = !own;
      note.hidden = !own;
      write(startButton, others.length ? t("location.share_mine") : t("location.share"));
      if (!own) return;
      const { problem } = locations.positions;
      write(countdown, t("location.left", { time: countdownText(own.expiresAt) }));
      if (!own.here) write(note, t("location.from_other"));
      else write(note, problem ? problemText(problem) : t("location.keep_open"));
    },
  };
}

/** @param {HTMLElement} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The end of the longest share. @param {SharePosition[]} shares */
function latestEnd(shares) {
  const ends = shares.flatMap(({ expiresAt }) => expiresAt ?? []).sort();
  return ends.at(-1);
}
