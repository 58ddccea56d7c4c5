/** @import { Store } from "../store/store.js" */
/** @import { Conversation } from "../store/conversation.js" */
import { t } from "../i18n/i18n.js";

/** @param {Store} store @param {string | undefined} user */
export function nameOf(store, user) {
  if (!user) return "";
  const known = user === store.me ? store.client.user : store.users.get(user);
  if (known?.deleted) return t("user.deleted");
  return known?.displayName || known?.username || "…";
}

/** @param {Store} store @param {Conversation} conversation */
export function titleOf(store, conversation) {
  return conversation.isGroup ? (conversation.info?.title ?? "") : nameOf(store, conversation.peer);
}
