/** @import { App } from "../app.js" */
import { h } from "./dom.js";

/**
 * The overlays of the features. They are in a popover, because only the browser's top layer is above modal dialogs.
 * While a modal dialog is open, nothing outside it can be used, so the overlays are moved into it.
 */

/** @type {HTMLElement | undefined} */
let host;
/** Whether the last click or key was in an overlay: a dialog that opens now belongs to it. */
let used = false;
/** The dialogs that were opened from an overlay, and so cover it. @type {WeakSet<Element>} */
const above = new WeakSet();

/**
 * Adds the overlays to the page, once.
 * @param {App} app
 * @returns {() => void} draws them again in another language or for another user
 */
export function showOverlays(app) {
  const overlays = app.store.features.overlays.map((create) => create(app));
  const element = h("div", { class: "overlays", popover: "manual" }, ...overlays.map((overlay) => overlay.element));
  host = element;
  for (const type of ["pointerdown", "keydown"]) {
    addEventListener(type, ({ target }) => (used = isInOverlay(target)), { capture: true });
  }
  place();
  return () => {
    for (const { draw } of overlays) draw?.();
  };
}

/** @param {EventTarget | null} target */
export function isInOverlay(target) {
  return Boolean(host && target instanceof Node && host.contains(target));
}

/** The overlay that must contain a menu beside this element, if any. @param {unknown} near */
export function overlayOf(near) {
  return near instanceof Element && isInOverlay(near) ? host : undefined;
}

/** Called when a modal dialog has opened. @param {HTMLDialogElement} dialog */
export function dialogOpened(dialog) {
  const below = openDialogs().filter((other) => other !== dialog);
  if (used || above.has(below.at(-1) ?? dialog)) above.add(dialog);
  place();
}

/** Called when a dialog has closed and is about to be removed from the page. */
export function dialogClosed() {
  place();
}

function openDialogs() {
  return [...document.querySelectorAll("dialog[open]")];
}

/** Moves the overlays to where the user can see and use them. */
function place() {
  if (!host) return;
  const parent = openDialogs().findLast((dialog) => !above.has(dialog)) ?? document.body;
  if (host.parentElement === parent) return;
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const hadFocus = isInOverlay(focused);
  parent.append(host);
  host.showPopover?.();
  if (hadFocus) focused?.focus({ preventScroll: true });
}
