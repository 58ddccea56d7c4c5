const FIRST_MS = 500;
const CAP_MS = 30_000;

/**
 * Exponential backoff with full jitter, so that clients that were disconnected together do not reconnect together.
 * @param {number} attempt 0 for the first retry
 * @param {() => number} [random]
 * @returns {number} milliseconds
 */
export function fullJitter(attempt, random = Math.random) {
  return Math.round(random() * Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt, 16)));
}

/**
 * What the client does after a close code.
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
      const retry = /retry=(\d+)/.exec(reason);
      return retry ? { action: "reconnect", afterMs: Math.min(Number(retry[1]), 300_000) } : { action: "reconnect" };
    }
    default:
      return { action: "reconnect" };
  }
}
