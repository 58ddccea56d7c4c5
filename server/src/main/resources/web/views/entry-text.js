/** @import { Entry } from "../client/types.js" */
/** @import { Store } from "../store/store.js" */
import { listed, t } from "../i18n/i18n.js";
import { nameOf } from "./names.js";

/**
 * An entry as one line of plain text, for previews, quotes, notifications and notes.
 * @param {Store} store
 * @param {Entry} entry
 */
export function previewText(store, entry) {
  if (entry.recalled) return recallText(store, entry);
  if (entry.kind === "message" && entry.content.type === "text") return oneLine(entry.content.text);
  if (entry.kind === "group") return groupText(store, entry);
  return store.features.line(store, entry) ?? entry.summary ?? "";
}

/** @param {Store} store @param {Entry} entry @param {string} [by] */
export function recallText(store, entry, by = entry.sender) {
  return by === store.me ? t("message.you_recalled") : t("message.recalled", { who: nameOf(store, by) });
}

/** @param {string} text */
export function oneLine(text) {
  return text.replace(/\s+/g, " ");
}

/** What changed in a group. @param {Store} store @param {Entry} entry */
function groupText(store, entry) {
  const { users = [], title = "" } = entry.content;
  const others = users.filter((/** @type {string} */ user) => user !== entry.sender);
  const key = groupKey(entry.content, others.length > 0);
  if (!key) return entry.summary ?? "";
  const whom = listed(others.map((/** @type {string} */ user) => (user === store.me ? t("you") : nameOf(store, user))));
  return t(entry.sender === store.me ? `${key}_you` : key, { who: nameOf(store, entry.sender), whom, title });
}

/** @param {Record<string, any>} content @param {boolean} others whether it names users besides the sender */
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
