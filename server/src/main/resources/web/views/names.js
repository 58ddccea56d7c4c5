/** @import { Store } from "../store/store.js" */
/** @import { Conversation } from "../store/conversation.js" */
/** @import { Entry } from "../client/types.js" */
/** @import { EnvelopeLine } from "../store/envelope-lines.js" */
import { listed, t } from "../i18n/i18n.js";
import { moneyText } from "../text/money.js";

/** @param {Store} store @param {string | undefined} user */
export function nameOf(store, user) {
  if (!user) return "";
  const known = user === store.me ? store.client.user : store.people.get(user);
  if (known?.deleted) return t("person.deleted");
  return known?.displayName || known?.username || "…";
}

/** @param {Store} store @param {Conversation} conversation */
export function titleOf(store, conversation) {
  return conversation.isGroup ? (conversation.info?.title ?? "") : nameOf(store, conversation.peer);
}

/**
 * What an entry that is not a message says, in one line.
 * @param {Store} store
 * @param {Entry} entry
 * @returns {string}
 */
export function noteOf(store, entry) {
  if (entry.kind === "transfer" && store.wallet.enabled) return transferNote(store, entry);
  if (entry.kind !== "group") return entry.summary ?? "";
  const { users = [], title = "" } = entry.content;
  const others = users.filter((/** @type {string} */ user) => user !== entry.sender);
  const key = groupKey(entry.content, others.length > 0);
  if (!key) return entry.summary ?? "";
  const whom = listed(others.map((/** @type {string} */ user) => (user === store.me ? t("you") : nameOf(store, user))));
  return t(entry.sender === store.me ? `${key}_you` : key, { who: nameOf(store, entry.sender), whom, title });
}

/** @param {Store} store @param {Entry} entry */
function transferNote(store, { sender, content, summary = "" }) {
  const amount = moneyText(content.amount, store.wallet.currency);
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

/** @param {string} kind */
export function envelopeName(kind) {
  switch (kind) {
    case "lucky":
      return t("envelope.lucky");
    case "equal":
      return t("envelope.equal");
    case "exclusive":
      return t("envelope.exclusive");
    default:
      return t("envelope.name");
  }
}

/** @param {Store} store @param {EnvelopeLine} line */
export function openedText(store, { sender, openers, count }) {
  const [opener] = openers;
  if (count > 1) return t("envelope.line_many", { n: count });
  if (opener !== store.me) return t("envelope.line_opened", { who: nameOf(store, opener) });
  return sender === store.me ? t("envelope.line_own") : t("envelope.line_you", { who: nameOf(store, sender) });
}

/** @param {Record<string, any>} content @param {boolean} others whether it names anybody else */
function groupKey({ change, role, open }, others) {
  switch (change) {
    case "created":
      return others ? "group.created_with" : "group.created";
    case "added":
    case "removed":
    case "left":
    case "renamed":
      return /** @type {const} */ (`group.${/** @type {"added"|"removed"|"left"|"renamed"} */ (change)}`);
    case "role":
      return role === "owner" ? "group.made_owner" : role === "admin" ? "group.made_admin" : "group.made_member";
    case "history":
      return open ? "group.history_open" : "group.history_closed";
    default:
      return null;
  }
}

/** @param {Store} store @param {Entry} entry @param {string} [by] */
export function recallNote(store, entry, by = entry.sender) {
  return by === store.me ? t("message.you_recalled") : t("message.recalled", { who: nameOf(store, by) });
}

/**
 * An entry as one line of plain text, for previews and quotes.
 * @param {Store} store
 * @param {Entry} entry
 */
export function lineOf(store, entry) {
  if (entry.recalled) return recallNote(store, entry);
  if (entry.kind === "message" && entry.content.type === "text") return entry.content.text.replace(/\s+/g, " ");
  if (entry.kind === "envelope" && store.wallet.enabled) {
    return t("envelope.line", { greeting: String(entry.content.greeting).replace(/\s+/g, " ") });
  }
  return entry.kind === "group" || entry.kind === "transfer" ? noteOf(store, entry) : (entry.summary ?? "");
}
