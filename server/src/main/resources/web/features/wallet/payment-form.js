/** @import { App } from "../../app.js" */
/** @import { PendingPayment } from "./pending-payments.js" */
import { asHongyanError, HongyanError } from "../../client/errors.js";
import { newClientId } from "../../hongyan.js";
import { t } from "../../i18n/i18n.js";
import { confirm, form } from "../../views/dialog.js";
import { fill, h, icon } from "../../views/dom.js";
import { errorText } from "../../views/error-text.js";
import { toast } from "../../views/toast.js";
import { moneyText } from "./money.js";
import { TOP_UP } from "./pending-payments.js";
import { walletOf } from "./wallet.js";

/**
 * A form that pays once: when the answer is lost, it keeps the request unchanged until there is one, also when the form
 * is closed and opened again.
 * @param {App} app
 * @param {object} options
 * @param {string} options.type
 * @param {string} options.conversation
 * @param {Node[]} options.content
 * @param {() => Record<string, any>} options.request
 * @param {() => string | null} options.validate what is wrong, `""` if something is just missing, null if nothing is
 * @param {string} options.action
 * @param {string} options.testid
 * @param {(here: boolean) => void} options.done called once, when the payment was answered: here, or elsewhere
 */
export function paymentForm(app, { type, conversation, content, request, validate, action, testid, done }) {
  const { client, store } = app;
  const wallet = walletOf(store);
  let kept = wallet.unanswered(store, type, conversation);
  let over = false;
  let paying = false;
  const wrong = h("p", { class: "form-error", role: "alert", testid: "payment-error" });
  const balance = h("p", { class: "hint money-balance", testid: "payment-balance" });
  const fields = h("fieldset", { class: "money-fields" }, ...content);
  const lost = h(
    "div",
    { class: "money-lost", testid: "payment-unanswered" },
    icon("clock"),
    h(
      "div",
      {},
      h("p", {}, t("money.unanswered")),
      h(
        "button",
        { type: "button", class: "link", testid: "payment-give-up", onclick: () => giveUp() },
        t("money.give_up"),
      ),
    ),
  );
  const submit = async () => {
    /** @type {PendingPayment} */
    const payment = kept ?? { type, conversation, data: { ...request(), clientId: newClientId() } };
    paying = true;
    update();
    try {
      await wallet.pay(payment);
      finish(true);
    } catch (thrown) {
      kept = wallet.pending.get(type, conversation);
      // The log showed its entry, or it was given up in another form.
      if (asHongyanError(thrown).reason === "client.given_up") return finish(false);
      const error = paymentError(thrown);
      if (!element.isConnected) toast(errorText(error));
      // A missing answer is shown below the form, not as an error.
      if (!kept) throw error;
    } finally {
      paying = false;
    }
  };
  const finish = (/** @type {boolean} */ here) => {
    if (!over) done(here);
    over = true;
  };
  const giveUp = async () => {
    const text = t(type === TOP_UP ? "wallet.give_up_question" : "money.give_up_question");
    const question = { title: t("money.give_up"), text, action: t("action.give_up") };
    if (!kept || !(await confirm(question))) return;
    wallet.pending.remove(kept);
    kept = null;
    update();
  };
  const element = form({ content: [fields, balance, wrong, lost], action, submit, after: () => update(), testid });
  const button = /** @type {HTMLButtonElement} */ (element.querySelector(":scope > .button"));
  const update = () => {
    const invalid = kept || paying ? null : validate();
    const offline = client.state !== "online";
    fields.disabled = paying || kept !== null;
    lost.hidden = kept === null;
    fill(wrong, offline ? t(paying ? "money.on_its_way" : "money.offline") : invalid);
    button.disabled = paying || offline || invalid !== null;
    fill(button, kept ? t("action.retry") : action);
    balance.hidden = wallet.balance === null;
    if (wallet.balance !== null)
      fill(balance, t("money.balance", { amount: moneyText(wallet.balance, wallet.currency) }));
  };
  element.addEventListener("input", update);
  // Its entry may arrive without the answer, or the answer may have come to an earlier form.
  const arrived = () => {
    if ((kept || paying) && !wallet.unanswered(store, type, conversation)) finish(false);
  };
  const changed = () => {
    arrived();
    update();
  };
  const stops = [client.on("state", update), wallet.on("changed", changed), store.on("entries", arrived)];
  return {
    element,
    update,
    stop: () => stops.forEach((end) => end()),
  };
}

/**
 * A reused client id means that the payment was made before; the core's text for it is more general.
 * @param {unknown} thrown
 */
export function paymentError(thrown) {
  const error = asHongyanError(thrown);
  if (error.reason !== "client_id.reused") return error;
  return new HongyanError({ kind: error.kind, reason: "key.reused", message: error.message });
}
