/** @import { App } from "../app.js" */
/** @import { Transfer, TransferState } from "../client/types.js" */
import { t } from "../i18n/i18n.js";
import { moneyText } from "../text/money.js";
import { full } from "../text/time.js";
import { amountField } from "./amount-field.js";
import { avatar } from "./avatar.js";
import { field, openDialog } from "./dialog.js";
import { fill, h, icon } from "./dom.js";
import { nameOf } from "./names.js";
import { paymentForm } from "./payment.js";
import { problem } from "./problems.js";
import { sumView } from "./sum.js";
import { orToast } from "./toast.js";

const NOTE_MAX = 50;

/** @param {TransferState} state @param {boolean} own whether one sent it */
export function transferState(state, own) {
  switch (state) {
    case "accepted":
      return t("transfer.accepted");
    case "refused":
      return t("transfer.refused");
    case "returned":
      return t("transfer.returned");
    default:
      return t(own ? "transfer.pending_own" : "transfer.pending");
  }
}

/**
 * Sends money to the other person of a direct conversation.
 * @param {App} app
 * @param {string} id of the conversation
 */
export async function composeTransfer(app, id) {
  const { store } = app;
  const { wallet } = store;
  const to = store.conversations.get(id)?.peer;
  if (!to) return;
  // A share that was opened meanwhile comes without news of the balance.
  if (app.client.state === "online") await orToast(wallet.load());
  const before = store.unanswered("wallet.transfer", id)?.data;
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
  const complaint = () => {
    const { fen } = amount;
    const { balance, currency } = wallet;
    const { transferMax } = wallet.limits;
    if (!fen) return amount.wrong ? t("money.no_amount") : "";
    if (transferMax !== undefined && fen > transferMax)
      return t("money.at_most", { amount: moneyText(transferMax, currency) });
    return balance !== null && fen > balance ? t("error.insufficient") : null;
  };
  const request = () => ({ to, amount: amount.fen, note: note.input.value.trim() || undefined });
  const payment = paymentForm(app, {
    type: "wallet.transfer",
    conversation: id,
    content: [amount.element, note.element],
    request,
    complaint,
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
 * One transfer: what became of it, and for the one it was sent to, while it waits, the choice.
 * @param {App} app
 * @param {Omit<Transfer, "expiresAt"> & {expiresAt?: string}} transfer
 * @param {() => void} [settled] it was accepted or refused here
 */
export function openTransfer(app, transfer, settled = () => {}) {
  const { store, client } = app;
  const { from, to, amount, note, at, settledAt } = transfer;
  const own = from === store.me;
  const { currency } = store.wallet;
  const error = h("p", { class: "form-error", role: "alert" });
  let { state, expiresAt } = transfer;
  let busy = false;

  /** @param {"accept" | "refuse"} answer */
  const settle = async (answer) => {
    busy = true;
    fill(error);
    update();
    try {
      await store.wallet.settle(answer, transfer.transfer);
      state = answer === "accept" ? "accepted" : "refused";
      settled();
    } catch (thrown) {
      fill(error, problem(thrown));
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
  // The other person may answer meanwhile, or the same one on another device.
  const heard = client.on("entries", ({ served }) => {
    for (const { entry } of served) {
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
        h("p", { class: "transfer-sum", testid: "transfer-sum", data: { fen: amount } }, ...sumView(amount, currency)),
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
  // A conversation's log does not tell when it goes back.
  store.wallet.transfer(transfer.transfer).then(
    (found) => {
      expiresAt = found?.expiresAt;
      update();
    },
    () => {},
  );
}

/** @param {TransferState} state @param {boolean} own @param {string} who the other person */
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
