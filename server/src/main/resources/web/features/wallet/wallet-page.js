/** @import { App } from "../../app.js" */
/** @import { TabView, WalletTab } from "./extensions.js" */
import { t } from "../../i18n/i18n.js";
import { openDialog } from "../../views/dialog.js";
import { fill, h, icon } from "../../views/dom.js";
import { errorText } from "../../views/error-text.js";
import { segmentedControl } from "../../views/segmented-control.js";
import { toast, toastOnError } from "../../views/toast.js";
import { amountField } from "./amount-field.js";
import { amountView } from "./amount-view.js";
import { extraTabs } from "./extensions.js";
import { amountText, moneyText, typedAmount } from "./money.js";
import { paymentForm } from "./payment-form.js";
import { TOP_UP } from "./pending-payments.js";
import { statementView, transfersView } from "./statement.js";
import { walletOf } from "./wallet.js";

const QUICK = [1_000, 5_000, 20_000];

/**
 * The user's wallet: the balance, the statement and the transfers.
 * @param {App} app
 */
export function openWallet(app) {
  const { store, client } = app;
  const wallet = walletOf(store);
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
  /** @type {TabView | null} */
  let list = null;
  let chosen = "";
  /** @type {WalletTab[]} */
  const all = [
    { name: "statement", label: "wallet.statement", view: statementView },
    { name: "transfers", label: "wallet.transfers", view: transfersView },
    ...extraTabs(store),
  ];
  const show = async (/** @type {string} */ name) => {
    list?.stop();
    list = null;
    chosen = name;
    fill(body, h("span", { class: "spinner", role: "img", "aria-label": t("loading") }));
    const view = await all.find((tab) => tab.name === name)?.view(app);
    // The user may have chosen another tab, or closed the dialog, while this one was loading.
    if (chosen !== name || !view) return view?.stop();
    list = view;
    fill(body, view.element);
  };
  const tabs = segmentedControl(
    "wallet",
    all.map(({ name, label }) => [name, t(label)]),
    "statement",
    (name) => toastOnError(show(name)),
  );
  tabs.setAttribute("aria-label", t("wallet.title"));
  const update = () => {
    const { balance, currency } = wallet;
    topUp.disabled = client.state !== "online";
    if (balance !== null) {
      sum.dataset.fen = String(balance);
      fill(sum, ...amountView(balance, currency));
    } else fill(sum, "—");
    play.hidden = wallet.limits.sandbox === false;
    fill(play, currency === "points" ? t("wallet.play_money") : t("wallet.sandbox"));
  };
  const stops = [wallet.on("changed", update), client.on("state", update)];
  const dialog = openDialog({
    title: t("wallet.title"),
    class: "settings wallet",
    testid: "wallet",
    route: true,
    content: [card, tabs, body],
    onclose: () => {
      chosen = "";
      list?.stop();
      for (const stop of stops) stop();
    },
  });
  update();
  show("statement");
  wallet.load().then(
    () => fill(error),
    (thrown) => fill(error, errorText(thrown)),
  );
  return dialog;
}

/** @param {App} app */
function openTopUp(app) {
  const wallet = walletOf(app.store);
  const { currency, limits } = wallet;
  const before = wallet.unanswered(app.store, TOP_UP, "")?.data;
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
  const validate = () => {
    const { fen } = amount;
    const { topUpMax } = wallet.limits;
    if (!fen) return amount.wrong ? t("money.no_amount") : "";
    const tooMuch = topUpMax !== undefined && fen > topUpMax;
    return tooMuch ? t("money.at_most", { amount: moneyText(topUpMax, currency) }) : null;
  };
  const payment = paymentForm(app, {
    type: TOP_UP,
    conversation: "",
    content: [amount.element, h("div", { class: "top-up-quick" }, ...quick)],
    request: () => ({ amount: amount.fen }),
    validate,
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
