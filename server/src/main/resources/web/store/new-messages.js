/** @import { Entry } from "../client/types.js" */
/** @import { Store } from "./store.js" */

/** If more messages arrive at once, only the newest are announced. */
const MAX_WAITING = 20;

/** New messages of other users, which are announced once the sender's name is known. */
export class NewMessages {
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

  /** @returns {{conversation: string, entry: Entry}[]} those that can be announced now, in their order */
  take() {
    /** @type {{conversation: string, entry: Entry}[]} */
    const ready = [];
    const rest = this.#waiting.filter((message) => {
      const { conversations, users } = this.store;
      const conversation = conversations.get(message.conversation);
      const entry = conversation?.log.find(message.entry.seq)?.entry;
      if (!conversation || !entry || entry.recalled || entry.seq <= conversation.readSeq) return false;
      if (!users.get(entry.sender) || !conversation.info) return true;
      ready.push({ ...message, entry });
      return false;
    });
    this.#waiting = rest;
    return ready;
  }
}
