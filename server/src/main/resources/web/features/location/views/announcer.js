/** @import { Store } from "../../../store/store.js" */
/** @import { SharePosition } from "../types.js" */
import { t } from "../../../i18n/i18n.js";
import { h } from "../../../views/dom.js";
import { nameOf } from "../../../views/names.js";

const MAX_LINES = 5;

/** Announces to screen readers who starts and stops sharing. @param {Store} store */
export function announcer(store) {
  const element = h("div", { class: "visually-hidden", "aria-live": "polite", testid: "location-live" });
  /** The names of those who share, by share. @type {Map<string, string>} */
  const known = new Map();
  const say = (/** @type {string} */ text) => {
    element.append(h("p", {}, text));
    while (element.childElementCount > MAX_LINES) element.firstChild?.remove();
  };
  return {
    element,
    /** @param {SharePosition[]} all @param {boolean} quiet whether those who are new were there before */
    update(all, quiet) {
      for (const [share, who] of known) {
        if (all.some((position) => position.share === share)) continue;
        known.delete(share);
        say(t("location.said_ended", { who }));
      }
      for (const { share, user } of all) {
        const who = nameOf(store, user);
        if (!known.has(share) && !quiet && user !== store.me) say(t("location.said_started", { who }));
        known.set(share, who);
      }
    },
  };
}
