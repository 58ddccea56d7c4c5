/**
 * The browser's `Storage`, but it never throws. If the browser refuses to store a value, because storage is blocked or
 * full, the value is kept in memory while the page is open. If the browser blocks storage later, reads return the last
 * values that this page knew.
 *
 * All access to the browser's storage goes through this class, which a test enforces.
 */
export class SafeStorage {
  #find;
  /** What this page last read or wrote, null if there was nothing. @type {Map<string, string | null>} */
  #memory = new Map();
  /** The keys whose last change the browser refused: for these, memory takes precedence. @type {Set<string>} */
  #refused = new Set();

  /** @param {() => Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem"> | null | undefined} find */
  constructor(find) {
    this.#find = find;
    globalThis.addEventListener?.("storage", (event) => this.#changedElsewhere(/** @type {StorageEvent} */ (event)));
  }

  /**
   * @param {SafeStorage | Storage} storage
   * @returns {SafeStorage} the same one if it is safe already
   */
  static of(storage) {
    return storage instanceof SafeStorage ? storage : new SafeStorage(() => storage);
  }

  /**
   * The current keys, in no particular order.
   * @returns {string[]}
   */
  keys() {
    const { stored, known } = this.#stored();
    const inMemory = [...this.#memory].filter(([key, value]) => value !== null && (!known || this.#refused.has(key)));
    return [...stored.filter((key) => !this.#refused.has(key)), ...inMemory.map(([key]) => key)];
  }

  /** @param {string} key @returns {string | null} */
  getItem(key) {
    if (!this.#refused.has(key)) {
      try {
        this.#memory.set(key, this.#storage.getItem(key));
      } catch {
        // Storage is blocked.
      }
    }
    return this.#memory.get(key) ?? null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    this.#change(key, String(value), (storage) => storage.setItem(key, value));
  }

  /** @param {string} key */
  removeItem(key) {
    this.#change(key, null, (storage) => storage.removeItem(key));
  }

  /**
   * @param {string} key
   * @param {string | null} value
   * @param {(storage: Pick<Storage, "setItem" | "removeItem">) => void} apply
   */
  #change(key, value, apply) {
    this.#memory.set(key, value);
    try {
      apply(this.#storage);
      this.#refused.delete(key);
    } catch {
      this.#refused.add(key);
    }
  }

  /** Reading the browser's own property can throw, too, and some browsers have none. */
  get #storage() {
    const storage = this.#find();
    if (!storage) throw new Error("there is no storage");
    return storage;
  }

  /** @returns {{stored: string[], known: boolean}} not known while storage is blocked */
  #stored() {
    try {
      const storage = this.#storage;
      return { stored: Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? ""), known: true };
    } catch {
      return { stored: [], known: false };
    }
  }

  /** Another tab could store what this one could not. @param {StorageEvent} event */
  #changedElsewhere({ key }) {
    if (key === null) this.#refused.clear();
    else this.#refused.delete(key);
  }
}

/** What this browser keeps for all tabs of this server. */
export const deviceStorage = new SafeStorage(() => globalThis.localStorage);
