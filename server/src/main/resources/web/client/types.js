/**
 * Types of the protocol, for editors and type checkers.
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
 * The answer to registering, signing in and refreshing.
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
 * @property {number} [replyTo] in entries; a request has it beside the content
 */

/**
 * The content of an entry that changes a group.
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
 * @property {boolean} [counts] whether it counts as unread
 * @property {boolean} [recalled]
 * @property {{seq: number, at: string}} [edited]
 * @property {number} [reactedSeq] the newest reaction entry that the sums hold; never in pushes
 * @property {Reaction[]} [reactions] never in pushes
 */

/**
 * An entry and the version of its state: it includes every recall, edit and reaction up to `asOf`, and perhaps some
 * that came while it was read; `edited.seq` and `reactedSeq` tell which.
 * @typedef {{entry: Entry, asOf: number}} EntrySnapshot
 */

/**
 * @typedef {object} ConversationItem
 * @property {string} id
 * @property {"direct"|"group"} kind
 * @property {string} [title] groups only; former members see the title at the time they left
 * @property {string} [peer] the other user of a direct conversation
 * @property {number} [memberCount] absent for former members
 * @property {Role} [role]
 * @property {boolean} [openHistory] whether new members may read earlier entries
 * @property {number} [firstSeq] the first entry that is visible to the user
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

/** @typedef {{changes: Change[], users?: User[], since: string, more: boolean}} SyncAnswer */

/**
 * The answer of `entries.read`: entries missing in `from…through` are not visible to the user.
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
 * @property {string[]} features the frame types that this node supports
 * @property {string} serverTime
 * @property {number} heartbeatSeconds
 */

/**
 * A message in the outbox, until the server has acknowledged it.
 * @typedef {object} OutboxItem
 * @property {string} clientId
 * @property {string} conversation
 * @property {TextContent} content
 * @property {number} [replyTo]
 * @property {string} at when it was written, by this device's clock
 * @property {number} order ascending in the order of writing
 * @property {"queued"|"failed"|"sent"} state `sent`: acknowledged, its entry not yet delivered
 * @property {{kind: string, reason: string, message: string}} [error] why it failed
 */

/**
 * - `idle`: not started, `connecting`, `online`, `offline`: the device has no network; it keeps trying.
 * - `signed-out`, `replaced` (another socket of this session took its place), `failed` (the server did not accept what
 *   this client says): it has stopped.
 * @typedef {"idle"|"connecting"|"online"|"offline"|"signed-out"|"replaced"|"failed"|"refused"} ConnectionState
 */

export {};
