/** @import { App } from "../app.js" */
/** @import { Wallet } from "../store/wallet.js" */
import { t } from "../i18n/i18n.js";
import { moneyText } from "../text/money.js";
import { field, form } from "./dialog.js";
import { fill, h, icon } from "./dom.js";
import { toast } from "./toast.js";

/** @param {App} app */
export function passwordForm({ client }) {
  const old = field(t("password.old"), {
    type: "password",
    required: true,
    autocomplete: "current-password",
    maxlength: 256,
    testid: "password-old",
  });
  const next = field(
    t("password.new"),
    {
      type: "password",
      required: true,
      autocomplete: "new-password",
      minlength: 8,
      maxlength: 256,
      testid: "password-new",
    },
    t("password.hint"),
  );
  const submit = async () => {
    await client.http("POST", "me/password", { oldPassword: old.input.value, newPassword: next.input.value });
    old.input.value = next.input.value = "";
    toast(t("password.changed"));
  };
  return form({
    content: [old.element, next.element],
    action: t("settings.password"),
    submit,
    testid: "password-submit",
  });
}

/**
 * Deleting asks for a typed word as well as the password: neither a slip nor an open screen is enough.
 * @param {App} app
 */
export function deleteForm(app) {
  const { client, store } = app;
  const { wallet } = store;
  const username = client.user?.username ?? "";
  const word = field(t("delete.word", { username }), {
    required: true,
    autocomplete: "off",
    autocapitalize: "none",
    testid: "delete-word",
  });
  const password = field(
    t("auth.password"),
    { type: "password", required: true, autocomplete: "current-password", maxlength: 256, testid: "delete-password" },
    t("delete.hint"),
  );
  const loss = h("p", { class: "delete-loss", role: "status", testid: "delete-loss" });
  let unseen = false;
  const update = () => {
    const text = lossText(wallet, unseen);
    loss.hidden = !text;
    fill(loss, icon("wallet"), h("span", {}, text));
  };
  /** Sees what is in the wallet now: it may have changed without news. */
  const look = async () => {
    if (!wallet.enabled) return;
    unseen = await wallet.load().then(
      () => false,
      () => true,
    );
    update();
  };
  const submit = async () => {
    if (word.input.value.trim().toLowerCase() !== username.toLowerCase()) throw new Error(t("delete.word_wrong"));
    await client.http("DELETE", "me", { password: password.input.value });
    app.forget();
    toast(t("delete.done"));
  };
  const element = form({
    content: [loss, word.element, password.element],
    action: t("settings.delete"),
    submit,
    testid: "delete-submit",
    danger: true,
  });
  update();
  return { element, look, stop: wallet.on("changed", update) };
}

/**
 * What is lost with the account.
 * @param {Wallet} wallet
 * @param {boolean} unseen whether the server could not be asked
 */
function lossText({ balance, currency }, unseen) {
  if (balance) return t("delete.loss", { amount: moneyText(balance, currency) });
  return unseen ? t("delete.loss_unseen") : "";
}
