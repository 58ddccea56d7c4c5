/** @import { EnvelopeView } from "./types.js" */

const WORDS = 2 ** 32;
const WORD_BYTES = 4;
const SEED = /^[0-9a-f]{64}$/;
/**
 * The parameters of a split. Those of version 2 have an explicit end: in version 1 the first digits of a nonce could be
 * read as the last ones of `max`.
 */
const PARAMETERS = [
  /^hongyan-split-1 (lucky|equal) total=(\d+) count=(\d+) min=1 max=(\d+)$/,
  /^hongyan-split-2 (lucky|equal) total=(\d+) count=(\d+) min=1 max=(\d+) nonce=$/,
];

/**
 * The commitment that is published when an envelope is sent: the SHA-256 of the concatenated seed (32 bytes),
 * parameters and nonce of the sender (both UTF-8).
 * @param {{seed: string, parameters: string, nonce?: string}} proof the seed in hexadecimal
 * @returns {Promise<string>} in hexadecimal
 */
export async function commitmentOf({ seed, parameters, nonce = "" }) {
  const text = new TextEncoder().encode(parameters + nonce);
  const digest = await sha256(bytes(seed), text);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The amounts that a seed determines: each is uniform from 1 to twice the mean of the rest minus 1; then all are
 * shuffled.
 * @param {{seed: string, parameters: string}} proof
 * @returns {Promise<number[] | null>} in fen; null for parameters of an unknown version
 */
export async function sharesOf({ seed, parameters }) {
  const match = PARAMETERS.map((version) => version.exec(parameters)).find(Boolean);
  // With a seed of another length, the end of the seed would be ambiguous, too.
  if (!match || !SEED.test(seed)) return null;
  const [total, count, max] = match.slice(2).map(Number);
  if (match[1] === "equal") return Array.from({ length: count }, () => max);
  const below = draws(bytes(seed));
  const shares = [];
  let left = total;
  for (let others = count - 1; others > 0; others--) {
    const min = Math.max(1, left - others * max);
    const twice = Math.floor((2 * left) / (others + 1)) - 1;
    const highest = Math.max(min, Math.min(twice, max, left - others));
    const share = min + (await below(highest - min + 1));
    shares.push(share);
    left -= share;
  }
  shares.push(left);
  for (let i = count - 1; i > 0; i--) {
    const j = await below(i + 1);
    [shares[i], shares[j]] = [shares[j], shares[i]];
  }
  return shares;
}

/**
 * Whether the amounts of an envelope are those that were committed to when it was sent.
 * @param {EnvelopeView} view of a closed envelope
 * @param {string} commitment the one that was published then
 */
export async function isValidSplit({ proof, total, count, openers }, commitment) {
  if (!proof || (await commitmentOf(proof)) !== commitment) return false;
  const shares = await sharesOf(proof);
  if (!shares || shares.length !== count || shares.some((share, i) => share !== proof.shares[i])) return false;
  if (shares.reduce((sum, share) => sum + share, 0) !== total) return false;
  // The order of opening may differ from the order of shares, but each opener got one of them.
  const rest = [...shares];
  return openers.every(({ amount }) => {
    const at = rest.indexOf(amount);
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

/**
 * Random numbers from a seed: words of 32 bits from SHA-256(seed, 0), SHA-256(seed, 1), … with the counter
 * as 32 bits, all of them big-endian.
 * @param {Uint8Array<ArrayBuffer>} seed
 * @returns {(bound: number) => Promise<number>} uniform below the bound
 */
function draws(seed) {
  let block = 0;
  let words = new DataView(new ArrayBuffer(0));
  let at = 0;
  const next = async () => {
    if (at === words.byteLength) {
      const counter = new DataView(new ArrayBuffer(WORD_BYTES));
      counter.setUint32(0, block++);
      words = new DataView((await sha256(seed, new Uint8Array(counter.buffer))).buffer);
      at = 0;
    }
    at += WORD_BYTES;
    return words.getUint32(at - WORD_BYTES);
  };
  return async (bound) => {
    // Words beyond the last multiple of the bound are skipped: they would favour small numbers.
    const fair = WORDS - (WORDS % bound);
    let word = await next();
    while (word >= fair) word = await next();
    return word % bound;
  };
}

/** @param {Uint8Array} head @param {Uint8Array} tail */
async function sha256(head, tail) {
  const all = new Uint8Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}

/** @param {string} text in hexadecimal */
function bytes(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
