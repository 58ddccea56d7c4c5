import { SafeStorage } from "../../client/storage.js";

/**
 * A payment without an answer: its request with its client id, so that repeating it pays once.
 * @typedef {object} PendingPayment
 * @property {string} type the frame that pays, or {@link TOP_UP}
 * @property {string} conversation empty for a top-up, which is in none
 * @property {{clientId: string} & Record<string, any>} data
 */

/** A top-up is an HTTP call, not a frame. */
export const TOP_UP = "top-up";

/** The payments without an answer, kept on this device across reloads: at most one of a type in each conversation. */
export class PendingPayments {
  /**
   * @param {Storage} storage
   * @param {string} user
   */
  constructor(storage, user) {
    this.storage = SafeStorage.of(storage);
    this.prefix = `hongyan.money.${user}.`;
  }

  /** @param {string} type @param {string} conversation @returns {PendingPayment | null} */
  get(type, conversation) {
    return this.#read(this.#key(type, conversation));
  }

  /** Whether exactly this payment is pending: it was neither answered nor given up. @param {PendingPayment} payment */
  has({ type, conversation, data }) {
    return this.get(type, conversation)?.data.clientId === data.clientId;
  }

  /** @param {PendingPayment} payment */
  add(payment) {
    this.storage.setItem(this.#key(payment.type, payment.conversation), JSON.stringify(payment));
  }

  /** @param {PendingPayment} payment */
  remove({ type, conversation }) {
    this.storage.removeItem(this.#key(type, conversation));
  }

  /** Removes all payments of this user from this device. */
  clear() {
    for (const key of this.#keys()) this.storage.removeItem(key);
  }

  /** The log has the entry of a payment. @param {string} conversation @param {string | undefined} clientId */
  delivered(conversation, clientId) {
    for (const key of this.#keys()) {
      const payment = key.endsWith(`.${conversation}`) ? this.#read(key) : null;
      if (payment && payment.data.clientId === clientId) this.remove(payment);
    }
  }

  /** @param {string} key @returns {PendingPayment | null} */
  #read(key) {
    try {
      return JSON.parse(this.storage.getItem(key) ?? "null");
    } catch {
      return null;
    }
  }

  #keys() {
    return this.storage.keys().filter((key) => key.startsWith(this.prefix));
  }

  /** @param {string} type @param {string} conversation */
  #key(type, conversation) {
    return `${this.prefix}${type}.${conversation}`;
  }
}
