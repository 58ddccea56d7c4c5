/** @import { EnvelopeKind, EnvelopeLimits } from "./types.js" */

/**
 * What the user filled in for a red envelope.
 * @typedef {object} EnvelopeForm
 * @property {EnvelopeKind} kind
 * @property {number | null} amount in fen: of each share if `equal`, else the total; null if it is no amount
 * @property {number | null} count
 * @property {string} greeting
 * @property {string} [recipient]
 */

/** @typedef {"amount" | "count" | "each_small" | "each_large" | "greeting" | "recipient" | "balance"} FormError */

/**
 * The total in fen.
 * @param {EnvelopeForm} form
 * @returns {number | null} null while something is missing, or if it is not a safe integer
 */
export function totalOf({ kind, amount, count }) {
  if (!amount) return null;
  if (kind !== "equal") return amount;
  const total = amount * (count ?? 0);
  return total > 0 && Number.isSafeInteger(total) ? total : null;
}

/**
 * The first thing that is wrong with the form.
 * @param {EnvelopeForm} form
 * @param {EnvelopeLimits} limits
 * @param {number | null} balance null if it is not known
 * @returns {FormError | null}
 */
export function formErrorOf(form, limits, balance) {
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
 * The request for the envelope.
 * @param {EnvelopeForm} form without errors
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
