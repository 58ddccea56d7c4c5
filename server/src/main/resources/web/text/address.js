/**
 * Decodes a part of the page's address. Anyone can write anything there: what is not valid is null, not an error.
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
