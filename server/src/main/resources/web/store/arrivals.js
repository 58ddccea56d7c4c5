/** @import { Entry } from "../client/types.js" */
/** @import { Store } from "./store.js" */

/** Of more than this many at once only the newest are told one by one. */
const MAX_WAITING = 20;

/** New messages of others, told when there is a name to tell them with: a stranger's has to be asked for first. */
export class Arrivals {
  /** @type {{conversation: string, entry: Entry}[]} */
  #waiting = [];

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
  }

  /** @param {string} conversation @param {Entry} entry */
  add(conversation, entry) {
    this.#waiting = [...this.#waiting, { conversation, entry }].slice(-MAX_WAITING);
  }

  clear() {
    this.#waiting = [];
  }

  /** @returns {{conversation: string, entry: Entry}[]} those that can be told now, in their order */
  take() {
    /** @type {typeof this.#waiting} */
    const ready = [];
    const rest = this.#waiting.filter((arrival) => {
      const { conversations, people } = this.store;
      const conversation = conversations.get(arrival.conversation);
      const entry = conversation?.log.find(arrival.entry.seq)?.entry;
      if (!entry || entry.recalled) return false;
      if (!people.get(entry.sender) || !conversation?.info) return true;
      ready.push({ ...arrival, entry });
      return false;
    });
    this.#waiting = rest;
    return ready;
  }
}
