/**
 * Browsers fire no click on an element that is replaced while the pointer is down on it, and a message can arrive at
 * any moment. So updates of a part of the page wait while something in it is pressed.
 */

/** Only presses on these defer updates: a scroll bar is held for long, and its list needs new rows meanwhile. */
const CLICKABLE = "a, button, label, summary";

/** On touch screens the click comes in a later task than the release, or not at all. */
const TAP_MS = 350;

/** @type {Element | null} */
let pressed = null;
/** Counts presses, so that the delayed end of one does not end the next. */
let presses = 0;
/** @type {Set<() => void>} */
const waiting = new Set();

/** @param {PointerEvent} event */
const onPress = ({ target }) => {
  presses++;
  pressed = target instanceof Element ? target.closest(CLICKABLE) : null;
};

/** Ends the press after the other listeners of the event. */
const onRelease = (ms = 0) => {
  const released = presses;
  setTimeout(() => {
    if (released !== presses) return;
    pressed = null;
    const updates = [...waiting];
    waiting.clear();
    for (const update of updates) queueMicrotask(update);
  }, ms);
};

addEventListener("pointerdown", onPress, { capture: true });
// With a mouse, the click comes in the same task as the release.
addEventListener("pointerup", ({ pointerType }) => onRelease(pointerType === "mouse" ? 0 : TAP_MS), { capture: true });
// After these there is no release or no click, for instance because a system menu opened.
for (const type of ["click", "pointercancel", "contextmenu", "dragstart"]) {
  addEventListener(type, () => onRelease(), { capture: true });
}
addEventListener("blur", () => onRelease());

/**
 * Returns the update in a form that waits while something in the element is pressed, and then runs once.
 * @param {Element} element
 * @param {() => void} update
 */
export function deferWhilePressed(element, update) {
  const deferred = () => {
    if (element.isConnected) update();
  };
  return () => {
    if (pressed && element.contains(pressed)) waiting.add(deferred);
    else update();
  };
}
