/** @import { App } from "../../../app.js" */
/** @import { Call } from "../client/call.js" */
import { openLayer } from "../../../views/layers.js";
import { callScreen } from "./call-screen.js";
import { callWindow } from "./call-window.js";
import { miniView } from "./mini-view.js";

/**
 * The current call, which covers the page or floats above it as picture-in-picture. Back, Escape and the button
 * minimise it.
 * @param {App} app
 * @param {Call} call
 * @param {{element: HTMLElement, float: HTMLElement}} places
 */
export function createCallView(app, call, { element, float }) {
  const screen = callScreen(app, call);
  const mini = miniView(app, call, screen.stage);
  element.append(screen.element);
  float.append(mini.element);
  /** The element that had the focus before the call covered the page. @type {Element | null} */
  let before = null;
  /** @type {import("../../../views/layers.js").Layer | null} */
  let layer = null;

  const show = () => {
    const { expanded } = callWindow;
    screen.element.hidden = !expanded;
    mini.element.hidden = expanded;
    app.root.inert = expanded;
    mini.update();
    if (expanded && !layer) {
      before = document.activeElement;
      layer = openLayer(() => callWindow.minimise());
      screen.element.focus({ preventScroll: true });
      screen.stage.draw();
    } else if (!expanded && layer) {
      layer.closed();
      layer = null;
      refocus();
    }
  };
  const refocus = () => {
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  };
  const stop = callWindow.on("changed", show);
  show();
  return {
    stop() {
      stop();
      layer?.closed();
      app.root.inert = false;
      screen.stop();
      mini.stop();
      screen.element.remove();
      mini.element.remove();
      if (callWindow.expanded) refocus();
    },
  };
}
