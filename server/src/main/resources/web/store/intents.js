/**
 * A payment that was asked for and not answered yet: its request with its client id, so that asking again pays once.
 * @typedef {object} Intent
 * @property {"envelope.send" | "wallet.transfer" | "top-up"} type
 * @property {string} conversation empty for a top-up, which is in none
 * @property {{clientId: string} & Record<string, any>} data
 */

/** Payments whose answer is missing, kept on this device across reloads: at most one of a type in each conversation. */
export class Intents {
  /** @type {Map<string, Intent>} what storage could not take */
  #memory = new Map();

  /**
   * @param {Storage} storage
   * @param {string} user
   */
  constructor(storage, user) {
    this.storage = storage;
    this.prefix = `hongyan.money.${user}.`;
  }

  /** @param {Intent["type"]} type @param {string} conversation @returns {Intent | null} */
  get(type, conversation) {
    const key = this.#key(type, conversation);
    try {
      return JSON.parse(this.storage.getItem(key) ?? "null") ?? this.#memory.get(key) ?? null;
    } catch {
      return this.#memory.get(key) ?? null;
    }
  }

  /** Whether just this one is kept: it was neither answered nor given up. @param {Intent} intent */
  has({ type, conversation, data }) {
    return this.get(type, conversation)?.data.clientId === data.clientId;
  }

  /** @param {Intent} intent */
  keep(intent) {
    const key = this.#key(intent.type, intent.conversation);
    this.#memory.set(key, intent);
    try {
      this.storage.setItem(key, JSON.stringify(intent));
    } catch {
      // Storage is full or forbidden: it is kept as long as the page.
    }
  }

  /** @param {Intent} intent */
  forget({ type, conversation }) {
    const key = this.#key(type, conversation);
    this.#memory.delete(key);
    this.storage.removeItem(key);
  }

  /** Forgets all of this person's payments on this device. */
  clear() {
    this.#memory.clear();
    for (let i = this.storage.length - 1; i >= 0; i--) {
      const key = this.storage.key(i);
      if (key?.startsWith(this.prefix)) this.storage.removeItem(key);
    }
  }

  /** The log has it. @param {string} conversation @param {string | undefined} clientId */
  delivered(conversation, clientId) {
    for (const type of /** @type {const} */ (["envelope.send", "wallet.transfer"])) {
      const intent = this.get(type, conversation);
      if (intent && intent.data.clientId === clientId) this.forget(intent);
    }
  }

  /** @param {string} type @param {string} conversation */
  #key(type, conversation) {
    return `${this.prefix}${type}.${conversation}`;
  }
}
