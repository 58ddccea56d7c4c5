const LONG_PRESS_MS = 450;

/** How far a finger may move, in CSS pixels: none rests quite still. */
const MAX_MOVE = 10;

/** On touch screens the click comes in a later task than the release, or not at all. */
const CLICK_MS = 350;

/**
 * Calls a function when a finger rests on an element. The release then does nothing, even if something has appeared
 * under the finger meanwhile. Links keep the browser's own menu.
 * @param {HTMLElement} element
 * @param {(point: {x: number, y: number}) => void} opened
 */
export function onLongPress(element, opened) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let start = { x: 0, y: 0 };
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const open = () => {
    cancel();
    // An element that was replaced meanwhile does not get the pointerup.
    if (!element.isConnected) return;
    ignoreRelease();
    opened(start);
  };
  element.addEventListener("pointerdown", (event) => {
    cancel();
    const { pointerType, isPrimary, clientX, clientY } = event;
    if (pointerType !== "touch" || !isPrimary || /** @type {Element} */ (event.target).closest("a")) return;
    start = { x: clientX, y: clientY };
    timer = setTimeout(open, LONG_PRESS_MS);
  });
  element.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (Math.hypot(clientX - start.x, clientY - start.y) > MAX_MOVE) cancel();
  });
  element.addEventListener("pointerup", cancel);
  element.addEventListener("pointercancel", cancel);
  element.addEventListener("contextmenu", (event) => {
    if (timer === undefined) return;
    // The browser recognizes the long press earlier than this module.
    event.preventDefault();
    event.stopImmediatePropagation();
    open();
  });
}

/** Hides the events of a finger's release from the page, until a while after it or the next press. */
function ignoreRelease() {
  const stop = new AbortController();
  const options = { capture: true, passive: false, signal: stop.signal };
  const ignore = (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  const released = () => setTimeout(() => stop.abort(), CLICK_MS);
  for (const type of ["touchend", "click", "contextmenu"]) addEventListener(type, ignore, options);
  for (const type of ["touchend", "touchcancel", "pointerup"]) addEventListener(type, released, options);
  addEventListener("pointerdown", ({ isPrimary }) => isPrimary && stop.abort(), options);
}
