import { t } from "../i18n/i18n.js";
import { h } from "./dom.js";

/** Up to as many the shares can be told apart. */
const NOTCHES = 25;

/** A bar that shows what is left of a red envelope, and empties while a crowd grabs. */
export function drainBar() {
  const fill = h("span", { class: "drain-fill" });
  const element = h("div", { class: "drain", role: "img", testid: "drain" }, fill);
  return {
    element,
    /** @param {number} taken @param {number} count */
    show(taken, count) {
      const left = Math.max(0, count - taken);
      element.classList.toggle("notched", count <= NOTCHES);
      element.dataset.left = String(left);
      element.style.setProperty("--left", String(count ? left / count : 0));
      element.style.setProperty("--count", String(count));
      element.setAttribute("aria-label", t("envelope.left", { n: left, count }));
    },
  };
}
