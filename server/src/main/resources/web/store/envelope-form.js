/** @import { MoneyLimits } from "../client/types.js" */

/** @typedef {"direct" | "lucky" | "equal" | "exclusive"} EnvelopeKind */

/**
 * What somebody filled in for a red envelope, and what that comes to.
 * @typedef {object} EnvelopeForm
 * @property {EnvelopeKind} kind
 * @property {number | null} amount in fen: of each share if `equal`, else the total; null if it is no amount
 * @property {number | null} count
 * @property {string} greeting
 * @property {string} [recipient]
 */

/** @typedef {"amount" | "count" | "each_small" | "each_large" | "greeting" | "recipient" | "balance"} Complaint */

/**
 * The total in fen.
 * @param {EnvelopeForm} form
 * @returns {number | null} null while something is missing, or it is more than can be counted exactly
 */
export function totalOf({ kind, amount, count }) {
  if (!amount) return null;
  if (kind !== "equal") return amount;
  const total = amount * (count ?? 0);
  return total > 0 && Number.isSafeInteger(total) ? total : null;
}

/**
 * What is wrong with it, the first thing first.
 * @param {EnvelopeForm} form
 * @param {MoneyLimits} limits
 * @param {number | null} balance null if it is not known
 * @returns {Complaint | null}
 */
export function complaintOf(form, limits, balance) {
  const { kind, amount, count, greeting, recipient } = form;
  if (!amount) return "amount";
  if (!count || !Number.isInteger(count) || count < 1 || count > limits.sharesMax) return "count";
  const each = kind === "equal" ? amount : amount / count;
  if (each < limits.shareMin) return "each_small";
  if (each > limits.shareMax) return "each_large";
  if ([...greeting].length > limits.greetingMax) return "greeting";
  if (kind === "exclusive" && !recipient) return "recipient";
  const total = totalOf(form);
  if (total === null || (balance !== null && total > balance)) return "balance";
  return null;
}

/**
 * The request for it.
 * @param {EnvelopeForm} form without complaints
 */
export function requestOf({ kind, amount, count, greeting, recipient }) {
  const written = greeting.trim();
  return {
    kind,
    ...(kind === "equal" ? { amountEach: amount } : { amount }),
    count,
    ...(written ? { greeting: written } : {}),
    ...(kind === "exclusive" ? { recipient } : {}),
  };
}
