/** @import { EnvelopeProof } from "./types.js" */

/**
 * Whether the split of a red envelope is the one that was promised when it was sent: the promise is the SHA-256 of the
 * seed (32 bytes), the parameters and the sender's nonce (both UTF-8), one after the other.
 * @param {EnvelopeProof} proof what was revealed at the end
 * @returns {Promise<string>} the hash in hexadecimal
 */
export async function commitmentOf({ seed, parameters, nonce = "" }) {
  const words = new TextEncoder().encode(parameters + nonce);
  const secret = bytes(seed);
  const all = new Uint8Array(secret.length + words.length);
  all.set(secret);
  all.set(words, secret.length);
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", all)));
}

/** @param {string} text @returns {Uint8Array} */
function bytes(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {Uint8Array} data */
function hex(data) {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
