/** @import { Entry } from "../../client/types.js" */
/** @import { Hongyan } from "../../hongyan.js" */
/** @import { Store } from "../../store/store.js" */

import { Emitter } from "../../kit.js";

/** @typedef {{votes: number[], own?: number, closed?: boolean}} Results */

/**
 * The results of the polls that were shown since the last connection. Pushes keep them up to date.
 * @extends {Emitter<{closed: null}>} emits `closed` when {@link Polls#justClosed} changes
 */
export class Polls extends Emitter {
  /** @type {Map<string, Results>} by conversation and `seq` */
  #results = new Map();
  /** The newest poll that this page saw open, by conversation. @type {Map<string, {seq: number, question: string}>} */
  #open = new Map();
  /** The last poll that was closed while this page was open. @type {{question: string, votes: number[]} | undefined} */
  justClosed;

  /** @param {Hongyan} client @param {Store} store */
  constructor(client, store) {
    super();
    this.client = client;
    this.store = store;
    client.on("poll.changed", ({ conversation, seq, votes }) => this.#update(conversation, seq, { votes }));
    client.on("entries", ({ conversation, snapshots }) => {
      for (const { entry } of snapshots) {
        if (entry.kind === "message" && entry.content?.type === "poll") this.#opened(entry);
        if (entry.kind === "poll") this.#closed(entry);
      }
    });
    client.on("welcome", () => this.#results.clear());
    client.on("syncRequired", () => this.#results.clear());
  }

  clear() {
    this.#results.clear();
    this.#open.clear();
    this.dismiss();
  }

  /** @param {Entry} message */
  #opened({ conversation, seq, content }) {
    if ((this.#open.get(conversation)?.seq ?? 0) >= seq) return;
    this.#open.set(conversation, { seq, question: String(content.question) });
    this.store.touch("conversation", conversation);
  }

  /** @param {Entry} entry */
  #closed({ conversation, content: { seq, votes } }) {
    this.#update(conversation, seq, { votes, closed: true });
    const open = this.#open.get(conversation);
    if (open?.seq !== seq) return;
    this.hide(conversation);
    this.justClosed = { question: open.question, votes };
    this.emit("closed", null);
  }

  /** The question of the newest open poll, unless its bar was hidden. @param {string} conversation */
  openQuestion(conversation) {
    return this.#open.get(conversation)?.question;
  }

  /** @param {string} conversation */
  hide(conversation) {
    this.#open.delete(conversation);
    this.store.touch("conversation", conversation);
  }

  dismiss() {
    this.justClosed = undefined;
    this.emit("closed", null);
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
