const AGAIN_MS = 5_000;

/**
 * Puts the drawings of `art/icons.svg` into the page. What an element takes from another file is asked for each time that
 * it is drawn, and is missing while the server is away. Tries until it has them.
 */
export async function loadIcons() {
  try {
    const answer = await fetch("art/icons.svg");
    if (!answer.ok) throw new Error(`the drawings: ${answer.status}`);
    insert(await answer.text());
  } catch {
    setTimeout(loadIcons, AGAIN_MS);
  }
}

/** @param {string} text */
function insert(text) {
  const sprite = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  for (const symbol of sprite.querySelectorAll("symbol")) symbol.id = iconId(symbol.id);
  sprite.setAttribute("class", "icons");
  sprite.setAttribute("aria-hidden", "true");
  document.body.append(sprite);
}

/** Where in the page a drawing is. @param {string} name as in `art/icons.svg` */
export function iconId(name) {
  return `icon-${name}`;
}
