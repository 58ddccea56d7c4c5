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

/** @type {{close: () => void}[]} the open layers, the top one last */
const stack = [];
/** Whether the page itself is moving through the history. */
let moving = false;
/** @type {(() => void)[]} what waits for the end of a move */
const waiting = [];

/**
 * Opens a layer.
 * @param {() => void} close called when the user goes back
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

/** Runs a change of the history as soon as no other is in progress. @param {() => void} task */
export function whenSettled(task) {
  reconcile();
  if (moving) waiting.push(task);
  else task();
}

/** Goes back by one entry. Call it from {@link whenSettled}. */
export function goBack() {
  move(-1);
}

/** @param {number} entries */
function move(entries) {
  moving = true;
  history.go(entries);
}

/** Adds or leaves entries until there is one for each open layer. */
function reconcile() {
  if (moving) return;
  const entries = history.state?.layers ?? 0;
  if (entries > stack.length) return move(stack.length - entries);
  for (let layers = entries + 1; layers <= stack.length; layers++) {
    history.pushState({ ...history.state, layers }, "");
  }
}

function onPopState() {
  if (moving) {
    moving = false;
  } else {
    const layers = history.state?.layers ?? 0;
    while (stack.length > layers) stack.pop()?.close();
  }
  reconcile();
  while (!moving && waiting.length) waiting.shift()?.();
}

// Node.js has no history: tests import views there.
if (globalThis.history) {
  addEventListener("popstate", onPopState);
  // The page was loaded again while a layer was open.
  reconcile();
}
