/** @import { App } from "../../app.js" */
/** @import { EnvelopeForm, FormError } from "./envelope-form.js" */
/** @import { EnvelopeKind } from "./types.js" */
import { newClientId } from "../../hongyan.js";
import { t } from "../../i18n/i18n.js";
import { field, openDialog } from "../../views/dialog.js";
import { fill, h, icon } from "../../views/dom.js";
import { nameOf } from "../../views/names.js";
import { segmentedControl } from "../../views/segmented-control.js";
import { toastOnError } from "../../views/toast.js";
import { amountField } from "../wallet/amount-field.js";
import { amountView } from "../wallet/amount-view.js";
import { amountText, moneyText } from "../wallet/money.js";
import { paymentForm } from "../wallet/payment-form.js";
import { walletOf } from "../wallet/wallet.js";
import { formErrorOf, requestOf, totalOf } from "./envelope-form.js";
import { envelopesOf } from "./envelopes.js";

/**
 * The form that sends a red envelope.
 * @param {App} app
 * @param {string} id of the conversation
 */
export async function composeEnvelope(app, id) {
  const { store } = app;
  const wallet = walletOf(store);
  const envelopes = envelopesOf(store);
  // The push of a changed balance may have been lost.
  if (app.client.state === "online") await toastOnError(Promise.all([wallet.load(), envelopes.loadLimits()]));
  const conversation = store.conversations.get(id);
  if (!conversation?.info) return;
  const group = conversation.isGroup;
  const before = wallet.unanswered(store, "envelope.send", id)?.data;
  /** @type {EnvelopeKind} */
  let kind = before?.kind ?? (group ? "lucky" : "direct");
  const amount = amountField("", {
    currency: wallet.currency,
    testid: "envelope-amount-input",
    value: before?.amount ?? before?.amountEach,
  });
  const members = conversation.info.memberCount;
  const count = field(
    t("envelope.count"),
    {
      inputmode: "numeric",
      autocomplete: "off",
      maxlength: 4,
      value: before?.count ?? "",
      testid: "envelope-count",
      placeholder: "0",
    },
    members === undefined ? undefined : t("group.members", { n: members }),
  );
  const greeting = field(t("envelope.greeting"), {
    // The limit counts code points, this attribute UTF-16 units: it only stops what is far too long.
    maxlength: envelopes.limits.greetingMax * 2,
    dir: "auto",
    autocomplete: "off",
    placeholder: t("envelope.greeting_usual"),
    value: before?.greeting ?? "",
    testid: "envelope-greeting-input",
  });
  const recipient = recipientField(app, id, before?.recipient);
  const total = h("p", { class: "compose-total", testid: "envelope-total" });
  const parts = h("p", { class: "compose-parts", testid: "envelope-parts" });
  const preview = h("p", { class: "compose-greeting", dir: "auto" });
  const paper = h(
    "div",
    { class: "compose-paper", role: "status" },
    h("span", { class: "envelope-seal", "aria-hidden": "true" }, icon("goose")),
    preview,
    total,
    parts,
  );
  /** @type {[string, string][]} */
  const kinds = [
    ["lucky", t("envelope.lucky")],
    ["equal", t("envelope.equal")],
    ["exclusive", t("envelope.exclusive")],
  ];
  const chosen = segmentedControl("envelope-kind", kinds, kind, (code) => {
    kind = /** @type {EnvelopeKind} */ (code);
    update();
  });
  chosen.setAttribute("aria-label", t("envelope.kind"));

  /** @returns {EnvelopeForm} */
  const filled = () => ({
    kind,
    amount: amount.fen,
    count: kind === "direct" || kind === "exclusive" ? 1 : wholeNumber(count.input.value),
    greeting: greeting.input.value,
    recipient: recipient.input.value,
  });
  const validate = () => {
    const found = formErrorOf(filled(), envelopes.limits, wallet.balance);
    if (!found) return null;
    if (found === "amount") return amount.wrong ? t("money.no_amount") : "";
    if (found === "count" && !count.input.value.trim()) return "";
    if (found === "recipient") return "";
    return formErrorText(app, found);
  };
  // With the nonce the sender can recognize the commitment to this envelope. It does not influence the shares.
  const request = () => ({ conversation: id, nonce: newClientId(), ...requestOf(filled()) });
  const payment = paymentForm(app, {
    type: "envelope.send",
    conversation: id,
    content: [group && chosen, recipient.element, amount.element, count.element, greeting.element, paper].filter(
      (part) => part instanceof Node,
    ),
    request,
    validate,
    action: t("envelope.send"),
    testid: "envelope-send",
    done: () => dialog.close(),
  });
  const update = () => {
    const form = filled();
    const { currency } = wallet;
    amount.rename(
      t(kind === "equal" ? "envelope.amount_each" : kind === "lucky" ? "envelope.amount_total" : "money.amount"),
    );
    count.element.hidden = kind !== "lucky" && kind !== "equal";
    recipient.element.hidden = kind !== "exclusive";
    fill(preview, greeting.input.value.trim() || t("envelope.greeting_usual"));
    const sum = totalOf(form);
    fill(total, ...amountView(sum ?? 0, currency));
    fill(parts, partsOf(form, sum));
    payment.update();
  };
  payment.element.addEventListener("input", update);
  const stop = store.users.on("changed", recipient.update);
  const dialog = openDialog({
    title: t("envelope.compose"),
    class: "compose",
    testid: "envelope-compose",
    content: [payment.element],
    onclose: () => {
      stop();
      payment.stop();
    },
  });
  update();
  amount.input.focus();
}

/** How the total comes about. @param {EnvelopeForm} form @param {number | null} sum */
function partsOf({ kind, amount, count }, sum) {
  if (!sum || !count || !amount) return "";
  if (kind === "equal") {
    return t("envelope.parts_equal", { n: count, each: amountText(amount), total: amountText(sum) });
  }
  return kind === "lucky" ? t("envelope.parts_lucky", { n: count, each: amountText(Math.floor(sum / count)) }) : "";
}

/** @param {App} app @param {FormError} error */
function formErrorText({ store }, error) {
  const { limits } = envelopesOf(store);
  const { currency } = walletOf(store);
  switch (error) {
    case "count":
      return t("envelope.bad_count", { n: limits.sharesMax });
    case "each_small":
      return t("envelope.each_small", { amount: moneyText(limits.shareMin, currency) });
    case "each_large":
      return t("envelope.each_large", { amount: moneyText(limits.shareMax, currency) });
    case "greeting":
      return t("envelope.greeting_long", { n: limits.greetingMax });
    default:
      return t("wallet.error_insufficient");
  }
}

/** @param {string} text @returns {number | null} */
function wholeNumber(text) {
  const plain = text.normalize("NFKC").trim();
  return /^\d{1,4}$/.test(plain) ? Number(plain) : null;
}

/**
 * Who may open it.
 * @param {App} app
 * @param {string} id
 * @param {string} [before]
 */
function recipientField({ store }, id, before) {
  const input = h("select", { class: "input", testid: "envelope-recipient" });
  const element = h(
    "label",
    { class: "field" },
    h("span", { class: "label" }, t("envelope.recipient")),
    h("span", { class: "select-box" }, input, icon("down")),
  );
  /** @type {string[]} */
  let members = before ? [before] : [];
  const update = () => {
    const chosen = input.value || before || "";
    const option = (/** @type {string} */ user) => h("option", { value: user }, nameOf(store, user));
    fill(input, h("option", { value: "" }, t("envelope.choose")), ...members.map(option));
    input.value = chosen;
  };
  const load = async () => {
    if (!store.conversations.get(id)?.isGroup) return;
    members = (await store.members(id)).map(({ user }) => user).filter((user) => user !== store.me);
    update();
  };
  update();
  toastOnError(load());
  return { element, input, update };
}
