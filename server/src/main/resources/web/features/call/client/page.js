import { ScreenLock } from "../../../client/screen-lock.js";

/**
 * Connects a call to its page: visibility, network changes, closing, and a wake lock for the screen. Without a page (as
 * in tests), it does nothing.
 */
export class PageWatch {
  /** @type {(() => void)[]} */
  #off = [];
  #lock;

  /**
   * @param {object} handlers
   * @param {() => void} handlers.visible the page is visible again
   * @param {() => void} handlers.network the device is online again, or has another network
   * @param {() => void} handlers.leaving the page is closed for good: what it sends now may still arrive
   * @param {typeof globalThis} [scope]
   */
  constructor({ visible, network, leaving }, scope = globalThis) {
    const { document, navigator } = scope;
    this.#listen(document, "visibilitychange", () => {
      if (document.visibilityState === "visible") visible();
    });
    this.#listen(scope, "online", network);
    const { connection } = /** @type {{connection?: EventTarget}} */ (navigator ?? {});
    this.#listen(connection, "change", network);
    // A page in the back/forward cache may return, so the server waits for it.
    this.#listen(scope, "pagehide", (event) => {
      if (!(/** @type {PageTransitionEvent} */ (event).persisted)) leaving();
    });
    this.#lock = new ScreenLock(scope);
  }

  close() {
    for (const off of this.#off) off();
    this.#lock.close();
  }

  /** @param {EventTarget | undefined} target @param {string} type @param {(event: Event) => void} handler */
  #listen(target, type, handler) {
    if (!target?.addEventListener) return;
    target.addEventListener(type, handler);
    this.#off.push(() => target.removeEventListener(type, handler));
  }
}
