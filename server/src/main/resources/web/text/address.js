/**
 * Decodes a part of the page's address. Anyone can write anything there, so invalid input returns null and does not
 * throw.
 * @param {string} part percent-encoded
 * @returns {string | null}
 */
export function decodeAddress(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
