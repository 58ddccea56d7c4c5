/**
 * An EventTarget whose events are typed by a map from name to detail.
 * @template {Record<string, any>} Events
 */
export class Emitter extends EventTarget {
  /**
   * Listens until the returned function is called.
   * @template {keyof Events & string} K
   * @param {K} type
   * @param {(detail: Events[K]) => void} handler
   * @returns {() => void}
   */
  on(type, handler) {
    const listener = (/** @type {Event} */ event) => handler(/** @type {CustomEvent} */ (event).detail);
    this.addEventListener(type, listener);
    return () => this.removeEventListener(type, listener);
  }

  /**
   * @template {keyof Events & string} K
   * @param {K} type
   * @param {Events[K]} detail
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
