import { Emitter } from "../../../client/emitter.js";

/**
 * Whether the current call covers the page or floats above it.
 * @extends {Emitter<{changed: null}>}
 */
class CallWindow extends Emitter {
  expanded = true;

  expand() {
    this.#set(true);
  }

  minimise() {
    this.#set(false);
  }

  /** @param {boolean} expanded */
  #set(expanded) {
    if (this.expanded === expanded) return;
    this.expanded = expanded;
    this.emit("changed", null);
  }
}

export const callWindow = new CallWindow();
