import { asHongyanError, HongyanError } from "../client/errors.js";
import { registry } from "../registry.js";
import { t } from "../i18n/i18n.js";
import { fromNow } from "../text/time.js";

/** @typedef {import("../i18n/i18n.js").Key} Key */

/** Refusals that a user can do something about; those of features are in the registry. @type {Record<string, Key>} */
const REASONS = {
  "username.taken": "error.username_taken",
  "username.form": "auth.username_hint",
  "credentials.wrong": "error.credentials",
  "password.wrong": "error.password_wrong",
  "password.length": "auth.password_hint",
  "password.common": "error.password_common",
  "message.too_old": "error.too_old",
  "group.full": "error.group_full",
  "group.too_many": "error.group_too_many",
  "member.stays": "error.member_stays",
  "member.groups": "error.member_groups",
  "members.limited": "error.members_limited",
  "member.already": "new_group.already",
  "conversation.not_member": "error.not_member",
  "conversation.self": "new_chat.yourself",
  "conversation.listen_only": "error.listen_only",
  "conversation.muted": "error.muted",
  "client_id.reused": "error.client_id_reused",
  blocked: "error.blocked",
};

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
 * What went wrong: in the user's language if the reason or the kind is known, else in the server's words.
 * @param {unknown} thrown
 */
export function errorText(thrown) {
  const error = asHongyanError(thrown);
  const known = registry.error(error.reason) ?? REASONS[error.reason] ?? KINDS[error.kind];
  const key = typeof known === "object" ? known.text : known;
  const what = key ? t(key) : error.message;
  if (typeof known !== "object" || error.retryAfterMs === undefined) return what;
  return t("error.again", { what, when: fromNow(error.retryAfterMs) });
}

/**
 * Why a message was not sent: the reason if the server refused it, else only that it was not sent.
 * @param {{kind: string, reason: string, message: string} | undefined} error of the outbox
 */
export function failureText(error) {
  const failure = error && new HongyanError(error);
  return failure?.refused ? errorText(failure) : t("message.failed");
}
