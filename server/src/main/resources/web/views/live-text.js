/** @type {WeakMap<Element, () => void>} */
const drawings = new WeakMap();

/**
 * An element whose text depends on the time. It is drawn now, and again when {@link redrawLiveTexts} is called while it
 * is on the page.
 * @template {HTMLElement} E
 * @param {E} element
 * @param {() => string} text
 * @param {() => string} [title]
 * @returns {E}
 */
export function liveText(element, text, title) {
  const draw = () => {
    const [now, nowTitle] = [text(), title?.()];
    // Unchanged text is not replaced, so that it can stay selected.
    if (element.textContent !== now) element.textContent = now;
    if (nowTitle !== undefined && element.title !== nowTitle) element.title = nowTitle;
  };
  drawings.set(element, draw);
  element.dataset.live = "";
  draw();
  return element;
}

/** Draws the texts that depend on the time again. */
export function redrawLiveTexts() {
  for (const element of document.querySelectorAll("[data-live]")) drawings.get(element)?.();
}
