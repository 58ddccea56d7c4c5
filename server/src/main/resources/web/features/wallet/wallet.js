/** @import { Entry } from "../../client/types.js" */
/** @import { Hongyan } from "../../hongyan.js" */
/** @import { Store } from "../../store/store.js" */
/** @import { PendingPayment } from "./pending-payments.js" */
/** @import { Posting, Transfer, WalletLimits } from "./types.js" */
import { Emitter } from "../../client/emitter.js";
import { asHongyanError } from "../../client/errors.js";
import { PendingPayments, TOP_UP } from "./pending-payments.js";

const PAGE = 30;
/** Errors of kind `limited` that end a payment: a payment on another day is a new one. */
const DAILY_LIMITS = ["wallet.daily_limit", "wallet.top_ups_limited"];

/** The currency of a node without settings. @type {WalletLimits} */
const DEFAULT_LIMITS = { currency: "points" };

/**
 * The money of the user. All amounts come from the server: nothing is added up here.
 *
 * Event: `changed` when the balance, the limits, or whether the node has wallets, changed.
 * @extends {Emitter<{changed: null}>}
 */
export class Wallet extends Emitter {
  /** Whether the node has wallets, as the newest welcome said; kept while there is no connection. */
  enabled = false;
  /** In fen, null until it is known. @type {number | null} */
  balance = null;
  limits = DEFAULT_LIMITS;
  /** The version of the balance: a push may overtake an answer. */
  #revision = 0;
  /** @type {Promise<void> | null} */
  #loading = null;
  /** Whether anything shows the balance. */
  #used = false;

  /** @param {Hongyan} client */
  constructor(client) {
    super();
    this.client = client;
    this.pending = new PendingPayments(client.storage, client.user?.id ?? "");
    client.on("welcome", ({ features }) => {
      this.enabled = features.includes("wallet.balance");
      // A restored database continues with earlier revisions.
      this.#revision = 0;
      if (this.#used) this.load().catch(() => {});
      this.emit("changed", null);
    });
    client.on("syncRequired", () => {
      if (this.#used) this.load().catch(() => {});
    });
    client.on("wallet", ({ balance, revision }) => {
      this.#update(balance, revision);
      this.emit("changed", null);
    });
  }

  /** Another user is here. */
  clear() {
    this.balance = null;
    this.#revision = 0;
    this.#used = false;
    this.#loading = null;
    this.pending = new PendingPayments(this.client.storage, this.client.user?.id ?? "");
  }

  /** Removes what is on this device. */
  deleteLocalData() {
    this.pending.clear();
  }

  get currency() {
    return this.limits.currency;
  }

  /** Loads the balance and the limits, unless they were loaded before. */
  loadOnce() {
    if (!this.#used) this.load().catch(() => {});
  }

  /** Loads the balance and the limits. @returns {Promise<void>} */
  load() {
    this.#used = true;
    const loading = (this.#loading ??= this.#load().finally(() => {
      if (this.#loading === loading) this.#loading = null;
    }));
    return loading;
  }

  async #load() {
    const { user } = this.client;
    const [{ balance, currency, revision }, limits] = await Promise.all([
      this.client.request("wallet.balance", {}),
      this.client.supports("wallet.limits") ? this.client.request("wallet.limits", {}) : {},
    ]);
    if (user !== this.client.user) return;
    this.limits = { ...DEFAULT_LIMITS, currency, ...limits };
    this.#update(balance, revision);
    this.emit("changed", null);
  }

  /** @param {number} balance @param {number} revision */
  #update(balance, revision) {
    if (revision < this.#revision) return;
    this.#revision = revision;
    this.balance = balance;
  }

  /**
   * Pays once, however often it is called with the same payment: until there is an answer, the payment is pending.
   * @param {PendingPayment} payment
   * @returns {Promise<any>} the answer's data
   */
  async pay(payment) {
    // Another user may have signed in when the answer comes.
    const { pending } = this;
    pending.add(payment);
    try {
      const answer = await this.#request(payment, () => pending.has(payment));
      if (pending.has(payment)) pending.remove(payment);
      return answer;
    } catch (error) {
      const { refused, reason } = asHongyanError(error);
      // It may have been given up, and a newer one may have its place.
      if (!pending.has(payment)) throw error;
      if (refused || DAILY_LIMITS.includes(reason)) pending.remove(payment);
      throw error;
    }
  }

  /**
   * @param {PendingPayment} payment
   * @param {() => boolean} shouldSend whether it is still pending
   * @returns {Promise<any>}
   */
  async #request({ type, data }, shouldSend) {
    if (type !== TOP_UP) return this.client.append(type, data, shouldSend);
    const answer = await this.client.http("POST", "wallet/top-ups", { amount: data.amount, key: data.clientId });
    // The push may be lost, and a repeated answer has the balance of the first attempt.
    this.load().catch(() => {});
    return answer;
  }

  /**
   * A payment without an answer.
   * @param {Store} store
   * @param {string} type
   * @param {string} conversation
   * @returns {PendingPayment | null} null if the log shows that it was made
   */
  unanswered(store, type, conversation) {
    for (const { entry } of store.conversations.get(conversation)?.log.items ?? []) this.delivered(conversation, entry);
    return this.pending.get(type, conversation);
  }

  /** An entry arrived, perhaps that of a pending payment. @param {string} conversation @param {Entry} entry */
  delivered(conversation, { sender, kind, clientId }) {
    if (clientId && kind !== "message" && sender === this.client.user?.id)
      this.pending.delivered(conversation, clientId);
  }

  /** @param {string} [cursor] @returns {Promise<{postings: Posting[], cursor?: string}>} newest first */
  statement(cursor) {
    return this.client.request("wallet.statement", { cursor, limit: PAGE });
  }

  /** @param {string} [cursor] @returns {Promise<{transfers: Transfer[], cursor?: string}>} newest first */
  transfers(cursor) {
    return this.client.request("wallet.transfers", { cursor, limit: PAGE });
  }

  /**
   * A transfer from the server, if it is among the newest.
   * @param {string} id
   * @returns {Promise<Transfer | undefined>}
   */
  async transfer(id) {
    const { transfers } = await this.transfers();
    return transfers.find(({ transfer }) => transfer === id);
  }

  /** Accepts or refuses a transfer to the user. @param {"accept" | "refuse"} answer @param {string} transfer */
  async settle(answer, transfer) {
    await this.client.request(answer === "accept" ? "wallet.accept" : "wallet.refuse", { transfer });
  }
}

/** @param {Store} store @returns {Wallet} */
export function walletOf(store) {
  return store.part("wallet");
}
