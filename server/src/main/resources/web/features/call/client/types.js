/**
 * Types of the protocol of calls, and types that the views show. Times are RFC 3339 in UTC.
 *
 * @import { Call } from "./call.js"
 * @import { CallSymbol } from "./symbols.js"
 */

/** @typedef {"audio" | "video"} CallMedia */

/** @typedef {"invited"|"ringing"|"joined"|"reconnecting"|"left"|"declined"|"busy"|"timed_out"} ParticipantState */

/**
 * Why a call ended or a participant left.
 * @typedef {"left"|"replaced"|"lost"|"removed"|"signed_out"|"declined"|"busy"|"timed_out"|"cancelled"|"ended_by_host"|
 *   "failed"} EndReason
 */

/** @typedef {"completed"|"failed"|"missed"|"declined"|"cancelled"|"busy"} CallOutcome */

/** @typedef {{microphone: boolean, camera: boolean, screen: boolean, hand: boolean}} MediaState */

/**
 * A participant in a snapshot of the server.
 * @typedef {object} RosterItem
 * @property {string} [participant] absent until the user joins
 * @property {string} user
 * @property {string} [device] the session id; absent until the user joins
 * @property {ParticipantState} state
 * @property {EndReason} [reason]
 * @property {MediaState} [media] absent until the user joins
 */

/**
 * A full snapshot of a call.
 * @typedef {object} CallSnapshot
 * @property {string} call
 * @property {number} revision snapshots with an older revision are ignored
 * @property {string} host a participant
 * @property {RosterItem[]} participants
 */

/**
 * The answer of `call.start`, `call.accept`, `call.join` and `call.resume`.
 * @typedef {CallSnapshot & {participant: string, resumeToken: string, transport: Transport,
 *   iceServers: RTCIceServer[]}} JoinAnswer
 */

/**
 * How participants exchange media; currently always a mesh.
 * @typedef {{type: string, generation: number, relayOnly?: boolean}} Transport `relayOnly`: only through a TURN server
 */

/** @typedef {{call: string, conversation: string, from: string, media: CallMedia, expiresAt: string}} Ringing */

/** @typedef {{id: string, media: CallMedia, count: number}} Banner a call in progress */

/**
 * @typedef {object} CallEnd
 * @property {string} call
 * @property {string} conversation
 * @property {EndReason} reason
 * @property {CallOutcome} [outcome] absent if only this user's participation ended
 * @property {number} seconds since the call became active
 */

/**
 * A message from one client to another.
 * @typedef {object} Signal
 * @property {"offer"|"answer"|"candidates"|"restart"|"verify"} type
 * @property {string} [sdp]
 * @property {RTCIceCandidateInit[]} [candidates] at most 16
 * @property {boolean} [final] no more candidates follow
 * @property {string} [blob] base64: the commitment in an offer, the random bytes in an answer and in `verify`
 */

/**
 * The connection to another participant.
 * - `new`: nothing was sent yet; `connecting`; `connected`
 * - `interrupted`: no media arrives at the moment; the client is reconnecting
 * - `failed`: given up after 30 s; tried again when the network changes, or when either side has reconnected to the
 *   server
 * @typedef {object} Link
 * @property {"new"|"connecting"|"connected"|"interrupted"|"failed"} state
 * @property {"host"|"srflx"|"relay"} [route] once connected
 */

/**
 * A participant for the views. A new object after every change.
 * @typedef {object} Participant
 * @property {string} [participant] absent until the user joins
 * @property {string} user
 * @property {string} [device]
 * @property {ParticipantState} state
 * @property {EndReason} [reason]
 * @property {boolean} mine this device
 * @property {MediaState} media what the server says. For this device: what the user has chosen
 * @property {Link} link of this device: always `connected`
 * @property {boolean} speaking
 * @property {{audio?: MediaStreamTrack, camera?: MediaStreamTrack, screen?: MediaStreamTrack}} tracks those of other
 *   participants exist as soon as the connection is negotiated, also while nothing is sent: show them according to
 *   `media`. This device has `camera` and `screen` only, while they are on
 */

/**
 * - `pending`: being computed. Stays so if the other client does not compute codes
 * - `ready`: both users must see the same `symbols`
 * - `failed`: the other side did not keep its commitment: someone may be in the middle. There is no media then
 * @typedef {{state: "pending"|"ready"|"failed", symbols?: CallSymbol[]}} Code
 */

/** @typedef {"missing"|"in_use"|"denied"|"insecure"|"failed"} DeviceError */

/**
 * An ongoing problem to show to the user. `key` is a key of the dictionaries:
 * - `call.problem_<microphone|camera>_<missing|in_use|denied|insecure|failed>`, see {@link DeviceError}; action `retry`
 *   except for `insecure`
 * - `call.problem_signaling`: the connection to the server is lost; media continues
 * - `call.problem_link`, values `{user}` (a user id): no media to and from this user; action `retry` when given up
 * - `call.problem_code`: the check of the code failed
 * - `call.problem_sound`: the browser refused to play sound ({@link Call.soundBlocked}); action `sound`: call it in a
 *   click
 * @typedef {object} Problem
 * @property {string} key
 * @property {Record<string, string>} values
 * @property {{name: "retry" | "sound", run: () => Promise<void>}} [action]
 */

/**
 * An event to show in a toast. `key` is a key of the dictionaries:
 * - `call.notice_<microphone|camera>_lost`: the device was unplugged; the default one is used if there is one
 * - `call.notice_code_changed`: the connection is a new one, so that the code must be compared again
 * - `call.notice_screen_ended`: the screen is no longer shared, because the browser ended it
 * - `call.notice_rejoined`: the server had dropped this device, and it has joined again
 * @typedef {{key: string, values: Record<string, string>}} Notice
 */

/**
 * The devices that the user has chosen; undefined for the default ones.
 * @typedef {{microphone?: string, camera?: string, speaker?: string}} DeviceChoice
 */

export {};
