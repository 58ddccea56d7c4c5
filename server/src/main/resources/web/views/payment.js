/** @import { App } from "../app.js" */
/** @import { Intent } from "../store/intents.js" */
import { asHongyanError } from "../client/errors.js";
import { newClientId } from "../hongyan.js";
import { t } from "../i18n/i18n.js";
import { moneyText } from "../text/money.js";
import { confirm, form } from "./dialog.js";
import { fill, h, icon } from "./dom.js";
import { problem } from "./problems.js";
import { toast } from "./toast.js";

/**
 * A form that pays once: when the answer is lost, it keeps what was asked for, unchanged, until there is one; also when
 * it is closed and opened again.
 * @param {App} app
 * @param {object} options
 * @param {Intent["type"]} options.type
 * @param {string} options.conversation
 * @param {Node[]} options.content
 * @param {() => Record<string, any>} options.request
 * @param {() => string | null} options.complaint what is wrong, `""` if something is just not there yet
 * @param {string} options.action
 * @param {string} options.testid
 * @param {(here: boolean) => void} options.done called once: it was answered here, or else elsewhere
 */
export function paymentForm(app, { type, conversation, content, request, complaint, action, testid, done }) {
  const { client, store } = app;
  const { wallet } = store;
  let kept = store.unanswered(type, conversation);
  let over = false;
  let paying = false;
  const wrong = h("p", { class: "form-error", role: "alert", testid: "money-complaint" });
  const balance = h("p", { class: "hint money-balance", testid: "money-balance" });
  const fields = h("fieldset", { class: "money-fields" }, ...content);
  const lost = h(
    "div",
    { class: "money-lost", testid: "money-lost" },
    icon("clock"),
    h(
      "div",
      {},
      h("p", {}, t("money.unanswered")),
      h(
        "button",
        { type: "button", class: "link", testid: "money-give-up", onclick: () => giveUp() },
        t("money.give_up"),
      ),
    ),
  );
  const submit = async () => {
    /** @type {Intent} */
    const intent = kept ?? { type, conversation, data: { ...request(), clientId: newClientId() } };
    paying = true;
    update();
    try {
      await wallet.pay(intent);
      finish(true);
    } catch (thrown) {
      kept = wallet.intents.get(type, conversation);
      // The log has shown it meanwhile, or it was given up in another form, and this one is gone.
      if (asHongyanError(thrown).reason === "client.given_up") return finish(false);
      if (!element.isConnected) toast(problem(thrown));
      // What is not known is told in its own place.
      if (!kept) throw thrown;
    } finally {
      paying = false;
    }
  };
  const finish = (/** @type {boolean} */ here) => {
    if (!over) done(here);
    over = true;
  };
  const giveUp = async () => {
    const text = t(type === "top-up" ? "wallet.give_up_question" : "money.give_up_question");
    const question = { title: t("money.give_up"), text, action: t("action.give_up") };
    if (!kept || !(await confirm(question))) return;
    wallet.intents.forget(kept);
    kept = null;
    update();
  };
  const element = form({ content: [fields, balance, wrong, lost], action, submit, after: () => update(), testid });
  const button = /** @type {HTMLButtonElement} */ (element.querySelector(":scope > .button"));
  const update = () => {
    const complains = kept || paying ? null : complaint();
    const offline = client.state !== "online";
    fields.disabled = paying || kept !== null;
    lost.hidden = kept === null;
    fill(wrong, offline ? t(paying ? "money.on_its_way" : "money.offline") : complains);
    button.disabled = paying || offline || complains !== null;
    fill(button, kept ? t("action.retry") : action);
    balance.hidden = wallet.balance === null;
    if (wallet.balance !== null)
      fill(balance, t("money.balance", { amount: moneyText(wallet.balance, wallet.currency) }));
  };
  element.addEventListener("input", update);
  // The log may tell what the answer did not, and the answer may have come to a form that was here before.
  const arrived = () => {
    if ((kept || paying) && !store.unanswered(type, conversation)) finish(false);
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
