/**
 * The short authentication string: five symbols that two users read to each other, to be sure that no server in the
 * middle decrypts their call. They are derived from the fingerprints of both certificates and from random bytes of both
 * sides. The offerer commits to its random bytes before it knows the answerer's, so that an attacker cannot search for
 * certificates that lead to the same symbols.
 *
 * Each hashed field is preceded by its length, a 32-bit big-endian number. Strings are UTF-8.
 *
 * @import { CallSymbol } from "./symbols.js"
 */
import { symbols } from "./symbols.js";

const COMMIT_LABEL = "hongyan-sas-commit-1";
const CODE_LABEL = "hongyan-sas-1";
const RANDOM_BYTES = 32;
const CODE_SYMBOLS = 5;
const SYMBOL_BITS = 6;

/**
 * A pair of participants and what it is bound to.
 * @typedef {object} SasPair
 * @property {string} call
 * @property {string} offerer the participant who offers
 * @property {string} answerer
 * @property {string} offererUser
 * @property {string} answererUser
 */

/** The random bytes of one side. @returns {Uint8Array<ArrayBuffer>} */
export function randomBytes() {
  return crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
}

/**
 * The fingerprint of the certificate in a session description. Browsers repeat it in every section.
 * @param {string} sdp
 * @returns {Uint8Array<ArrayBuffer>} 32 bytes
 * @throws {Error} unless it has exactly one fingerprint, and that is a SHA-256
 */
export function fingerprintOf(sdp) {
  const all = new Set([...sdp.matchAll(/^a=fingerprint:(.*)$/gim)].map(([, value]) => value.trim().toLowerCase()));
  const [value] = all;
  const match = all.size === 1 && /^sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/.exec(value);
  if (!match) throw new Error(`expected one SHA-256 fingerprint, found ${[...all].join(", ") || "none"}`);
  return Uint8Array.from(match[1].split(":"), (hex) => parseInt(hex, 16));
}

/**
 * The commitment of the offering side.
 * @param {SasPair} pair
 * @param {Uint8Array} fingerprint of the offerer's certificate
 * @param {Uint8Array} random of the offerer
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function commitment({ call, offerer, answerer }, fingerprint, random) {
  const input = fields(COMMIT_LABEL, call, offerer, answerer, fingerprint, random);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", input));
}

/**
 * Whether the revealed bytes match the offerer's commitment, for the certificate in use.
 * @param {SasPair} pair
 * @param {Uint8Array} fingerprint of the offerer's certificate in the connection
 * @param {Uint8Array} random as revealed
 * @param {Uint8Array} committed
 */
export async function keepsCommitment(pair, fingerprint, random, committed) {
  if (random.length !== RANDOM_BYTES) return false;
  const expected = await commitment(pair, fingerprint, random);
  return expected.length === committed.length && expected.every((byte, i) => byte === committed[i]);
}

/**
 * The code that both users see.
 * @param {SasPair} pair
 * @param {{offerer: Uint8Array, answerer: Uint8Array}} fingerprints
 * @param {{offerer: Uint8Array, answerer: Uint8Array}} randoms
 * @returns {Promise<CallSymbol[]>} five symbols
 */
export async function code({ call, offerer, answerer, offererUser, answererUser }, fingerprints, randoms) {
  const key = await crypto.subtle.importKey("raw", joined([randoms.offerer, randoms.answerer]), "HKDF", false, [
    "deriveBits",
  ]);
  const bound = [call, offerer, answerer, offererUser, answererUser, fingerprints.offerer, fingerprints.answerer];
  const info = fields(CODE_LABEL, ...bound);
  const derived = await crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
    key,
    32,
  );
  const bits = new DataView(derived).getUint32(0);
  // The first bits of the output: the top six are the first symbol, and two bits remain unused.
  return Array.from({ length: CODE_SYMBOLS }, (_, i) => symbols[(bits >>> (32 - SYMBOL_BITS * (i + 1))) & 63]);
}

/** @param {...(string | Uint8Array)} values */
function fields(...values) {
  return joined(
    values.flatMap((value) => {
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, bytes.length);
      return [length, bytes];
    }),
  );
}

/** @param {Uint8Array[]} parts @returns {Uint8Array<ArrayBuffer>} */
function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** @param {string | undefined} text @returns {Uint8Array<ArrayBuffer>} empty if it is not base64 */
export function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text ?? ""), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
