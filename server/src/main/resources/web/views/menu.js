import { h, icon } from "./dom.js";
import { onKeyDown } from "./keys.js";
import { openLayer } from "./layers.js";
import { overlayOf } from "./overlays.js";

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {string} [icon]
 * @property {string} [testid]
 * @property {boolean} [danger]
 * @property {() => void} choose
 */

/** @type {{element: HTMLElement, close: () => void} | null} */
let open = null;

export function closeMenus() {
  open?.close();
}

/**
 * Shows content above the page, beside a point or an element; on a phone at the bottom. Escape or a press elsewhere
 * closes it.
 * @param {HTMLElement} content
 * @param {Element | {x: number, y: number}} near
 * @param {{onclose?: () => void}} [options]
 * @returns {() => void} closes it
 */
export function popover(content, near, { onclose } = {}) {
  closeMenus();
  const before = document.activeElement;
  const backdrop = h("div", { class: "layer" }, content);
  const close = () => {
    if (open?.element !== backdrop) return;
    open = null;
    backdrop.remove();
    stopKeys();
    layer.closed();
    if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body) {
      before.focus({ preventScroll: true });
    }
    onclose?.();
  };
  /** @param {KeyboardEvent} event */
  const onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  backdrop.addEventListener("pointerdown", (event) => {
    if (event.target === backdrop) close();
  });
  backdrop.addEventListener("contextmenu", (event) => event.preventDefault());
  const stopKeys = onKeyDown(document, onkeydown, { capture: true });
  // While modal dialogs are open, only descendants of the last one can be used.
  (overlayOf(near) ?? [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body).append(backdrop);
  const layer = openLayer(close);
  open = { element: backdrop, close };
  place(content, near);
  return close;
}

/**
 * A menu, which can be used with the arrow keys.
 * @param {MenuItem[]} items
 * @param {Element | {x: number, y: number}} near
 * @param {{head?: HTMLElement, label?: string}} [options]
 */
export function openMenu(items, near, { head, label } = {}) {
  const buttons = items.map(({ label: text, icon: name, testid, danger, choose }) =>
    h(
      "button",
      {
        type: "button",
        role: "menuitem",
        class: danger ? "menu-item danger" : "menu-item",
        testid,
        onclick: () => {
          close();
          choose();
        },
      },
      name ? icon(name) : null,
      h("span", {}, text),
    ),
  );
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label }, head, ...buttons);
  onKeyDown(menu, (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const focusable = [...menu.querySelectorAll("button")];
    const at = focusable.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    focusable[(at + step + focusable.length) % focusable.length].focus();
  });
  const close = popover(menu, near);
  buttons[0]?.focus({ preventScroll: true });
}

/** @param {HTMLElement} content @param {Element | {x: number, y: number}} near */
function place(content, near) {
  const { innerWidth, innerHeight } = window;
  const { width, height } = content.getBoundingClientRect();
  const box = near instanceof Element ? near.getBoundingClientRect() : new DOMRect(near.x, near.y, 0, 0);
  const below = box.bottom + 6 + height <= innerHeight - 8;
  const top = below ? box.bottom + 6 : Math.max(8, box.top - 6 - height);
  const rightward = box.left + width <= innerWidth - 8;
  const left = rightward ? box.left : Math.max(8, box.right - width);
  content.style.setProperty("--top", `${Math.round(Math.min(top, innerHeight - height - 8))}px`);
  content.style.setProperty("--left", `${Math.round(left)}px`);
}
