import { t } from "../../i18n/i18n.js";
import { h } from "../../views/dom.js";

/** Up to this many, the shares are drawn apart. */
const MAX_NOTCHES = 25;

/** A bar that shows how many shares of a red envelope are left. */
export function progressBar() {
  const fill = h("span", { class: "progress-fill" });
  const element = h("div", { class: "progress-bar", role: "img", testid: "progress-bar" }, fill);
  return {
    element,
    /** @param {number} taken @param {number} count */
    show(taken, count) {
      const left = Math.max(0, count - taken);
      element.classList.toggle("notched", count <= MAX_NOTCHES);
      element.dataset.left = String(left);
      element.style.setProperty("--left", String(count ? left / count : 0));
      element.style.setProperty("--count", String(count));
      element.setAttribute("aria-label", t("envelope.left", { n: left, count }));
    },
  };
}
