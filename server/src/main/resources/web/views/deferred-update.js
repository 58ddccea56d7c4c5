/**
 * A browser gives no click to what is replaced while the pointer is down on it, and a message may come at any moment.
 * So what would replace it waits for the release.
 */

/** What a click is meant for. Not all that can be pressed: a scroll bar is held for long, and rows are needed meanwhile. */
const CLICKABLE = "a, button, label, summary";

/** A finger's click is a task of its own, some time after the release, if it comes at all. */
const TAP_MS = 350;

/** @type {Element | null} */
let pressed = null;
/** The end of one press is not that of the next. */
let presses = 0;
/** @type {Set<() => void>} */
const waiting = new Set();

/** @param {PointerEvent} event */
const press = ({ target }) => {
  presses++;
  pressed = target instanceof Element ? target.closest(CLICKABLE) : null;
};

/** Once whoever is told of this event is through with it. */
const end = (ms = 0) => {
  const which = presses;
  setTimeout(() => {
    if (which !== presses) return;
    pressed = null;
    const updates = [...waiting];
    waiting.clear();
    for (const update of updates) queueMicrotask(update);
  }, ms);
};

addEventListener("pointerdown", press, { capture: true });
// A mouse's click is part of its release.
addEventListener("pointerup", ({ pointerType }) => end(pointerType === "mouse" ? 0 : TAP_MS), { capture: true });
// After these there is no release, or no click: a menu of the system takes both.
for (const type of ["click", "pointercancel", "contextmenu", "dragstart"]) {
  addEventListener(type, () => end(), { capture: true });
}
addEventListener("blur", () => end());

/**
 * The same update, which waits while something in this element is pressed; once for all calls meanwhile.
 * @param {Element} element
 * @param {() => void} update
 */
export function deferWhilePressed(element, update) {
  const late = () => {
    if (element.isConnected) update();
  };
  return () => {
    if (pressed && element.contains(pressed)) waiting.add(late);
    else update();
  };
}
