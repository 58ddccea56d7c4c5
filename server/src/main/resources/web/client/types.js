/**
 * The shapes of the protocol, for editors and type checkers. Nothing here runs.
 *
 * Ids are opaque strings, `seq` and counts integers, times RFC 3339 in UTC. A client ignores the fields, kinds and
 * pushes that it does not know.
 */

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} [username] absent for a deleted account
 * @property {string} displayName
 * @property {string} [avatar]
 * @property {boolean} [deleted]
 */

/**
 * What registering, signing in and refreshing answer.
 * @typedef {object} Credentials
 * @property {User} user
 * @property {string} session
 * @property {string} accessToken
 * @property {string} refreshToken
 * @property {number} expiresIn seconds until the access token expires
 */

/**
 * One signed-in device.
 * @typedef {object} Device
 * @property {string} id
 * @property {string} [device]
 * @property {string} createdAt
 * @property {string} [lastUsedAt]
 * @property {boolean} current
 */

/**
 * @typedef {object} TextContent
 * @property {"text"} type
 * @property {string} text
 * @property {string[]} [mentions] user ids
 * @property {number} [replyTo] only on served entries; a request carries it beside the content
 */

/**
 * The content of an entry that belongs to a group's own life.
 * @typedef {object} GroupContent
 * @property {"created"|"added"|"removed"|"left"|"renamed"|"role"|"history"} change
 * @property {string[]} [users]
 * @property {string} [title]
 * @property {Role} [role]
 * @property {boolean} [open]
 */

/** @typedef {"owner"|"admin"|"member"} Role */

/** @typedef {{emoji: string, count: number, mine: boolean}} Reaction */

/**
 * One entry of a conversation's log. The content depends on the kind: `message` has a {@link TextContent} (or `{}` when
 * recalled), `recall` `{seq}`, `edit` `{seq, content?}` (the content only when pushed: the log keeps texts in one
 * place), `reaction` `{seq, emoji, remove?}`, `group` a {@link GroupContent}; of kinds that a client does not know it
 * shows the summary.
 * @typedef {object} Entry
 * @property {string} conversation
 * @property {number} seq contiguous from 1 within the conversation
 * @property {string} kind
 * @property {string} sender
 * @property {string} [clientId]
 * @property {string} at
 * @property {Record<string, any>} content
 * @property {string} [summary]
 * @property {boolean} [recalled]
 * @property {{seq: number, at: string}} [edited]
 * @property {number} [reactedSeq] the newest reaction entry that the sums hold; never in pushes
 * @property {Reaction[]} [reactions] never in pushes
 */

/**
 * An entry together with how new its state is: it reflects every recall, edit and reaction up to `asOf`, and perhaps also
 * some that came while it was being read; those, `edited.seq` and `reactedSeq` tell.
 * @typedef {{entry: Entry, asOf: number}} Served
 */

/**
 * @typedef {object} ConversationItem
 * @property {string} id
 * @property {"direct"|"group"} kind
 * @property {string} [title] groups only; as it was when one left
 * @property {string} [peer] the other person of a direct conversation
 * @property {number} [memberCount] absent if one has left
 * @property {Role} [role]
 * @property {boolean} [openHistory] whether those who join may read what came before
 * @property {number} [firstSeq] the first entry that one may see
 * @property {number} lastSeq
 * @property {number} readSeq
 * @property {number} unread stops at 999
 * @property {Entry} [last]
 * @property {number} [peerReadSeq]
 */

/**
 * One conversation's part of a `sync` answer.
 * @typedef {object} Change
 * @property {string} conversation
 * @property {ConversationItem} [info]
 * @property {"member"|"left"} state
 * @property {number} firstSeq
 * @property {number} lastSeq
 * @property {number} readSeq
 * @property {number} unread
 * @property {Entry[]} entries
 */

/** @typedef {{changes: Change[], since: string, more: boolean}} SyncAnswer */

/**
 * The answer of `entries.read`: what is absent inside `from…through` is not the caller's to see.
 * @typedef {{entries: Entry[], from: number, through: number, firstSeq: number, lastSeq: number}} ReadAnswer
 */

/** @typedef {{user: string, role: Role, joinedSeq: number}} Member */

/** @typedef {{user: string, online: boolean, lastSeen?: string}} PresenceState */

/** @typedef {{seq: number, at?: string}} Appended */

/**
 * @typedef {object} Welcome
 * @property {string} user
 * @property {string} session
 * @property {string} node
 * @property {string} epoch
 * @property {string[]} features the frame types that this node speaks
 * @property {string} serverTime
 * @property {number} heartbeatSeconds
 */

/**
 * What a person asked to be sent. It stays in the outbox until the server has acknowledged it.
 * @typedef {object} OutboxItem
 * @property {string} clientId
 * @property {string} conversation
 * @property {TextContent} content
 * @property {number} [replyTo]
 * @property {string} at when it was written, by this device's clock
 * @property {number} order ascending in the order of writing
 * @property {"queued"|"failed"|"sent"} state `sent`: acknowledged, its entry not yet delivered
 * @property {{kind: string, reason: string, message: string}} [error] why it was refused
 */

/**
 * What a node allows, in fen. `currency` is a name that is shown as it is.
 * @typedef {object} MoneyLimits
 * @property {string} currency
 * @property {number} shareMin
 * @property {number} shareMax
 * @property {number} sharesMax
 * @property {number} greetingMax in characters
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

/** @typedef {{user: string, amount: number, at: string, best?: boolean}} Opener */

/**
 * What makes a split verifiable, revealed when the envelope is closed.
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
 * @property {"direct"|"lucky"|"equal"|"exclusive"} kind
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
 * @property {number} [mine] what one got
 * @property {Opener[]} openers in the order of opening
 * @property {number} [seconds] from the sending to the last share
 * @property {EnvelopeProof} [proof]
 */

/**
 * What happens to an envelope, told to its two parties and to those who watch it.
 * `openings` are those since the push before, and perhaps some that are known.
 * @typedef {({change: "opened", openings: Opener[], taken: number, count: number}
 *   | {change: "closed", state: "exhausted" | "expired"}) & {envelope: string}} EnvelopePush
 */

/** @typedef {{outcome: "opened"|"already"|"empty"|"expired", amount?: number}} EnvelopeOutcome */

/**
 * One envelope of a year's list; `amount` is what one gave or got.
 * @typedef {object} HistoryItem
 * @property {string} envelope
 * @property {string} conversation
 * @property {"direct"|"lucky"|"equal"|"exclusive"} kind
 * @property {string} sender
 * @property {string} greeting
 * @property {number} amount
 * @property {string} at
 * @property {number} [count]
 * @property {number} [taken]
 * @property {string} [state]
 * @property {boolean} [best]
 */

/** @typedef {{envelopes: HistoryItem[], total: {count: number, amount: number, best?: number}, cursor?: string}} HistoryAnswer */

/**
 * - `idle`: not started, `connecting`, `online`, `offline`: the device has no network; it keeps trying.
 * - `signed-out`, `replaced` (another socket of this session took its place), `failed` (the server did not accept what
 *   this client says): it has stopped.
 * @typedef {"idle"|"connecting"|"online"|"offline"|"signed-out"|"replaced"|"failed"} ConnectionState
 */

export {};
