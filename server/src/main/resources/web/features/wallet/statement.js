/** @import { App } from "../../app.js" */
/** @import { Posting, Transfer } from "./types.js" */
import { t } from "../../i18n/i18n.js";
import { lazy } from "../../lazy.js";
import { avatar } from "../../views/avatar.js";
import { h, icon } from "../../views/dom.js";
import { nameOf } from "../../views/names.js";
import { toastOnError } from "../../views/toast.js";
import { postingView } from "./extensions.js";
import { moneyText, signedText } from "./money.js";
import { pagedList, timeView } from "./paged-list.js";
import { transferStateText } from "./transfers.js";
import { walletOf } from "./wallet.js";

const dialogs = lazy(() => import("./transfer-dialogs.js"));

/**
 * All postings of the user's account, newest first.
 * @param {App} app
 */
export function statementView(app) {
  const wallet = walletOf(app.store);
  const list = pagedList({
    app,
    label: t("wallet.statement"),
    empty: t("wallet.nothing"),
    load: async (cursor) => {
      const { postings, cursor: next } = await wallet.statement(cursor);
      return { items: postings, cursor: next };
    },
    key: (posting) => posting.posting,
    who: (posting) => partnerOf(app, posting),
    row: (posting) => postingRow(app, posting),
  });
  const changed = wallet.on("changed", list.newest);
  return { element: list.element, stop: () => (changed(), list.stop()) };
}

/** The other user, or else the group. @param {App} app @param {Posting} posting */
function partnerOf({ store }, { peer, conversation = "" }) {
  return peer ? nameOf(store, peer) : (store.conversations.get(conversation)?.info?.title ?? "");
}

/** @param {App} app @param {Posting} item */
function postingRow(app, item) {
  const { posting, kind, amount, at, balance } = item;
  const { currency } = walletOf(app.store);
  const who = partnerOf(app, item);
  const { icon: symbol, label } = postingView(app.store, kind) ?? ownPosting(kind, amount);
  return h(
    "li",
    { class: "posting", testid: "posting", data: { posting, kind, fen: amount } },
    h("span", { class: `posting-icon ${amount > 0 ? "in" : "out"}`, "aria-hidden": "true" }, icon(symbol)),
    h(
      "span",
      { class: "posting-text" },
      h(
        "span",
        { class: "posting-name", dir: "auto" },
        t(label),
        who && h("bdi", { class: "posting-who" }, ` · ${who}`),
      ),
      timeView(at),
    ),
    h(
      "span",
      { class: "posting-sum" },
      h("span", { class: amount > 0 ? "posting-amount in" : "posting-amount" }, signedText(amount)),
      balance !== undefined && h("span", { class: "hint" }, moneyText(balance, currency)),
    ),
  );
}

/** @param {string} kind @param {number} amount */
function ownPosting(kind, amount) {
  switch (kind) {
    case "topup":
      return { icon: "top-up", label: "wallet.posting_topup" };
    case "transfer":
    case "transfer_accept":
      return { icon: "transfer", label: amount < 0 ? "wallet.posting_transfer_out" : "wallet.posting_transfer_in" };
    case "transfer_return":
      return { icon: "recall", label: "wallet.posting_transfer_return" };
    default:
      return { icon: "wallet", label: "wallet.posting_other" };
  }
}

/**
 * The transfers sent and received. Pending ones can be accepted here.
 * @param {App} app
 */
export function transfersView(app) {
  const { store } = app;
  const wallet = walletOf(store);
  const list = pagedList({
    app,
    label: t("wallet.transfers"),
    empty: t("wallet.no_transfers"),
    load: async (cursor) => {
      const { transfers, cursor: next } = await wallet.transfers(cursor);
      return { items: transfers, cursor: next };
    },
    key: (transfer) => transfer.transfer,
    who: ({ from, to }) => nameOf(store, from === store.me ? to : from),
    row: (transfer) => transferRow(app, transfer, () => list.newest()),
  });
  const changed = wallet.on("changed", list.newest);
  return { element: list.element, stop: () => (changed(), list.stop()) };
}

/** @param {App} app @param {Transfer} transfer @param {() => void} settled */
function transferRow(app, transfer, settled) {
  const { store } = app;
  const { from, to, amount, state, at } = transfer;
  const own = from === store.me;
  const other = own ? to : from;
  const name = nameOf(store, other);
  const waits = state === "pending" && !own;
  const open = async () => (await dialogs()).openTransfer(app, transfer, settled);
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: "posting",
        testid: "transfer-row",
        data: { transfer: transfer.transfer, state, fen: amount },
        onclick: () => toastOnError(open()),
      },
      avatar(other, name, { size: "small" }),
      h(
        "span",
        { class: "posting-text" },
        h("span", { class: "posting-name", dir: "auto" }, t(own ? "transfer.to" : "transfer.from", { who: name })),
        timeView(at),
      ),
      h(
        "span",
        { class: "posting-sum" },
        h("span", { class: own ? "posting-amount" : "posting-amount in" }, signedText(own ? -amount : amount)),
        h("span", { class: waits ? "posting-waits" : "hint" }, transferStateText(state, own)),
      ),
    ),
  );
}
