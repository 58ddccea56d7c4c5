/** Keeps the screen on while the page is visible. Without a page (as in tests), it does nothing. */
export class ScreenLock {
  /** @type {WakeLockSentinel | undefined} */
  #lock;
  #closed = false;
  #scope;
  #onVisibility = () => this.#acquire();

  /** @param {{document?: Document, navigator?: Navigator}} [scope] */
  constructor(scope = globalThis) {
    this.#scope = scope;
    scope.document?.addEventListener("visibilitychange", this.#onVisibility);
    this.#acquire();
  }

  /** Browsers end the lock whenever the page is hidden. */
  async #acquire() {
    const { document, navigator } = this.#scope;
    if (this.#closed || document?.visibilityState !== "visible") return;
    try {
      const lock = await navigator?.wakeLock?.request("screen");
      if (this.#closed) await lock?.release();
      else this.#lock = lock;
    } catch {
      // Refused, for example because the battery is low.
    }
  }

  close() {
    this.#closed = true;
    this.#scope.document?.removeEventListener("visibilitychange", this.#onVisibility);
    this.#lock?.release().catch(() => {});
    this.#lock = undefined;
  }
}
