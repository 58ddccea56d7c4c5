/**
 * The layers that cover the page, such as menus and dialogs. Each is an entry of the browser's history, so that Back
 * closes the top layer only.
 *
 * `history.state.layers` counts the layers that belong to an entry. Moving through the history takes time, so every
 * move waits for the one before.
 *
 * @typedef {object} Layer
 * @property {() => void} closed to be called when the layer has closed, for whatever reason
 */

/** How long a browser may take to move. Usually it takes a few milliseconds. */
const MOVE_MS = 1_000;

/** @type {{close: () => void}[]} the open layers, the top one last */
const stack = [];
/** The deadline of the move that is in progress. @type {ReturnType<typeof setTimeout> | undefined} */
let moving;
/** @type {(() => void)[]} what waits for the end of a move */
const waiting = [];

/**
 * Opens a layer.
 * @param {() => void} close called when the user goes back, or to another place
 * @returns {Layer}
 */
export function openLayer(close) {
  const layer = { close };
  stack.push(layer);
  queueMicrotask(reconcile);
  return {
    closed() {
      const at = stack.indexOf(layer);
      if (at < 0) return;
      stack.splice(at, 1);
      // Later, because a menu often closes in favour of a dialog, which then takes over its entry.
      queueMicrotask(reconcile);
    },
  };
}

/**
 * Closes all layers and then changes the history, as soon as no move is in progress.
 * @param {() => void} change
 */
export function changeHistory(change) {
  for (const layer of stack.splice(0).reverse()) layer.close();
  waiting.push(change);
  reconcile();
}

/** Goes back by one entry. Call it from {@link changeHistory}. */
export function goBack() {
  move(-1);
}

/** @param {number} entries */
function move(entries) {
  moving = setTimeout(() => {
    // The browser did not move: the entry becomes the page's own.
    history.replaceState({ ...history.state, layers: 0 }, "");
    settle();
  }, MOVE_MS);
  history.go(entries);
}

function settle() {
  clearTimeout(moving);
  moving = undefined;
  reconcile();
}

/** Adds or leaves entries until there is one for each open layer. */
function reconcile() {
  if (moving) return;
  const entries = history.state?.layers ?? 0;
  // A change has closed all layers. Those that opened since then belong to where it leads.
  const wanted = waiting.length ? 0 : stack.length;
  if (entries > wanted) return move(wanted - entries);
  const change = waiting.shift();
  if (change) {
    change();
    return reconcile();
  }
  for (let layers = entries + 1; layers <= wanted; layers++) {
    history.pushState({ ...history.state, layers }, "");
  }
}

function onPopState() {
  const layers = history.state?.layers ?? 0;
  // A layer that opened while the page itself was moving gets its entry now.
  if (!moving) for (const layer of stack.splice(layers).reverse()) layer.close();
  settle();
}

// Node.js has no history: tests import views there.
if (globalThis.history) {
  addEventListener("popstate", onPopState);
  // The page was loaded again while a layer was open.
  reconcile();
}
