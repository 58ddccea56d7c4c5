/** @import { App } from "../../app.js" */
/** @import { Transfer, TransferState } from "./types.js" */
import { t } from "../../i18n/i18n.js";
import { full } from "../../text/time.js";
import { avatar } from "../../views/avatar.js";
import { field, openDialog } from "../../views/dialog.js";
import { fill, h, icon } from "../../views/dom.js";
import { errorText } from "../../views/error-text.js";
import { nameOf } from "../../views/names.js";
import { toastOnError } from "../../views/toast.js";
import { amountField } from "./amount-field.js";
import { amountView } from "./amount-view.js";
import { moneyText } from "./money.js";
import { paymentForm } from "./payment-form.js";
import { walletOf } from "./wallet.js";

const NOTE_MAX = 50;

/**
 * The form that sends money to the other user of a direct conversation.
 * @param {App} app
 * @param {string} id of the conversation
 */
export async function composeTransfer(app, id) {
  const { store } = app;
  const wallet = walletOf(store);
  const to = store.conversations.get(id)?.peer;
  if (!to) return;
  // The push of a changed balance may have been lost.
  if (app.client.state === "online") await toastOnError(wallet.load());
  const before = wallet.unanswered(store, "wallet.transfer", id)?.data;
  const amount = amountField(t("money.amount"), {
    currency: wallet.currency,
    testid: "transfer-amount-input",
    value: before?.amount,
  });
  const note = field(t("transfer.note"), {
    maxlength: NOTE_MAX,
    dir: "auto",
    autocomplete: "off",
    value: before?.note ?? "",
    testid: "transfer-note",
  });
  const name = nameOf(store, to);
  const who = h(
    "div",
    { class: "transfer-who" },
    avatar(to, name),
    h("p", { dir: "auto" }, t("transfer.to", { who: name })),
  );
  const validate = () => {
    const { fen } = amount;
    const { balance, currency } = wallet;
    const { transferMax } = wallet.limits;
    if (!fen) return amount.wrong ? t("money.no_amount") : "";
    if (transferMax !== undefined && fen > transferMax)
      return t("money.at_most", { amount: moneyText(transferMax, currency) });
    return balance !== null && fen > balance ? t("wallet.error_insufficient") : null;
  };
  const request = () => ({ to, amount: amount.fen, note: note.input.value.trim() || undefined });
  const payment = paymentForm(app, {
    type: "wallet.transfer",
    conversation: id,
    content: [amount.element, note.element],
    request,
    validate,
    action: t("transfer.send"),
    testid: "transfer-send",
    done: () => dialog.close(),
  });
  const dialog = openDialog({
    title: t("transfer.name"),
    class: "narrow",
    testid: "transfer-compose",
    content: [who, payment.element],
    onclose: payment.stop,
  });
  payment.update();
  amount.input.focus();
}

/**
 * One transfer: its state, and for its recipient, while it is pending, the choice to accept or refuse it.
 * @param {App} app
 * @param {Omit<Transfer, "expiresAt"> & {expiresAt?: string}} transfer
 * @param {() => void} [settled] it was accepted or refused here
 */
export function openTransfer(app, transfer, settled = () => {}) {
  const { store, client } = app;
  const { from, to, amount, note, at, settledAt } = transfer;
  const own = from === store.me;
  const wallet = walletOf(store);
  const { currency } = wallet;
  const error = h("p", { class: "form-error", role: "alert" });
  let { state, expiresAt } = transfer;
  let busy = false;

  /** @param {"accept" | "refuse"} answer */
  const settle = async (answer) => {
    busy = true;
    fill(error);
    update();
    try {
      await wallet.settle(answer, transfer.transfer);
      state = answer === "accept" ? "accepted" : "refused";
      settled();
    } catch (thrown) {
      fill(error, errorText(thrown));
    } finally {
      busy = false;
      update();
    }
  };
  const accept = h(
    "button",
    { type: "button", class: "button primary wide", testid: "transfer-accept", onclick: () => settle("accept") },
    t("transfer.accept"),
  );
  const refuse = h(
    "button",
    { type: "button", class: "button wide", testid: "transfer-refuse", onclick: () => settle("refuse") },
    t("transfer.refuse"),
  );
  const sign = h("span", { class: "transfer-sign large", "aria-hidden": "true" });
  const status = h("p", { class: "transfer-status", role: "status", testid: "transfer-status" });
  const hint = h("p", { class: "hint", testid: "transfer-until" });
  const update = () => {
    const waits = state === "pending" && !own;
    const offline = client.state !== "online";
    const name = nameOf(store, own ? to : from);
    fill(sign, icon(state === "accepted" ? "check" : state === "pending" ? "clock" : "recall"));
    sign.dataset.state = state;
    fill(status, statusText(state, own, name));
    accept.hidden = refuse.hidden = !waits;
    accept.disabled = refuse.disabled = busy || offline;
    const until = expiresAt && state === "pending" ? t("transfer.until", { when: full(expiresAt) }) : "";
    fill(hint, waits && offline ? t("money.offline") : state === "pending" ? until || t("transfer.returns") : "");
  };
  const time = (/** @type {string} */ label, /** @type {string} */ when) => [
    h("dt", {}, label),
    h("dd", {}, h("time", { datetime: when }, full(when))),
  ];
  // The recipient may answer meanwhile, perhaps on another device.
  const heard = client.on("entries", ({ snapshots }) => {
    for (const { entry } of snapshots) {
      const { kind, content } = entry;
      if (kind !== "transfer" || content.transfer !== transfer.transfer || content.change === "sent") continue;
      state = content.change;
      update();
    }
  });
  const stops = [client.on("state", update), heard];
  openDialog({
    title: t("transfer.name"),
    class: "narrow",
    testid: "transfer-page",
    onclose: () => stops.forEach((stop) => stop()),
    from: `button[data-transfer="${CSS.escape(transfer.transfer)}"]`,
    content: [
      h(
        "div",
        { class: "transfer-page" },
        sign,
        status,
        h(
          "p",
          { class: "transfer-sum", testid: "transfer-sum", data: { fen: amount } },
          ...amountView(amount, currency),
        ),
        note ? h("p", { class: "transfer-text", dir: "auto", testid: "transfer-page-note" }, note) : null,
        h(
          "dl",
          { class: "facts" },
          ...time(t("transfer.sent_at"), at),
          ...(settledAt ? time(t("transfer.settled_at"), settledAt) : []),
        ),
        hint,
        error,
        accept,
        refuse,
      ),
    ],
  });
  update();
  if (expiresAt || state !== "pending") return;
  // The log does not say when it expires.
  wallet.transfer(transfer.transfer).then(
    (found) => {
      expiresAt = found?.expiresAt;
      update();
    },
    () => {},
  );
}

/** @param {TransferState} state @param {boolean} own @param {string} who the other user */
function statusText(state, own, who) {
  switch (state) {
    case "accepted":
      return own ? t("transfer.accepted_by", { who }) : t("transfer.accepted_you");
    case "refused":
      return own ? t("transfer.refused_by", { who }) : t("transfer.refused_you");
    case "returned":
      return t("transfer.returned");
    default:
      return own ? t("transfer.waits_for", { who }) : t("transfer.waits_for_you", { who });
  }
}
