import { asHongyanError } from "../client/errors.js";
import { t } from "../i18n/i18n.js";
import { ahead } from "../text/time.js";

/** @typedef {import("../i18n/i18n.js").Key} Key */

/** Reasons that a person can do something about. @type {Record<string, Key>} */
const REASONS = {
  "username.taken": "error.username_taken",
  "username.form": "auth.username_hint",
  "credentials.wrong": "error.credentials",
  "password.wrong": "error.password_wrong",
  "password.length": "auth.password_hint",
  "password.common": "error.password_common",
  "message.too_old": "error.too_old",
  "group.full": "error.group_full",
  "member.already": "new_group.already",
  "conversation.not_member": "error.not_member",
  "conversation.self": "new_chat.yourself",
  blocked: "error.blocked",
  "wallet.insufficient": "error.insufficient",
  "wallet.daily_limit": "error.daily_limit",
  "wallet.declined": "error.declined",
  "wallet.top_ups_limited": "error.top_ups_limited",
  "wallet.no_provider": "error.no_provider",
  "envelope.limit": "error.money_limit",
  "envelope.not_found": "error.envelope_gone",
  "envelope.not_recipient": "error.envelope_not_recipient",
  "envelope.own": "error.envelope_own",
  "transfer.expired": "transfer.returned",
  "transfer.settled": "transfer.settled",
  "client_id.reused": "error.paid_already",
  "key.reused": "error.paid_already",
};

/** Refusals that pass, but not in a moment. */
const PASSING = ["wallet.daily_limit", "wallet.top_ups_limited"];

/** @type {Record<string, Key>} */
const KINDS = {
  network: "error.network",
  offline: "error.network",
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
  const what = key ? t(key) : error.message;
  if (!PASSING.includes(error.reason) || error.retryAfterMs === undefined) return what;
  return t("error.again", { what, when: ahead(error.retryAfterMs) });
}
