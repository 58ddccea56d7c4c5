/** @import { Entry } from "../client/types.js" */
/** @import { Hongyan } from "../hongyan.js" */

const MAX_KEPT = 500;

/** Single entries of a log: what is quoted and not loaded, or whose state has to be read anew. */
export class EntryCache {
  /** @type {Map<string, Entry | null | undefined>} undefined while it is being fetched, null if it is not to be had */
  #kept = new Map();

  /**
   * @param {Hongyan} client
   * @param {(conversation: string) => void} changed
   */
  constructor(client, changed) {
    this.client = client;
    this.changed = changed;
  }

  clear() {
    this.#kept.clear();
  }

  /** @param {string} conversation @param {number} seq */
  get(conversation, seq) {
    const key = `${conversation}/${seq}`;
    if (!this.#kept.has(key)) this.#fetch(conversation, seq, key);
    return this.#kept.get(key);
  }

  /** It was recalled or edited. @param {string} conversation @param {number} seq */
  forget(conversation, seq) {
    this.#kept.delete(`${conversation}/${seq}`);
  }

  /**
   * One entry in its present state.
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
  async #fetch(conversation, seq, key) {
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(key, undefined);
    const found = await this.read(conversation, seq).catch(() => null);
    this.#kept.set(key, found?.entry ?? null);
    this.changed(conversation);
  }
}
