import { t } from "../i18n/i18n.js";
import { fill, h, iconButton } from "./dom.js";
import { errorText } from "./error-text.js";
import { openLayer } from "./layers.js";
import { closeMenus } from "./menu.js";
import { dialogClosed, dialogOpened } from "./overlays.js";

let opened = 0;

/**
 * Shows a modal dialog. Escape, the close button and a press outside close it.
 * @param {object} options
 * @param {string} options.title
 * @param {boolean} [options.quiet] the title is only for screen readers, because the content says it, too
 * @param {string} [options.class]
 * @param {string} [options.testid]
 * @param {(Node | string | null | false)[]} options.content
 * @param {() => void} [options.onclose]
 * @param {string} [options.from] a selector of the element that opened the dialog and gets the focus back, if it was
 *   drawn again meanwhile
 * @param {boolean} [options.route] whether the dialog is that of a route, whose address is in the history already
 * @returns {HTMLDialogElement}
 */
export function openDialog({ title, quiet = false, class: extra = "", testid, content, onclose, from, route = false }) {
  const close = iconButton("close", t("action.close"), { onclick: () => dialog.close(), testid: "dialog-close" });
  const id = `dialog-title-${++opened}`;
  const heading = h("h2", { id, class: quiet && "visually-hidden" }, title);
  const dialog = h(
    "dialog",
    { class: `dialog ${extra}`, "aria-labelledby": id, testid },
    h("header", { class: "dialog-head" }, heading, close),
    h("div", { class: "dialog-body" }, ...content),
  );
  dialog.addEventListener("mousedown", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    if (dialog.querySelector(".layer")) closeMenus();
    dialogClosed();
    dialog.remove();
    layer?.closed();
    onclose?.();
    if (!from || document.activeElement !== document.body) return;
    /** @type {HTMLElement | null} */ (document.querySelector(from))?.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
  dialogOpened(dialog);
  const layer = route ? null : openLayer(() => dialog.close());
  return dialog;
}

/** Closes all dialogs, for instance because the user was signed out. */
export function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
}

/**
 * Asks for confirmation.
 * @param {{title: string, text: string, action: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export function confirm({ title, text, action, danger = true }) {
  return new Promise((resolve) => {
    let answer = false;
    const no = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("action.cancel"));
    const accept = () => {
      answer = true;
      dialog.close();
    };
    const yes = h(
      "button",
      { type: "button", class: `button ${danger ? "danger" : "primary"}`, onclick: accept, testid: "confirm" },
      action,
    );
    const content = [h("p", { class: "dialog-text" }, text), h("div", { class: "dialog-actions" }, no, yes)];
    const dialog = openDialog({ title, class: "narrow", content, onclose: () => resolve(answer) });
    yes.focus();
  });
}

/**
 * A labelled field.
 * @param {string} label
 * @param {Record<string, any>} props of the input
 * @param {string} [hint]
 */
export function field(label, props, hint) {
  const input = h("input", { class: "input", ...props });
  const element = h("label", { class: "field" }, h("span", { class: "label" }, label), input);
  if (hint) element.append(h("span", { class: "hint" }, hint));
  return { element, input };
}

/**
 * A form that disables its button while it submits, and shows what went wrong.
 * @param {object} options
 * @param {Node[]} options.content
 * @param {string} options.action
 * @param {() => Promise<unknown>} options.submit
 * @param {() => void} [options.after] called when `submit` has ended
 * @param {string} [options.testid] of the button
 * @param {boolean} [options.danger]
 */
export function form({ content, action, submit, after = () => {}, testid, danger = false }) {
  const error = h("p", { class: "form-error", role: "alert", testid: "form-error" });
  const button = h("button", { class: `button ${danger ? "danger" : "primary"} wide`, testid }, action);
  /** @param {SubmitEvent} event */
  const onsubmit = async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    fill(error);
    try {
      await submit();
    } catch (thrown) {
      fill(error, errorText(thrown));
    } finally {
      button.disabled = false;
      after();
    }
  };
  return h("form", { class: "form", onsubmit }, ...content, error, button);
}
