/**
 * Puts the drawings of `art/icons.svg` into the page. What an element takes from another file is asked for each time that
 * it is drawn, and is missing while the server is away.
 */
export async function loadIcons() {
  const answer = await fetch("art/icons.svg");
  const sprite = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  for (const symbol of sprite.querySelectorAll("symbol")) symbol.id = iconId(symbol.id);
  sprite.setAttribute("class", "icons");
  sprite.setAttribute("aria-hidden", "true");
  document.body.append(sprite);
}

/** Where in the page a drawing is. @param {string} name as in `art/icons.svg` */
export function iconId(name) {
  return `icon-${name}`;
}
