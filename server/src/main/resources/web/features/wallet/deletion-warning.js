/** @import { App } from "../../app.js" */
/** @import { DeletionWarning } from "../../registry.js" */
/** @import { Wallet } from "./wallet.js" */
import { t } from "../../i18n/i18n.js";
import { fill, h, icon } from "../../views/dom.js";
import { moneyText } from "./money.js";
import { walletOf } from "./wallet.js";

/**
 * Warns that the money in the wallet is lost with the account.
 * @param {App} app
 * @returns {DeletionWarning}
 */
export function deletionWarning({ store }) {
  const wallet = walletOf(store);
  const element = h("p", { class: "wallet-deletion", role: "status", testid: "deletion-warning" });
  let failed = false;
  const update = () => {
    const text = warningText(wallet, failed);
    element.hidden = !text;
    fill(element, icon("wallet"), h("span", {}, text));
  };
  update();
  return {
    element,
    /** Reads the balance, which may have changed without a push. */
    async check() {
      if (!wallet.enabled) return;
      failed = await wallet.load().then(
        () => false,
        () => true,
      );
      update();
    },
    stop: wallet.on("changed", update),
  };
}

/** @param {Wallet} wallet @param {boolean} failed whether the balance could not be read */
function warningText({ balance, currency }, failed) {
  if (balance) return t("wallet.deletion", { amount: moneyText(balance, currency) });
  return failed ? t("wallet.deletion_unknown") : "";
}
