import { h } from "./dom.js";
import { problem } from "./problems.js";

const SHOWN_MS = 4_000;

const place = h("div", { class: "toasts", role: "status", "aria-live": "polite", popover: "manual" });

/** The element that toasts appear in. */
export function toasts() {
  return place;
}

/** Says something for a moment. @param {string} text */
export function toast(text) {
  const element = h("div", { class: "toast", testid: "toast" }, text);
  place.append(element);
  raise();
  setTimeout(() => element.remove(), SHOWN_MS);
}

/** Above a dialog that was opened since: what is shown last is on top. */
function raise() {
  if (!place.showPopover) return;
  if (place.matches(":popover-open")) place.hidePopover();
  place.showPopover();
}

/**
 * Does something for the person and says so if it fails.
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
export async function orToast(work) {
  try {
    return await work;
  } catch (error) {
    toast(problem(error));
    return undefined;
  }
}
