/**
 * Changes elements in place, so that a text selection, the focus and an open hover state survive an update.
 */

/** The current listeners of an element, by event type. @type {WeakMap<Element, Map<string, (event: any) => void>>} */
const listeners = new WeakMap();

/** What an element made by a feature depends on. @type {WeakMap<Node, unknown[]>} */
const pieces = new WeakMap();

/**
 * Adds a listener that {@link patch} can exchange for a newer one.
 * @param {Element} element
 * @param {string} type
 * @param {(event: any) => void} listener
 */
export function listen(element, type, listener) {
  const current = listeners.get(element) ?? new Map();
  listeners.set(element, current);
  if (!current.has(type)) element.addEventListener(type, (event) => current.get(type).call(element, event));
  current.set(type, listener);
}

/**
 * Marks an element that {@link patch} must not change, because its maker may keep references into it. It is kept as it
 * is while its dependencies are the same, and otherwise replaced.
 * @template {Node} N
 * @param {N} node
 * @param {unknown[]} deps
 * @returns {N}
 */
export function asPiece(node, deps) {
  pieces.set(node, deps);
  return node;
}

/**
 * Whether two lists of dependencies are the same.
 * @param {unknown[]} a
 * @param {unknown[]} b
 */
export function sameDeps(a, b) {
  return a.length === b.length && a.every((dep, i) => dep === b[i]);
}

/**
 * Makes an element look and behave like a fresh one, and changes as little as possible for it.
 * @template {Node} N
 * @param {N} present
 * @param {N} fresh is taken apart
 * @returns {N} the one that is on the page now: the fresh one if the present one could not be changed
 */
export function patch(present, fresh) {
  if (present instanceof Text && fresh instanceof Text) {
    if (present.data !== fresh.data) present.data = fresh.data;
    return present;
  }
  if (pieces.has(present) || pieces.has(fresh)) return patchPiece(present, fresh);
  if (!(present instanceof Element && fresh instanceof Element) || !alike(present, fresh) || drawsItself(fresh)) {
    /** @type {ChildNode} */ (/** @type {unknown} */ (present)).replaceWith(fresh);
    return fresh;
  }
  patchAttributes(present, fresh);
  for (const type of listeners.get(present)?.keys() ?? []) listen(present, type, () => {});
  for (const [type, listener] of listeners.get(fresh) ?? []) listen(present, type, listener);
  patchChildren(present, fresh);
  return present;
}

/**
 * Makes an element contain these children, and changes as little as possible for it.
 * @param {Element} element
 * @param {...(Node | string)} children
 */
export function patchContent(element, ...children) {
  const fresh = document.createElement("div");
  fresh.append(...children);
  patchChildren(element, fresh);
}

/**
 * A feature's element contains the message's time and ticks, which belong to the core.
 * @template {Node} N
 * @param {N} present
 * @param {N} fresh
 */
function patchPiece(present, fresh) {
  const [before, after] = [pieces.get(present), pieces.get(fresh)];
  if (before && after && sameDeps(before, after)) {
    const [meta, freshMeta] = [present, fresh].map((node) => /** @type {any} */ (node).querySelector?.(".meta"));
    if (!meta && !freshMeta) return present;
    if (meta && freshMeta) {
      patch(meta, freshMeta);
      return present;
    }
  }
  /** @type {ChildNode} */ (/** @type {unknown} */ (present)).replaceWith(fresh);
  return fresh;
}

/** An element whose text depends on the time: its drawing belongs to that one element. @param {Element} element */
function drawsItself(element) {
  return element.hasAttribute("data-live");
}

/**
 * Whether both are the same part of a row.
 * @param {Node} a
 * @param {Node} b
 */
function alike(a, b) {
  if (a.nodeName !== b.nodeName) return false;
  if (!(a instanceof Element && b instanceof Element)) return true;
  if (a.classList[0] !== b.classList[0]) return false;
  return ["data-testid", "data-emoji"].every((name) => a.getAttribute(name) === b.getAttribute(name));
}

/** @param {Element} present @param {Element} fresh */
function patchAttributes(present, fresh) {
  for (const name of present.getAttributeNames()) if (!fresh.hasAttribute(name)) present.removeAttribute(name);
  for (const name of fresh.getAttributeNames()) {
    const value = fresh.getAttribute(name) ?? "";
    if (present.getAttribute(name) === value) continue;
    // The Content-Security-Policy forbids to set the attribute itself.
    if (name === "style") /** @type {HTMLElement} */ (present).style.cssText = value;
    else present.setAttribute(name, value);
  }
}

/** @param {Element} present @param {Element} fresh */
function patchChildren(present, fresh) {
  /** @type {ChildNode | null} the first child that has not been used */
  let next = present.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let found = next;
    while (found && !alike(found, wanted)) found = found.nextSibling;
    if (!found) {
      present.insertBefore(wanted, next);
      continue;
    }
    while (next && next !== found) {
      const skipped = next;
      next = next.nextSibling;
      skipped.remove();
    }
    next = found.nextSibling;
    patch(found, wanted);
  }
  while (next) {
    const rest = next;
    next = next.nextSibling;
    rest.remove();
  }
}
