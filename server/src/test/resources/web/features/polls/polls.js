/** @import { Hongyan } from "../../hongyan.js" */
/** @import { Store } from "../../store/store.js" */

/** @typedef {{votes: number[], own?: number, closed?: boolean}} Results */

/** The results of the polls that were shown since the last connection. Pushes keep them up to date. */
export class Polls {
  /** @type {Map<string, Results>} by conversation and `seq` */
  #results = new Map();

  /** @param {Hongyan} client @param {Store} store */
  constructor(client, store) {
    this.client = client;
    this.store = store;
    client.on("poll.changed", ({ conversation, seq, votes }) => this.#update(conversation, seq, { votes }));
    client.on("entries", ({ conversation, snapshots }) => {
      for (const { entry } of snapshots) {
        if (entry.kind !== "poll") continue;
        this.#update(conversation, entry.content.seq, { votes: entry.content.votes, closed: true });
      }
    });
    client.on("welcome", () => this.clear());
    client.on("syncRequired", () => this.clear());
  }

  clear() {
    this.#results.clear();
  }

  /**
   * The known results of a poll. If there are none, it requests them and returns undefined; the store then announces
   * the change.
   * @param {string} conversation
   * @param {number} seq 0 while the poll waits to be sent
   */
  get(conversation, seq) {
    const known = this.#results.get(key(conversation, seq));
    if (!known && seq) this.#read(conversation, seq);
    return known;
  }

  /** @param {string} conversation @param {number} seq @param {number} option */
  async vote(conversation, seq, option) {
    const own = this.get(conversation, seq)?.own;
    const chosen = option === own ? undefined : option;
    const results = await this.client.request("poll.vote", { conversation, seq, option: chosen });
    this.#update(conversation, seq, results, true);
  }

  /** @param {string} conversation @param {number} seq @param {string} clientId */
  close(conversation, seq, clientId) {
    return this.client.request("poll.close", { conversation, seq, clientId });
  }

  /** @param {string} conversation @param {number} seq */
  async #read(conversation, seq) {
    this.#results.set(key(conversation, seq), { votes: [] });
    try {
      this.#update(conversation, seq, await this.client.request("poll.get", { conversation, seq }), true);
    } catch {
      this.#results.delete(key(conversation, seq));
    }
  }

  /**
   * @param {string} conversation
   * @param {number} seq
   * @param {Partial<Results>} changed
   * @param {boolean} [complete] whether `changed` includes the user's own vote: without a vote it has none
   */
  #update(conversation, seq, changed, complete = false) {
    const { votes = [], own, closed } = this.#results.get(key(conversation, seq)) ?? {};
    this.#results.set(key(conversation, seq), { votes, closed, ...(complete ? {} : { own }), ...changed });
    this.store.touch("entries", conversation);
  }
}

/** @param {Store} store @returns {Polls} */
export const pollsOf = (store) => /** @type {any} */ (store.part("polls"));

/** @param {string} conversation @param {number} seq */
const key = (conversation, seq) => `${conversation}/${seq}`;
