/** Types of the protocol of the wallet. Amounts are integer fen. */

/**
 * The limits of a node. `currency` is shown as it is.
 * @typedef {object} WalletLimits
 * @property {string} currency
 * @property {number} [transferMax]
 * @property {number} [topUpMax]
 * @property {number} [dailyMax] the most that a user may send within 24 hours
 * @property {boolean} [sandbox] whether top-ups are no real money
 */

/**
 * One line of a statement.
 * @typedef {object} Posting
 * @property {string} posting
 * @property {string} kind
 * @property {number} amount in fen, negative for outgoing money
 * @property {string} ref
 * @property {string} at
 * @property {string} [peer] the other user
 * @property {string} [conversation]
 * @property {number} [balance] afterwards
 */

/** @typedef {"pending"|"accepted"|"refused"|"returned"} TransferState */

/**
 * @typedef {object} Transfer
 * @property {string} transfer
 * @property {string} from
 * @property {string} to
 * @property {number} amount in fen
 * @property {string} [note]
 * @property {TransferState} state
 * @property {string} at
 * @property {string} expiresAt
 * @property {string} [settledAt]
 * @property {string} conversation
 * @property {number} [seq]
 */

export {};
