/** @import { Feature } from "../../registry.js" */
import { lazy } from "../../lazy.js";
import { deletionWarning } from "./deletion-warning.js";
import en from "./i18n/en.js";
import it from "./i18n/it.js";
import zh from "./i18n/zh.js";
import icons from "./icons.js";
import { transferBubble } from "./transfer-bubble.js";
import { transferText } from "./transfers.js";
import { Wallet, walletOf } from "./wallet.js";

const page = lazy(() => import("./wallet-page.js"));
const dialogs = lazy(() => import("./transfer-dialogs.js"));

/**
 * A user's money, and transfers between two users.
 *
 * Test ids: wallet-open, wallet with wallet-balance (data-fen), top-up-open, top-up with top-up-amount, top-up-submit;
 * wallet-statement, posting (data-kind, data-fen), wallet-transfers, transfer-row (data-state), load-more, list-empty;
 * menu-transfer, transfer-compose with transfer-amount-input, transfer-note, transfer-send; in the timeline transfer
 * (data-state="pending|accepted|refused|returned") with transfer-amount, transfer-state; transfer-page with
 * transfer-sum, transfer-status, transfer-until, transfer-accept, transfer-refuse; in forms that pay payment-error,
 * payment-balance, payment-unanswered (the answer is missing) with payment-give-up; in the settings deletion-warning.
 *
 * Extension points for other features: `{postings, tabs}`, see `extensions.js`.
 * @type {Feature}
 */
export default {
  name: "wallet",
  texts: { en, zh, it },
  icons,
  styles: ["features/wallet/wallet.css"],

  store({ client, store }) {
    const wallet = new Wallet(client);
    wallet.on("changed", () => {
      store.touch("users");
      store.touch("list");
    });
    client.on("entries", ({ conversation, snapshots }) => {
      for (const { entry } of snapshots) wallet.delivered(conversation, entry);
    });
    return wallet;
  },

  entries: {
    transfer: {
      isBubble: (store, { content }) => walletOf(store).enabled && content.change === "sent",
      bubble: transferBubble,
      line: (store, entry) => (walletOf(store).enabled ? transferText(store, entry) : undefined),
    },
  },

  composerItems: [
    {
      label: "transfer.name",
      icon: "transfer",
      testid: "menu-transfer",
      available: ({ store }, id) => walletOf(store).enabled && !store.conversations.get(id)?.isGroup,
      choose: async (app, id) => (await dialogs()).composeTransfer(app, id),
    },
  ],

  routes: {
    wallet: {
      available: ({ store }) => walletOf(store).enabled,
      open: async (app) => (await page()).openWallet(app),
    },
  },

  sidebarItems: [{ label: "wallet.title", icon: "wallet", testid: "wallet-open", route: "wallet" }],

  errors: {
    "wallet.insufficient": "wallet.error_insufficient",
    "wallet.daily_limit": { text: "wallet.error_daily_limit", wait: true },
    "wallet.declined": "wallet.error_declined",
    "wallet.top_ups_limited": { text: "wallet.error_top_ups_limited", wait: true },
    "wallet.no_provider": "wallet.error_no_provider",
    "transfer.expired": "transfer.returned",
    "transfer.settled": "transfer.settled",
    "transfer.not_found": "error.not_found",
    "wallet.payment_pending": "error.unavailable",
    "key.reused": "wallet.error_paid_already",
  },

  deletionWarning,
};
