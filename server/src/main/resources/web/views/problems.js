import { asHongyanError } from "../client/errors.js";
import { t } from "../i18n/i18n.js";

/** @typedef {import("../i18n/i18n.js").Key} Key */

/** Reasons that a person can do something about. @type {Record<string, Key>} */
const REASONS = {
  "account.username_taken": "error.username_taken",
  "session.credentials": "error.credentials",
  "account.password_wrong": "error.password_wrong",
  "message.recall_late": "error.recall_late",
  "group.owner_leaves": "error.owner_leaves",
  "group.full": "error.group_full",
  "conversation.not_member": "error.not_member",
  blocked: "error.blocked",
};

/** @type {Record<string, Key>} */
const KINDS = {
  network: "error.network",
  disconnected: "error.network",
  timeout: "error.network",
  unavailable: "error.unavailable",
  limited: "error.limited",
  forbidden: "error.forbidden",
  not_found: "error.not_found",
  unauthenticated: "error.unauthenticated",
};

/**
 * What went wrong, in the person's language where we know the reason, else in the server's words.
 * @param {unknown} thrown
 */
export function problem(thrown) {
  const error = asHongyanError(thrown);
  const key = REASONS[error.reason] ?? KINDS[error.kind];
  return key ? t(key) : error.message;
}
