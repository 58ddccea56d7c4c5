const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * A new id that makes a request safe to repeat: time first, then 80 random bits, in Crockford's base32.
 * @returns {string} 26 characters
 */
export function newClientId() {
  let time = Date.now();
  let head = "";
  for (let i = 0; i < 10; i++) {
    head = ALPHABET[time % 32] + head;
    time = Math.floor(time / 32);
  }
  const random = crypto.getRandomValues(new Uint8Array(16));
  return head + Array.from(random, (byte) => ALPHABET[byte % 32]).join("");
}
