import { asHongyanError, HongyanError } from "../client/errors.js";
import { registry } from "../registry.js";
import { t } from "../i18n/i18n.js";
import { fromNow } from "../text/time.js";

/** @typedef {import("../i18n/i18n.js").Key} Key */

/**
 * The texts of all reasons that the core has; those of features are in the registry. Reasons that only a page of
 * another release can cause share one text.
 * @type {Record<string, Key>}
 */
const REASONS = {
  "username.taken": "error.username_taken",
  "username.form": "auth.username_hint",
  "credentials.wrong": "error.credentials",
  "password.wrong": "error.password_wrong",
  "password.length": "auth.password_hint",
  "password.common": "error.password_common",
  "user.unknown": "error.user_gone",
  "user.not_found": "error.user_gone",
  "message.too_old": "error.too_old",
  "message.not_own": "error.not_own",
  "message.recalled": "error.message_recalled",
  "emoji.invalid": "error.emoji",
  "reaction.exists": "error.reaction_exists",
  "reaction.absent": "error.reaction_gone",
  "reaction.too_many": "error.reaction_limit",
  "group.full": "error.group_full",
  "group.role": "error.group_role",
  "group.too_many": "error.group_too_many",
  "member.stays": "error.member_stays",
  "member.groups": "error.member_groups",
  "members.limited": "error.members_limited",
  "member.already": "new_group.already",
  "member.not_found": "error.member_gone",
  "conversation.not_member": "error.not_member",
  "conversation.self": "new_chat.yourself",
  "conversation.listen_only": "error.listen_only",
  "conversation.muted": "error.muted",
  "client_id.reused": "error.client_id_reused",
  blocked: "error.blocked",
  "entry.not_found": "error.not_found",
  "session.unknown": "error.not_found",
  "field.empty": "error.empty",
  "field.length": "error.invalid",
  "field.out_of_range": "error.invalid",
  "field.too_long": "error.too_long",
  "field.too_many": "error.too_many",
  "field.nul": "error.wrong_character",
  "field.surrogate": "error.wrong_character",
  "field.control": "error.wrong_character",
  "body.too_big": "error.size",
  draining: "error.draining",
  internal: "error.internal",
  "token.missing": "error.unauthenticated",
  "token.invalid": "error.unauthenticated",
  "token.expired": "error.unauthenticated",
  "session.revoked": "error.unauthenticated",
  "session.expired": "error.unauthenticated",
  "refresh.invalid": "error.unauthenticated",
  "refresh.reused": "error.unauthenticated",
  "refresh.busy": "error.unavailable",
  "requests.waiting": "error.unavailable",
  "node.full": "error.unavailable",
  deadline: "error.unavailable",
  "store.unavailable": "error.unavailable",
  "log.busy": "error.unavailable",
  "password.busy": "error.limited",
  "register.limited": "error.limited",
  "refresh.limited": "error.limited",
  "signin.limited": "error.limited",
  "password.limited": "error.limited",
  "lookup.limited": "error.limited",
  "answers.queued": "error.limited",
  "frames.rate": "error.limited",
  "requests.rate": "error.limited",
  "sockets.per_address": "error.limited",
  "transfers.concurrent": "error.limited",
  "changes.limited": "error.limited",
  origin: "connection.refused",
  "host.not_allowed": "connection.refused",
  "content.type": "error.request",
  "content.not_editable": "error.request",
  "entry.not_message": "error.request",
  "host.missing": "error.request",
  "upgrade.missing": "error.request",
  "upgrade.method": "error.request",
  "upgrade.version": "error.request",
  "upgrade.body": "error.request",
  "subprotocol.missing": "error.request",
  "path.malformed": "error.request",
  "route.not_found": "error.request",
  "method.unknown": "error.request",
  "body.content_type": "error.request",
  "query.not_allowed": "error.request",
  "range.unsatisfiable": "error.request",
  "request.malformed": "error.request",
  "frame.malformed": "error.request",
  "json.malformed": "error.request",
  "body.malformed": "error.request",
  "type.unknown": "error.request",
  "field.missing": "error.request",
  "field.unknown": "error.request",
  "field.type": "error.request",
  "field.duplicate": "error.request",
  "id.malformed": "error.request",
  "conversation.not_group": "error.request",
  "group.self": "error.request",
  "role.unknown": "error.request",
  "cursor.malformed": "error.request",
  "since.malformed": "error.request",
  "field.exclusive": "error.request",
  "field.value": "error.request",
};

/** A mistake in what the user entered, found by the page itself. The message is in the user's language. */
export class InputError extends Error {}

/** @type {Record<string, Key>} */
const KINDS = {
  invalid: "error.invalid",
  conflict: "error.conflict",
  internal: "error.internal",
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
 * The text of a reason, or of a kind of error if no reason is given.
 * @param {string} [reason]
 * @param {string} [kind]
 */
export const errorKey = (reason = "", kind = "") => registry.error(reason) ?? REASONS[reason] ?? KINDS[kind];

/**
 * A text about an error: in the user's language if the page found the error or its reason or kind is known, otherwise
 * the server's message.
 * @param {unknown} thrown
 */
export function errorText(thrown) {
  if (thrown instanceof InputError) return thrown.message;
  const error = asHongyanError(thrown);
  const known = errorKey(error.reason, error.kind);
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
