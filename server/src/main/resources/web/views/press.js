/**
 * A browser gives no click to what is replaced while the pointer is down on it, and a message may come at any moment.
 * So what would replace it waits for the release.
 */

/** What a click is meant for. Not all that can be pressed: a scroll bar is held for long, and rows are needed meanwhile. */
const CLICKABLE = "a, button, label, summary";

/** @type {Element | null} */
let pressed = null;
/** @type {Set<() => void>} */
const waiting = new Set();

/** @param {PointerEvent} event */
const press = ({ target }) => {
  pressed = target instanceof Element ? target.closest(CLICKABLE) : null;
};

/** The click comes after the release, and before anything that is put off. */
const release = () =>
  setTimeout(() => {
    pressed = null;
    const updates = [...waiting];
    waiting.clear();
    for (const update of updates) update();
  });

addEventListener("pointerdown", press, { capture: true });
addEventListener("pointerup", release, { capture: true });
addEventListener("pointercancel", release, { capture: true });

/**
 * The same update, which waits while something in this element is pressed; once for all calls meanwhile.
 * @param {Element} element
 * @param {() => void} update
 */
export function afterPress(element, update) {
  const late = () => {
    if (element.isConnected) update();
  };
  return () => {
    if (pressed && element.contains(pressed)) waiting.add(late);
    else update();
  };
}
