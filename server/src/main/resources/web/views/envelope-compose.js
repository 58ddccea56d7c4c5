/** @import { App } from "../app.js" */
/** @import { EnvelopeForm, EnvelopeKind, Complaint } from "../store/envelope-form.js" */
import { newClientId } from "../hongyan.js";
import { t } from "../i18n/i18n.js";
import { complaintOf, requestOf, totalOf } from "../store/envelope-form.js";
import { amountText, moneyText } from "../text/money.js";
import { amountField } from "./amount-field.js";
import { choice } from "./choice.js";
import { field, openDialog } from "./dialog.js";
import { fill, h, icon } from "./dom.js";
import { nameOf } from "./names.js";
import { paymentForm } from "./payment.js";
import { sumView } from "./sum.js";
import { orToast } from "./toast.js";

/**
 * Where one fills a red envelope.
 * @param {App} app
 * @param {string} id of the conversation
 */
export async function composeEnvelope(app, id) {
  const { store } = app;
  const { wallet } = store;
  // A share that was opened meanwhile comes without news of the balance.
  if (app.client.state === "online") await orToast(wallet.load());
  const conversation = store.conversations.get(id);
  if (!conversation?.info) return;
  const group = conversation.isGroup;
  const before = store.unanswered("envelope.send", id)?.data;
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
    // By code points the limit is the server's; this one counts UTF-16 and only keeps the worst away.
    maxlength: wallet.limits.greetingMax * 2,
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
  const chosen = choice("envelope-kind", kinds, kind, (code) => {
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
  const complaint = () => {
    const form = filled();
    const found = complaintOf(form, wallet.limits, wallet.balance);
    if (!found) return null;
    if (found === "amount") return amount.wrong ? t("money.no_amount") : "";
    if (found === "count" && !count.input.value.trim()) return "";
    if (found === "recipient") return "";
    return complaintText(app, found);
  };
  // By the nonce the sender can tell the promise of this envelope. It has no part in the shares.
  const request = () => ({ conversation: id, nonce: newClientId(), ...requestOf(filled()) });
  const payment = paymentForm(app, {
    type: "envelope.send",
    conversation: id,
    content: [group && chosen, recipient.element, amount.element, count.element, greeting.element, paper].filter(
      (part) => part instanceof Node,
    ),
    request,
    complaint,
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
    fill(total, ...sumView(sum ?? 0, currency));
    fill(parts, partsOf(form, sum));
    payment.update();
  };
  payment.element.addEventListener("input", update);
  const stop = store.people.on("changed", recipient.update);
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

/** @param {App} app @param {Complaint} complaint */
function complaintText({ store }, complaint) {
  const { limits, currency } = store.wallet;
  switch (complaint) {
    case "count":
      return t("envelope.bad_count", { n: limits.sharesMax });
    case "each_small":
      return t("envelope.each_small", { amount: moneyText(limits.shareMin, currency) });
    case "each_large":
      return t("envelope.each_large", { amount: moneyText(limits.shareMax, currency) });
    case "greeting":
      return t("envelope.greeting_long", { n: limits.greetingMax });
    default:
      return t("error.insufficient");
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
  orToast(load());
  return { element, input, update };
}
