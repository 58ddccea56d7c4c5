import { h } from "./dom.js";
import { errorText } from "./error-text.js";

const SHOWN_MS = 4_000;

/** @type {HTMLElement | undefined} */
let region;

/** The element that toasts appear in. */
export function toasts() {
  region ??= h("div", { class: "toasts", role: "status", "aria-live": "polite", popover: "manual" });
  return region;
}

/** Shows a text for a moment. @param {string} text */
export function toast(text) {
  const element = h("div", { class: "toast", testid: "toast" }, text);
  toasts().append(element);
  raise();
  setTimeout(() => element.remove(), SHOWN_MS);
}

/** Puts the toasts above a dialog that was opened since: in the top layer, the last shown is on top. */
function raise() {
  const place = toasts();
  if (!place.showPopover) return;
  if (place.matches(":popover-open")) place.hidePopover();
  place.showPopover();
}

/**
 * Shows a toast if something fails.
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
export async function toastOnError(work) {
  try {
    return await work;
  } catch (error) {
    toast(errorText(error));
    return undefined;
  }
}
