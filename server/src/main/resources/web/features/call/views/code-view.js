/** @import { Call } from "../client/call.js" */
import { t } from "../../../i18n/i18n.js";
import { fill, h, icon, setData } from "../../../views/dom.js";
import { popover } from "../../../views/menu.js";

/**
 * The security code of a one-to-one call: five symbols in the header, which open an explanation.
 * @param {Call} call
 * @param {() => string} who the other user's name
 */
export function codeView(call, who) {
  const symbols = h("span", { class: "call-code-symbols", "aria-hidden": "true" });
  const button = h(
    "button",
    { type: "button", class: "call-code", testid: "call-code", onclick: () => open(), "aria-haspopup": "dialog" },
    icon("lock"),
    symbols,
  );
  let drawn = "";
  const open = () => {
    if (!call.code?.symbols) return;
    popover(explanation(call.code.symbols, who()), button);
  };
  return {
    element: button,
    update() {
      const { code } = call;
      const state = code?.state ?? "none";
      const ready = state === "ready" && code?.symbols ? code.symbols : [];
      button.hidden = !(state === "ready" && ready.length > 0);
      setData(button, { state });
      const text = ready.map(({ emoji }) => emoji).join(" ");
      if (text === drawn) return;
      drawn = text;
      fill(symbols, ...ready.map(({ emoji }) => h("span", {}, emoji)));
      const label = t("call.code_label", { code: ready.map(({ key }) => t(key)).join(", ") });
      button.setAttribute("aria-label", label);
      button.title = t("call.code_title");
    },
  };
}

/** @param {{emoji: string, key: string}[]} symbols @param {string} who */
function explanation(symbols, who) {
  return h(
    "div",
    {
      class: "call-code-card",
      role: "dialog",
      "aria-label": t("call.code_title"),
      tabindex: "-1",
      testid: "call-code-card",
    },
    h("p", { class: "call-code-title" }, icon("lock"), t("call.code_title")),
    h(
      "ol",
      { class: "call-code-list" },
      ...symbols.map(({ emoji, key }) =>
        h("li", {}, h("span", { class: "call-code-emoji", "aria-hidden": "true" }, emoji), h("span", {}, t(key))),
      ),
    ),
    h("p", {}, t("call.code_explained", { who })),
    h("p", { class: "hint" }, t("call.code_differs")),
  );
}
