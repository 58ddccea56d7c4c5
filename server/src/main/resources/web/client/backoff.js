const FIRST_MS = 500;
const CAP_MS = 30_000;

/**
 * Exponential backoff with full jitter, so that many clients cut off at once do not come back at once.
 * @param {number} attempt 0 for the first retry
 * @param {() => number} [random]
 * @returns {number} milliseconds
 */
export function fullJitter(attempt, random = Math.random) {
  return Math.round(random() * Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt, 16)));
}

/**
 * What a close code asks of the client.
 * @param {number} code
 * @param {string} reason
 * @returns {{action: "reconnect", afterMs?: number} | {action: "stop", state: "signed-out" | "replaced" | "failed"}}
 */
export function onClose(code, reason) {
  switch (code) {
    case 4001:
      return { action: "stop", state: "signed-out" };
    case 4002:
      return { action: "stop", state: "replaced" };
    case 4003:
      return { action: "stop", state: "failed" };
    case 1012:
    case 1013: {
      const asked = /retry=(\d+)/.exec(reason);
      return asked ? { action: "reconnect", afterMs: Math.min(Number(asked[1]), 300_000) } : { action: "reconnect" };
    }
    default:
      return { action: "reconnect" };
  }
}
