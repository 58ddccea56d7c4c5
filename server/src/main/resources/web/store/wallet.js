/** @import { MoneyLimits, Posting, Transfer } from "../client/types.js" */
/** @import { Hongyan } from "../hongyan.js" */
/** @import { Intent } from "./intents.js" */
import { Emitter } from "../client/emitter.js";
import { asHongyanError } from "../client/errors.js";
import { Intents } from "./intents.js";

const PAGE = 30;
/** Each feature has its own; a node may know one and not yet the other. */
const LIMITS = ["envelope.limits", "wallet.limits"];
/** They are of kind `limited`, and yet nobody waits for them to pass: whoever asks tomorrow asks for something new. */
const LIMITS_OF_A_DAY = ["wallet.daily_limit", "wallet.top_ups_limited"];

/** What a node has if nobody set anything else, in fen. @type {MoneyLimits} */
const USUAL = {
  currency: "points",
  shareMin: 1,
  shareMax: 20_000,
  sharesMax: 100,
  greetingMax: 25,
};

/**
 * The money of the person signed in. The server's word is all there is: nothing is added up here.
 *
 * Events: `changed` when the balance, the limits, or whether the node knows of money, is another.
 * @extends {Emitter<{changed: null}>}
 */
export class Wallet extends Emitter {
  /** Whether this node speaks of money: as the newest welcome said, also while there is no connection. */
  enabled = false;
  /** In fen, null until it is known. @type {number | null} */
  balance = null;
  limits = USUAL;
  /** How new the balance is: a push may overtake an answer. */
  #revision = 0;
  /** @type {Promise<void> | null} */
  #loading = null;
  #wanted = false;

  /** @param {Hongyan} client */
  constructor(client) {
    super();
    this.client = client;
    this.intents = new Intents(client.storage, client.user?.id ?? "");
    client.on("welcome", ({ features }) => {
      this.enabled = features.includes("envelope.send");
      // A database that was put back counts anew.
      this.#revision = 0;
      if (this.#wanted) this.load().catch(() => {});
      this.emit("changed", null);
    });
    client.on("wallet", ({ balance, revision }) => {
      this.#take(balance, revision);
      this.emit("changed", null);
    });
  }

  /** Somebody else is here. */
  clear() {
    this.balance = null;
    this.#revision = 0;
    this.#wanted = false;
    this.#loading = null;
    this.intents = new Intents(this.client.storage, this.client.user?.id ?? "");
  }

  get currency() {
    return this.limits.currency;
  }

  /** Asks for the limits and the balance once there is something that shows them. */
  want() {
    if (!this.#wanted) this.load().catch(() => {});
  }

  /** Asks for the balance and the limits. @returns {Promise<void>} */
  load() {
    this.#wanted = true;
    const loading = (this.#loading ??= this.#load().finally(() => {
      if (this.#loading === loading) this.#loading = null;
    }));
    return loading;
  }

  async #load() {
    const { user } = this.client;
    const [{ balance, currency, revision }, ...limits] = await Promise.all([
      this.client.call("wallet.balance", {}),
      ...LIMITS.map((type) => (this.client.speaks(type) ? this.client.call(type, {}) : {})),
    ]);
    if (user !== this.client.user) return;
    this.limits = Object.assign({}, USUAL, { currency }, ...limits);
    this.#take(balance, revision);
    this.emit("changed", null);
  }

  /** @param {number} balance @param {number} revision */
  #take(balance, revision) {
    if (revision < this.#revision) return;
    this.#revision = revision;
    this.balance = balance;
  }

  /**
   * Pays once, however often it is asked: until there is an answer the payment is remembered with its client id.
   * @param {Intent} intent
   * @returns {Promise<any>} the answer's data
   */
  async pay(intent) {
    // Somebody else may be here when the answer comes.
    const { intents } = this;
    intents.keep(intent);
    try {
      const answer = await this.#ask(intent, () => intents.has(intent));
      if (intents.has(intent)) intents.forget(intent);
      return answer;
    } catch (error) {
      const { refused, reason } = asHongyanError(error);
      // Another one may have taken its place since it was given up.
      if (!intents.has(intent)) throw error;
      if (refused || LIMITS_OF_A_DAY.includes(reason)) intents.forget(intent);
      throw error;
    }
  }

  /** @param {Intent} intent @param {() => boolean} wanted it was not given up meanwhile @returns {Promise<any>} */
  async #ask({ type, data }, wanted) {
    if (type !== "top-up") return this.client.pay(type, data, wanted);
    const answer = await this.client.http("POST", "wallet/top-ups", { amount: data.amount, key: data.clientId });
    // The push may be lost, and the balance of a repeated answer is that of the first.
    this.load().catch(() => {});
    return answer;
  }

  /** @param {string} [cursor] @returns {Promise<{postings: Posting[], cursor?: string}>} newest first */
  statement(cursor) {
    return this.client.call("wallet.statement", { cursor, limit: PAGE });
  }

  /** @param {string} [cursor] @returns {Promise<{transfers: Transfer[], cursor?: string}>} newest first */
  transfers(cursor) {
    return this.client.call("wallet.transfers", { cursor, limit: PAGE });
  }

  /**
   * A transfer as the server knows it, if it is one of the newest.
   * @param {string} id
   * @returns {Promise<Transfer | undefined>}
   */
  async transfer(id) {
    const { transfers } = await this.transfers();
    return transfers.find(({ transfer }) => transfer === id);
  }

  /** Takes or gives back what somebody sent. @param {"accept" | "refuse"} answer @param {string} transfer */
  async settle(answer, transfer) {
    await this.client.call(answer === "accept" ? "wallet.accept" : "wallet.refuse", { transfer });
  }
}
