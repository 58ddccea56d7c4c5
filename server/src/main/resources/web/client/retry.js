/** @import { Connection } from "./connection.js" */
import { fullJitter } from "./backoff.js";
import { asHongyanError, HongyanError } from "./errors.js";

const ATTEMPT_MS = 10_000;

/**
 * A request that is safe to repeat: it waits for a connection and is sent again until there is an answer.
 * @param {Connection} connection
 * @param {string} type
 * @param {object} data
 * @param {number} withinMs
 * @param {() => boolean} [shouldSend] called before each attempt; false cancels the request
 * @returns {Promise<any>} the answer's data
 * @throws {HongyanError} the server's refusal, or why there was no answer in time
 */
export async function requestWithRetry(connection, type, data, withinMs, shouldSend = () => true) {
  const until = Date.now() + withinMs;
  for (let attempt = 0; ; attempt++) {
    try {
      await online(connection, until - Date.now());
      if (!shouldSend()) throw new HongyanError({ kind: "offline", reason: "client.given_up" });
      return await connection.request(type, data, Math.min(ATTEMPT_MS, Math.max(1, until - Date.now())));
    } catch (thrown) {
      const error = asHongyanError(thrown);
      const delay = error.kind === "disconnected" ? 0 : (error.retryAfterMs ?? fullJitter(attempt));
      if (error.kind === "offline" || !error.retryable || Date.now() + delay >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}

/**
 * @param {Connection} connection
 * @param {number} withinMs
 * @returns {Promise<void>}
 */
function online(connection, withinMs) {
  if (connection.state === "online") return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = (/** @type {() => void} */ outcome) => {
      clearTimeout(timer);
      off();
      outcome();
    };
    const fail = () => end(() => reject(new HongyanError({ kind: "offline", reason: "client.offline" })));
    const timer = setTimeout(fail, Math.max(0, withinMs));
    const off = connection.on("state", (state) => {
      if (state === "online") end(resolve);
      else if (!["connecting", "offline"].includes(state)) fail();
    });
  });
}
