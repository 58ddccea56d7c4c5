/** @import { Entry } from "../client/types.js" */
/** @import { Hongyan } from "../hongyan.js" */

const MAX_ENTRIES = 500;

/** Single entries of a log: quoted ones that are not loaded, and those whose state has to be read again. */
export class EntryCache {
  /** @type {Map<string, Entry | null | undefined>} undefined while it is being loaded, null if it is not available */
  #entries = new Map();

  /**
   * @param {Hongyan} client
   * @param {(conversation: string) => void} changed
   */
  constructor(client, changed) {
    this.client = client;
    this.changed = changed;
  }

  clear() {
    this.#entries.clear();
  }

  /** @param {string} conversation @param {number} seq */
  get(conversation, seq) {
    const key = `${conversation}/${seq}`;
    if (!this.#entries.has(key)) this.#load(conversation, seq, key);
    return this.#entries.get(key);
  }

  /** The entry was recalled or edited: drops it. @param {string} conversation @param {number} seq */
  evict(conversation, seq) {
    this.#entries.delete(`${conversation}/${seq}`);
  }

  /** Entries may have changed without notice: drops them. @param {string} conversation */
  evictAll(conversation) {
    for (const key of this.#entries.keys()) if (key.startsWith(`${conversation}/`)) this.#entries.delete(key);
  }

  /**
   * Reads one entry in its current state.
   * @param {string} conversation
   * @param {number} seq
   * @returns {Promise<{entry: Entry, asOf: number} | null>}
   */
  async read(conversation, seq) {
    const page = await this.client.request("entries.read", { conversation, after: seq - 1, limit: 1, view: "all" });
    const entry = page.entries.find((/** @type {Entry} */ found) => found.seq === seq);
    return entry ? { entry, asOf: page.lastSeq } : null;
  }

  /** @param {string} conversation @param {number} seq @param {string} key */
  async #load(conversation, seq, key) {
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
    this.#entries.set(key, undefined);
    const found = await this.read(conversation, seq).catch(() => null);
    this.#entries.set(key, found?.entry ?? null);
    this.changed(conversation);
  }
}
