/** @import { Entry } from "../../client/types.js" */
/** @import { LogItem } from "../../store/log.js" */
/** @import { Store } from "../../store/store.js" */
/** @import { TransferState } from "./types.js" */
import { t } from "../../i18n/i18n.js";
import { nameOf } from "../../views/names.js";
import { moneyText } from "./money.js";
import { walletOf } from "./wallet.js";

/** @type {WeakMap<LogItem[], {length: number, states: Map<string, TransferState>}>} */
const known = new WeakMap();

/**
 * The outcomes of transfers in the loaded part of a log.
 * @param {LogItem[]} items
 * @returns {Map<string, TransferState>} without those that are pending
 */
export function settledTransfers(items) {
  const before = known.get(items);
  if (before?.length === items.length) return before.states;
  /** @type {Map<string, TransferState>} */
  const states = new Map();
  for (const { entry } of items) {
    if (entry.kind !== "transfer" || entry.content.change === "sent") continue;
    states.set(entry.content.transfer, entry.content.change);
  }
  known.set(items, { length: items.length, states });
  return states;
}

/** @param {Store} store @param {Entry} entry that sends money @returns {TransferState} */
export function stateOfTransfer(store, { conversation, content }) {
  const items = store.conversations.get(conversation)?.log.items ?? [];
  return settledTransfers(items).get(content.transfer) ?? "pending";
}

/** An entry of a transfer as one line. @param {Store} store @param {Entry} entry */
export function transferText(store, { sender, content, summary = "" }) {
  const amount = moneyText(content.amount, walletOf(store).currency);
  const own = sender === store.me;
  const who = nameOf(store, sender);
  switch (content.change) {
    case "sent":
      return t("transfer.line", { amount });
    case "accepted":
      return own ? t("transfer.note_accepted_you", { amount }) : t("transfer.note_accepted", { who, amount });
    case "refused":
      return own ? t("transfer.note_refused_you", { amount }) : t("transfer.note_refused", { who, amount });
    case "returned":
      return t("transfer.note_returned", { amount });
    default:
      return summary;
  }
}

/** @param {TransferState} state @param {boolean} own whether the user sent it */
export function transferStateText(state, own) {
  switch (state) {
    case "accepted":
      return t("transfer.accepted");
    case "refused":
      return t("transfer.refused");
    case "returned":
      return t("transfer.returned");
    default:
      return t(own ? "transfer.pending_own" : "transfer.pending");
  }
}
