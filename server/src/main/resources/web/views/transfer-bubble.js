/** @import { App } from "../app.js" */
/** @import { Entry, TransferState } from "../client/types.js" */
import { t } from "../i18n/i18n.js";
import { moneyText } from "../text/money.js";
import { h, icon } from "./dom.js";
import { openTransfer, transferState } from "./transfer.js";

/**
 * Money that one person sent to the other, among their messages.
 * @param {App} app
 * @param {Entry} entry
 * @param {TransferState} state what the log says became of it
 */
export function transferBubble(app, entry, state) {
  const { store } = app;
  store.wallet.want();
  const { transfer, amount, note } = entry.content;
  const own = entry.sender === store.me;
  const sum = moneyText(amount, store.wallet.currency);
  const text = state === "pending" && note ? note : transferState(state, own);
  /** @param {HTMLElement} meta */
  const make = (meta) =>
    h(
      "button",
      {
        type: "button",
        class: "money-bubble transfer-bubble",
        testid: "transfer",
        data: { transfer, state },
        onclick: () => openTransfer(app, shown(app, entry, state)),
      },
      h(
        "span",
        { class: "money-front" },
        h(
          "span",
          { class: "transfer-sign", "aria-hidden": "true" },
          icon(state === "accepted" ? "check" : state === "pending" ? "transfer" : "recall"),
        ),
        h(
          "span",
          { class: "money-words" },
          h("strong", { testid: "transfer-amount" }, sum),
          h("span", { class: "money-state", dir: "auto", testid: "transfer-state" }, text),
        ),
      ),
      h("span", { class: "money-foot" }, h("span", { class: "money-kind" }, t("transfer.name")), meta),
    );
  return { deps: [state, sum], make };
}

/** @param {App} app @param {Entry} entry @param {TransferState} state */
function shown({ store }, { conversation, sender, at, content }, state) {
  const peer = store.conversations.get(conversation)?.peer ?? "";
  const to = content.to ?? (sender === store.me ? peer : store.me);
  return {
    transfer: content.transfer,
    from: sender,
    to,
    amount: content.amount,
    note: content.note,
    state,
    at,
    conversation,
  };
}
