/**
 * Whether a key belongs to an input method, which uses Enter, Escape and the arrows to choose characters. In Safari,
 * the Enter that ends a composition shows this only in its key code.
 * @param {KeyboardEvent} event
 */
export function isForInputMethod(event) {
  return event.isComposing || event.keyCode === 229;
}

/**
 * Listens to keys that are not for an input method. All key listeners of the page are added here.
 * @param {EventTarget} target
 * @param {(event: KeyboardEvent) => void} listener
 * @param {AddEventListenerOptions} [options]
 * @returns {() => void} stops listening
 */
export function onKeyDown(target, listener, options) {
  const checked = (/** @type {Event} */ event) => {
    const key = /** @type {KeyboardEvent} */ (event);
    if (!isForInputMethod(key)) listener(key);
  };
  target.addEventListener("keydown", checked, options);
  return () => target.removeEventListener("keydown", checked, options);
}
