const RETRY_MS = 5_000;

/**
 * Puts the icons of `art/icons.svg` into the page, and retries until it has them. Browsers fetch an external `<use>`
 * again for each element, and show nothing while the server is down.
 */
export async function loadIcons() {
  try {
    const answer = await fetch("art/icons.svg");
    if (!answer.ok) throw new Error(`art/icons.svg: ${answer.status}`);
    addIcons(await answer.text());
  } catch {
    setTimeout(loadIcons, RETRY_MS);
  }
}

/** Puts icons into the page. @param {string} text an SVG document with a `<symbol>` for each */
export function addIcons(text) {
  const sprite = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  for (const symbol of sprite.querySelectorAll("symbol")) symbol.id = iconId(symbol.id);
  sprite.setAttribute("class", "icons");
  sprite.setAttribute("aria-hidden", "true");
  document.body.append(sprite);
}

/** The id of an icon in the page. @param {string} name of its symbol */
export function iconId(name) {
  return `icon-${name}`;
}
