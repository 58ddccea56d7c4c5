/** @import { Corner } from "./layout.js" */
import { onKeyDown } from "../../../views/keys.js";
import { cornerAt, cornerByKey } from "./layout.js";

/** A movement of fewer pixels is a click, not a drag. */
const DRAG_PX = 6;

/**
 * Lets the user drag an element to another corner of an area, or move it with the arrow keys while it has the focus.
 * @param {HTMLElement} element
 * @param {object} options
 * @param {() => DOMRect} options.area
 * @param {() => Corner} options.corner the present one
 * @param {(corner: Corner) => void} options.moved
 */
export function movesBetweenCorners(element, { area, corner, moved }) {
  /** @type {{x: number, y: number, dragged: boolean} | null} */
  let grip = null;
  /** @param {number} x @param {number} y */
  const shift = (x, y) => {
    element.style.translate = x || y ? `${x}px ${y}px` : "";
  };
  /** @param {PointerEvent} event */
  const move = (event) => {
    if (!grip) return;
    const [x, y] = [event.clientX - grip.x, event.clientY - grip.y];
    if (!grip.dragged && Math.hypot(x, y) < DRAG_PX) return;
    grip.dragged = true;
    element.dataset.dragged = "";
    shift(x, y);
  };
  const release = () => {
    const dragged = grip?.dragged;
    grip = null;
    // A fast pointer leaves the element before the element has followed.
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", release);
    removeEventListener("pointercancel", release);
    if (!dragged) return;
    const [box, around] = [element.getBoundingClientRect(), area()];
    delete element.dataset.dragged;
    shift(0, 0);
    moved(
      cornerAt(
        (box.left + box.width / 2 - around.left) / around.width,
        (box.top + box.height / 2 - around.top) / around.height,
      ),
    );
    ignoreClick();
  };
  /** Suppresses the click that ends a drag. */
  const ignoreClick = () => {
    const swallow = (/** @type {Event} */ event) => {
      event.stopPropagation();
      event.preventDefault();
    };
    element.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => element.removeEventListener("click", swallow, { capture: true }));
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    grip = { x: event.clientX, y: event.clientY, dragged: false };
    addEventListener("pointermove", move);
    addEventListener("pointerup", release);
    addEventListener("pointercancel", release);
  });
  onKeyDown(element, (event) => {
    if (event.target !== element) return;
    const next = cornerByKey(corner(), event.key);
    if (!next) return;
    event.preventDefault();
    moved(next);
  });
}
