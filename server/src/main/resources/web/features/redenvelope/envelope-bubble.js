/** @import { App } from "../../app.js" */
/** @import { Entry } from "../../client/types.js" */
/** @import { KnownEnvelope } from "./envelopes.js" */
import { t } from "../../i18n/i18n.js";
import { lazy } from "../../lazy.js";
import { h, icon } from "../../views/dom.js";
import { nameOf } from "../../views/names.js";
import { toastOnError } from "../../views/toast.js";
import { moneyBubble } from "../wallet/money-bubble.js";
import { amountText } from "../wallet/money.js";
import { envelopeName } from "./envelope-name.js";
import { envelopesOf } from "./envelopes.js";
import { progressBar } from "./progress-bar.js";

const page = lazy(() => import("./envelope-page.js"));

/**
 * A red envelope among the messages.
 * @param {App} app
 * @param {Entry} entry
 */
export function envelopeBubble(app, entry) {
  const { store } = app;
  const { envelope, kind, greeting, count } = entry.content;
  const known = envelopesOf(store).get(envelope);
  const state = known?.state ?? "unopened";
  const text = stateText(app, entry, known);
  const taken = known?.view?.state === "open" && count > 1 ? known.view.taken : 0;
  const open = async () => (await page()).openEnvelope(app, cardOf(entry));
  /** @param {HTMLElement} meta */
  const make = (meta) => {
    const bar = taken > 0 ? progressBar() : undefined;
    bar?.show(taken, count);
    return moneyBubble({
      class: "envelope-bubble",
      testid: "envelope",
      data: { envelope, state, kind },
      pending: state === "unopened",
      sign: h("span", { class: "envelope-seal", "aria-hidden": "true" }, icon("goose")),
      title: h("strong", { dir: "auto", testid: "envelope-greeting" }, greeting),
      state: h("span", { class: "money-state", testid: "envelope-state" }, text),
      middle: bar?.element,
      name: envelopeName(kind),
      meta,
      onclick: () => toastOnError(open()),
    });
  };
  return { deps: [state, text, taken], make };
}

/** @param {Entry} entry @returns {import("./envelope-page.js").EnvelopeCard} */
function cardOf({ conversation, sender, content }) {
  const { envelope, kind, greeting, recipient, commitment } = content;
  return { envelope, conversation, sender, kind, greeting, recipient, commitment };
}

/** @param {App} app @param {Entry} entry @param {KnownEnvelope | undefined} known */
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
