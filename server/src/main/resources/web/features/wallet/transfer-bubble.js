/** @import { App } from "../../app.js" */
/** @import { Entry } from "../../client/types.js" */
/** @import { TransferState } from "./types.js" */
import { t } from "../../i18n/i18n.js";
import { lazy } from "../../lazy.js";
import { h, icon } from "../../views/dom.js";
import { toastOnError } from "../../views/toast.js";
import { moneyBubble } from "./money-bubble.js";
import { moneyText } from "./money.js";
import { stateOfTransfer, transferStateText } from "./transfers.js";
import { walletOf } from "./wallet.js";

const dialogs = lazy(() => import("./transfer-dialogs.js"));

/**
 * Money that one user sent to the other, among their messages.
 * @param {App} app
 * @param {Entry} entry
 */
export function transferBubble(app, entry) {
  const { store } = app;
  const wallet = walletOf(store);
  wallet.loadOnce();
  const { transfer, amount, note } = entry.content;
  const state = stateOfTransfer(store, entry);
  const pending = state === "pending";
  const sum = moneyText(amount, wallet.currency);
  const text = pending && note ? note : transferStateText(state, entry.sender === store.me);
  const open = async () => (await dialogs()).openTransfer(app, transferOf(app, entry, state));
  /** @param {HTMLElement} meta */
  const make = (meta) =>
    moneyBubble({
      class: "transfer-bubble",
      testid: "transfer",
      data: { transfer, state },
      pending,
      sign: h(
        "span",
        { class: "transfer-sign", "aria-hidden": "true" },
        icon(state === "accepted" ? "check" : pending ? "transfer" : "recall"),
      ),
      title: h("strong", { testid: "transfer-amount" }, sum),
      state: h("span", { class: "money-state", dir: "auto", testid: "transfer-state" }, text),
      name: t("transfer.name"),
      meta,
      onclick: () => toastOnError(open()),
    });
  return { deps: [state, sum], make };
}

/** @param {App} app @param {Entry} entry @param {TransferState} state */
function transferOf({ store }, { conversation, sender, at, content }, state) {
  const peer = store.conversations.get(conversation)?.peer ?? "";
  const to = content.to ?? (sender === store.me ? peer : store.me);
  const { transfer, amount, note } = content;
  return { transfer, from: sender, to, amount, note, state, at, conversation };
}
