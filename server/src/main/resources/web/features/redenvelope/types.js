/** Types of the protocol of red envelopes. Amounts are integer fen. */

/** @typedef {"direct" | "lucky" | "equal" | "exclusive"} EnvelopeKind */

/**
 * The limits of a node.
 * @typedef {object} EnvelopeLimits
 * @property {number} shareMin
 * @property {number} shareMax
 * @property {number} sharesMax
 * @property {number} greetingMax in characters
 */

/** @typedef {{user: string, amount: number, at: string, best?: boolean}} Opener */

/**
 * The data that verifies a split, published when the envelope is closed.
 * @typedef {object} EnvelopeProof
 * @property {string} seed 32 bytes in hexadecimal
 * @property {string} parameters
 * @property {string} [nonce]
 * @property {string} commitment
 * @property {number[]} shares in the order in which they were handed out
 */

/**
 * @typedef {object} EnvelopeView
 * @property {string} envelope
 * @property {string} conversation
 * @property {string} sender
 * @property {EnvelopeKind} kind
 * @property {string} greeting
 * @property {string} [recipient]
 * @property {number} total in fen
 * @property {number} count
 * @property {number} taken
 * @property {number} takenAmount
 * @property {"open"|"exhausted"|"expired"} state
 * @property {string} at
 * @property {string} expiresAt
 * @property {string} [closedAt]
 * @property {number} [mine] the amount that the user got
 * @property {Opener[]} openers in the order of opening
 * @property {number} [seconds] from sending to the last share
 * @property {EnvelopeProof} [proof]
 */

/** @typedef {{outcome: "opened"|"already"|"empty"|"expired", amount?: number}} EnvelopeOutcome */

/**
 * One envelope in the list of a year; `amount` is what the user gave or got.
 * @typedef {object} HistoryItem
 * @property {string} envelope
 * @property {string} conversation
 * @property {EnvelopeKind} kind
 * @property {string} sender
 * @property {string} greeting
 * @property {number} amount
 * @property {string} at
 * @property {number} [count]
 * @property {number} [taken]
 * @property {string} [state]
 * @property {boolean} [best]
 */

/**
 * @typedef {{envelopes: HistoryItem[], total: {count: number, amount: number, best?: number}, cursor?: string}}
 *   HistoryAnswer
 */

export {};
