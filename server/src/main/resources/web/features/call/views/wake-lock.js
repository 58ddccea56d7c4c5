/** Keeps the screen on during a call. The browser takes the lock back when the page is hidden. */
export class WakeLock {
  /** @type {WakeLockSentinel | undefined} */
  #sentinel;
  #released = false;

  constructor() {
    document.addEventListener("visibilitychange", this.#request);
    this.#request();
  }

  #request = async () => {
    if (document.visibilityState !== "visible" || !navigator.wakeLock) return;
    try {
      const sentinel = await navigator.wakeLock.request("screen");
      if (this.#released) await sentinel.release();
      else this.#sentinel = sentinel;
    } catch {
      // The battery is low, or the browser does not allow it: the call continues.
    }
  };

  release() {
    this.#released = true;
    document.removeEventListener("visibilitychange", this.#request);
    this.#sentinel?.release().catch(() => {});
  }
}
