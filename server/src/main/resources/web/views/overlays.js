/** @import { App } from "../app.js" */
import { h } from "./dom.js";

/**
 * The overlays of the features. They are a popover, because only the browser's top layer is above modal dialogs.
 * Outside of a modal dialog nothing can be used, so while one is open, they are inside of it.
 */

/** @type {HTMLElement | undefined} */
let host;
/** Whether the last press or key was in an overlay: a dialog that opens now belongs there. */
let used = false;
/** The dialogs that were opened from an overlay, and so cover it. @type {WeakSet<Element>} */
const above = new WeakSet();

/**
 * Puts the overlays on the page, once.
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

/** The element that a menu beside this element must be in, if that is an overlay. @param {unknown} near */
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

/** Moves the overlays to where they can be seen and used. */
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
