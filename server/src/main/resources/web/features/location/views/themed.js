/** @type {WeakMap<Element, () => void>} */
const drawings = new WeakMap();
/** One for all: one of a picture would keep it after it has left the page. @type {MutationObserver | undefined} */
let themes;

/**
 * Draws a picture now, and again when the theme changes while the picture is on the page.
 * @param {HTMLElement} element
 * @param {() => void} draw uses the colours of the theme
 */
export function drawThemed(element, draw) {
  drawings.set(element, draw);
  element.dataset.themed = "";
  draw();
  if (themes) return;
  themes = new MutationObserver(() => {
    for (const shown of document.querySelectorAll("[data-themed]")) drawings.get(shown)?.();
  });
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
