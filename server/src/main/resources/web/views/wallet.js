/** @import { App } from "../app.js" */
import { t } from "../i18n/i18n.js";
import { amountText, moneyText, typedAmount } from "../text/money.js";
import { amountField } from "./amount-field.js";
import { choice } from "./choice.js";
import { openDialog } from "./dialog.js";
import { fill, h, icon } from "./dom.js";
import { paymentForm } from "./payment.js";
import { problem } from "./problems.js";
import { sumView } from "./sum.js";
import { toast } from "./toast.js";
import { historyView, statementView, transfersView } from "./wallet-lists.js";

const QUICK = [1_000, 5_000, 20_000];

/**
 * One's money: how much there is, where it came from and where it went.
 * @param {App} app
 * @param {() => void} onclose
 */
export function openWallet(app, onclose) {
  const { store, client } = app;
  const { wallet } = store;
  const sum = h("p", { class: "wallet-balance", testid: "wallet-balance" });
  const error = h("p", { class: "wallet-error", role: "alert" });
  const play = h("p", { class: "wallet-play" });
  const topUp = h(
    "button",
    { type: "button", class: "button wallet-top-up", testid: "top-up-open", onclick: () => openTopUp(app) },
    icon("top-up"),
    t("wallet.top_up"),
  );
  const card = h(
    "section",
    { class: "wallet-card" },
    h("div", { class: "wallet-skein", "aria-hidden": "true" }, ...Array.from({ length: 5 }, () => icon("bird"))),
    h("h3", {}, t("wallet.balance")),
    sum,
    error,
    h("div", { class: "wallet-foot" }, play, topUp),
  );
  const body = h("div", { class: "wallet-list" });
  /** @type {{element: HTMLElement, stop: () => void} | null} */
  let list = null;
  const views = { statement: statementView, transfers: transfersView, envelopes: historyView };
  const show = (/** @type {string} */ code) => {
    list?.stop();
    list = views[/** @type {keyof typeof views} */ (code)](app);
    fill(body, list.element);
  };
  const tabs = choice(
    "wallet",
    [
      ["statement", t("wallet.statement")],
      ["transfers", t("wallet.transfers")],
      ["envelopes", t("wallet.envelopes")],
    ],
    "statement",
    show,
  );
  tabs.setAttribute("aria-label", t("wallet.title"));
  const update = () => {
    const { balance, currency } = wallet;
    topUp.disabled = client.state !== "online";
    if (balance !== null) {
      sum.dataset.fen = String(balance);
      fill(sum, ...sumView(balance, currency));
    } else fill(sum, "—");
    play.hidden = wallet.limits.sandbox === false;
    fill(play, currency === "points" ? t("wallet.play_money") : t("wallet.sandbox"));
  };
  const stops = [wallet.on("changed", update), client.on("state", update)];
  const dialog = openDialog({
    title: t("wallet.title"),
    class: "settings wallet",
    testid: "wallet",
    content: [card, tabs, body],
    onclose: () => {
      list?.stop();
      for (const stop of stops) stop();
      onclose();
    },
  });
  update();
  show("statement");
  wallet.load().then(
    () => fill(error),
    (thrown) => fill(error, problem(thrown)),
  );
  return dialog;
}

/** @param {App} app */
function openTopUp(app) {
  const { wallet } = app.store;
  const { currency, limits } = wallet;
  const before = app.store.unanswered("top-up", "")?.data;
  const amount = amountField(t("money.amount"), { currency, testid: "top-up-amount", value: before?.amount });
  const quick = QUICK.map((fen) =>
    h(
      "button",
      {
        type: "button",
        class: "button small",
        "aria-label": moneyText(fen, currency),
        onclick: () => choose(fen),
      },
      amountText(fen),
    ),
  );
  const choose = (/** @type {number} */ fen) => {
    amount.input.value = typedAmount(fen);
    amount.input.focus();
    payment.update();
  };
  const complaint = () => {
    const { fen } = amount;
    const { topUpMax } = wallet.limits;
    if (!fen) return amount.wrong ? t("money.no_amount") : "";
    const tooMuch = topUpMax !== undefined && fen > topUpMax;
    return tooMuch ? t("money.at_most", { amount: moneyText(topUpMax, currency) }) : null;
  };
  const payment = paymentForm(app, {
    type: "top-up",
    conversation: "",
    content: [amount.element, h("div", { class: "top-up-quick" }, ...quick)],
    request: () => ({ amount: amount.fen }),
    complaint,
    action: t("wallet.top_up"),
    testid: "top-up-submit",
    done: (here) => {
      dialog.close();
      if (here) toast(t("wallet.topped_up", { amount: moneyText(amount.fen ?? 0, currency) }));
    },
  });
  const dialog = openDialog({
    title: t("wallet.top_up"),
    class: "narrow",
    testid: "top-up",
    content: [
      limits.sandbox !== false &&
        h(
          "p",
          { class: "wallet-note" },
          currency === "points" ? t("wallet.play_money_long") : t("wallet.sandbox_long"),
        ),
      payment.element,
    ],
    onclose: payment.stop,
  });
  payment.update();
  amount.input.focus();
}
