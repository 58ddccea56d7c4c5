/** @import { App } from "../app.js" */
/** @import { Entry } from "../client/types.js" */
/** @import { Known } from "../store/envelopes.js" */
import { t } from "../i18n/i18n.js";
import { amountText } from "../text/money.js";
import { h, icon } from "./dom.js";
import { drainBar } from "./drain.js";
import { openEnvelope } from "./envelope.js";
import { envelopeName, nameOf } from "./names.js";

/**
 * A red envelope among the messages.
 * @param {App} app
 * @param {Entry} entry
 */
export function envelopeBubble(app, entry) {
  const { store } = app;
  const { envelope, kind, greeting, count } = entry.content;
  const known = store.envelopes.get(envelope);
  const state = known?.state ?? "unopened";
  const text = stateText(app, entry, known);
  const taken = known?.view?.state === "open" && count > 1 ? known.view.taken : 0;
  /** @param {HTMLElement} meta */
  const make = (meta) => {
    const bar = taken > 0 ? drainBar() : null;
    bar?.show(taken, count);
    return h(
      "button",
      {
        type: "button",
        class: "money-bubble envelope-bubble",
        testid: "envelope",
        data: { envelope, state, kind },
        onclick: () => openEnvelope(app, cardOf(entry)),
      },
      h(
        "span",
        { class: "money-front" },
        h("span", { class: "envelope-seal", "aria-hidden": "true" }, icon("goose")),
        h(
          "span",
          { class: "money-words" },
          h("strong", { dir: "auto", testid: "envelope-greeting" }, greeting),
          h("span", { class: "money-state", testid: "envelope-state" }, text),
        ),
      ),
      bar?.element,
      h("span", { class: "money-foot" }, h("span", { class: "money-kind" }, envelopeName(kind)), meta),
    );
  };
  return { deps: [state, text, taken], make };
}

/** @param {Entry} entry @returns {import("./envelope.js").EnvelopeCard} */
function cardOf({ conversation, sender, content }) {
  const { envelope, kind, greeting, recipient, commitment } = content;
  return { envelope, conversation, sender, kind, greeting, recipient, commitment };
}

/** @param {App} app @param {Entry} entry @param {Known | undefined} known */
function stateText({ store }, { sender, content }, known) {
  const { kind, count, recipient } = content;
  const own = sender === store.me;
  switch (known?.state) {
    case "opened":
      return known.mine ? t("envelope.opened_amount", { amount: amountText(known.mine) }) : t("envelope.opened");
    case "empty":
      return kind === "direct" || kind === "exclusive" ? t("envelope.opened") : t("envelope.all_taken");
    case "expired":
      return t("envelope.expired");
    case "gone":
      return t("envelope.gone");
    default:
      if (kind === "exclusive" && recipient !== store.me) return t("envelope.for", { who: nameOf(store, recipient) });
      if (own && kind === "direct") return t("envelope.waiting");
      if (own && known?.view) return t("envelope.taken", { n: known.view.taken, count });
      return t("envelope.tap");
  }
}
