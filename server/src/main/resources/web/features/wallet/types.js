/** The shapes of the wallet's part of the protocol. Nothing here runs. Amounts are integer fen. */

/**
 * What a node allows. `currency` is a name that is shown as it is.
 * @typedef {object} WalletLimits
 * @property {string} currency
 * @property {number} [transferMax]
 * @property {number} [topUpMax]
 * @property {number} [dailyMax] what one may send within 24 hours
 * @property {boolean} [sandbox] whether what comes in is no real money
 */

/**
 * One line of a statement.
 * @typedef {object} Posting
 * @property {string} posting
 * @property {string} kind
 * @property {number} amount in fen, below zero what went out
 * @property {string} ref
 * @property {string} at
 * @property {string} [peer] the other person
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
