/** @import { Entry } from "../../../client/types.js" */
/** @import { Key } from "../../../i18n/i18n.js" */
/** @import { Store } from "../../../store/store.js" */
/** @import { Participant } from "../client/types.js" */
import { t } from "../../../i18n/i18n.js";
import { nameOf, titleOf } from "../../../views/names.js";

/**
 * A duration such as `3:42` or `1:02:07`.
 * @param {number} seconds
 */
export function durationText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** @param {import("../client/types.js").CallMedia} media */
export const mediaName = (media) => t(media === "video" ? "call.video" : "call.audio");

/** The outcomes of a one-to-one call, for the caller. @type {Record<string, Key>} */
const OUTCOMES_FOR_CALLER = {
  missed: "call.outcome_no_answer",
  declined: "call.outcome_declined",
  cancelled: "call.outcome_cancelled",
  busy: "call.outcome_busy",
  failed: "call.outcome_failed",
};

/** The outcomes of a one-to-one call, for the callee. @type {Record<string, Key>} */
const OUTCOMES_FOR_CALLED = {
  missed: "call.outcome_missed",
  declined: "call.outcome_declined_you",
  cancelled: "call.outcome_missed",
  busy: "call.outcome_missed_busy",
  failed: "call.outcome_failed",
};

/** Outcomes that the callee sees as a missed call. */
const MISSED = ["missed", "cancelled", "busy"];

/**
 * The outcome of a one-to-one call, from the viewer's side.
 * @param {Record<string, any>} content of the entry
 * @param {boolean} own whether the viewer called
 */
export function outcomeText({ outcome, seconds }, own) {
  const key = (own ? OUTCOMES_FOR_CALLER : OUTCOMES_FOR_CALLED)[outcome];
  if (key) return t(key);
  return outcome === "completed" ? durationText(seconds) : t("call.outcome_ended");
}

/** @param {Record<string, any>} content of the entry @param {boolean} own whether the viewer called */
export function isMissed({ outcome }, own) {
  return !own && MISSED.includes(outcome);
}

/**
 * A group's call as one line.
 * @param {Store} store
 * @param {Entry} entry
 */
function groupLine(store, { sender, content }) {
  const { media, outcome, seconds, participants = [] } = content;
  const own = sender === store.me;
  const who = nameOf(store, sender);
  const video = media === "video";
  if (outcome === "completed") {
    const count = t("call.people", { n: participants.length });
    const time = durationText(seconds);
    return t(video ? "call.group_video" : "call.group_audio", { who, time, count });
  }
  if (outcome === "failed") return t("call.group_failed", { who });
  if (own) return t("call.group_unanswered");
  return t(video ? "call.group_missed_video" : "call.group_missed_audio", { who });
}

/**
 * An ended call as one line of text.
 * @param {Store} store
 * @param {Entry} entry
 */
export function callLine(store, entry) {
  const { conversation, sender, content } = entry;
  if (store.conversations.get(conversation)?.isGroup) return groupLine(store, entry);
  return t("call.line", { what: mediaName(content.media), outcome: outcomeText(content, sender === store.me) });
}

/** Why a call ended for a user who took part in it. @type {Record<string, Key>} */
const ENDINGS = {
  left: "call.end_left",
  replaced: "call.end_replaced",
  lost: "call.end_lost",
  removed: "call.end_removed",
  signed_out: "call.end_signed_out",
  declined: "call.end_declined",
  busy: "call.end_busy",
  timed_out: "call.end_timed_out",
  cancelled: "call.end_cancelled",
  ended_by_host: "call.end_by_host",
  failed: "call.end_failed",
};

/** Endings of a one-to-one call after which the user may want to call again. */
const CALL_AGAIN = ["declined", "busy", "timed_out", "failed", "lost"];
/** Endings of a one-to-one call after which the user may want to send a message. */
const WRITE_INSTEAD = ["declined", "busy", "timed_out"];
/** Endings for this device only: the call itself continues. */
const MOVE_HERE = ["replaced", "answered_elsewhere"];

/**
 * The text about the end of a call, and what the user can do next.
 * @typedef {{text: string, again?: boolean, back?: boolean, write?: boolean, join?: boolean}} Ending
 */

/**
 * How a call ended. Undefined if there is nothing to show: the user declined, or a call ended that only rang here.
 * @param {Store} store
 * @param {{conversation: string, reason: string, outcome?: string, seconds?: number}} ended
 * @param {boolean} tookPart whether this page was in the call
 * @returns {Ending | undefined}
 */
export function ending(store, { conversation: id, reason, outcome, seconds = 0 }, tookPart) {
  const conversation = store.conversations.get(id);
  const who = conversation ? titleOf(store, conversation) : "";
  const group = conversation?.isGroup ?? false;
  if (reason === "answered_elsewhere") {
    // In a group, the user may have declined on the other device; the bar of the conversation shows the call.
    return group ? undefined : { text: t("call.end_answered_elsewhere"), join: true };
  }
  if (!tookPart) {
    if (!["cancelled", "timed_out", "busy"].includes(reason)) return undefined;
    return group ? { text: t("call.end_missed_group") } : { text: t("call.end_missed"), back: true, write: true };
  }
  return {
    text: endingText(reason, who, { group, alone: outcome === undefined, seconds }),
    again: !group && CALL_AGAIN.includes(reason),
    write: !group && WRITE_INSTEAD.includes(reason),
    join: MOVE_HERE.includes(reason) || (group && reason === "lost"),
  };
}

/**
 * @param {string} reason
 * @param {string} who
 * @param {{group: boolean, alone: boolean, seconds: number}} call `alone`: only the user's own part in it ended
 */
function endingText(reason, who, { group, alone, seconds }) {
  if (reason === "left" && group && alone) return t("call.end_you_left");
  if (reason === "left" && seconds > 0) return t("call.end_left_after", { time: durationText(seconds) });
  if (reason === "timed_out" && group) return t("call.end_nobody");
  return t(ENDINGS[reason] ?? "call.end_left", { who });
}

/**
 * A text about a participant's connection; undefined if the connection is fine.
 * @param {Participant} participant
 * @returns {Key | undefined}
 */
export function connectionKey({ state, mine, link }) {
  if (state === "ringing" || state === "invited") return "call.state_ringing";
  if (state === "reconnecting") return "call.state_reconnecting";
  if (mine || state !== "joined") return undefined;
  switch (link.state) {
    case "new":
    case "connecting":
      return "call.state_connecting";
    case "interrupted":
      return "call.state_interrupted";
    case "failed":
      return "call.state_failed";
    default:
      return undefined;
  }
}

/** Whether the call rings any user. A group call can begin without. @param {Participant[]} participants */
export const ringsAnyone = (participants) =>
  participants.some(({ state }) => state === "ringing" || state === "invited");

/** Why an invitee is not in the call. @type {Record<string, Key>} */
const ABSENCES = {
  declined: "call.absent_declined",
  busy: "call.absent_busy",
  timed_out: "call.absent_timed_out",
  left: "call.absent_left",
};

/** @param {string} state @returns {Key | undefined} */
export const absenceKey = (state) => ABSENCES[state];

/** The other participants who are in the call, by user. @param {Participant[]} roster */
function othersOf(roster) {
  const others = roster.filter(({ state, mine }) => !mine && (state === "joined" || state === "reconnecting"));
  return new Map(others.map((participant) => [participant.user, participant]));
}

/**
 * Describes the changes between two rosters, for screen readers.
 * @param {Store} store
 * @param {Participant[]} before
 * @param {Participant[]} after
 * @returns {string[]}
 */
export function rosterChanges(store, before, after) {
  const [earlier, later] = [othersOf(before), othersOf(after)];
  const said = [];
  for (const [user, { media, state }] of later) {
    const who = nameOf(store, user);
    const was = earlier.get(user);
    if (!was) {
      said.push(t("call.said_joined", { who }));
      continue;
    }
    if (was.state !== state) {
      said.push(t(state === "reconnecting" ? "call.said_reconnecting" : "call.said_back", { who }));
    }
    if (was.media.microphone !== media.microphone) {
      said.push(t(media.microphone ? "call.said_unmuted" : "call.said_muted", { who }));
    }
    if (!was.media.hand && media.hand) said.push(t("call.said_hand", { who }));
    if (!was.media.screen && media.screen) said.push(t("call.said_screen", { who }));
    if (was.media.screen && !media.screen) said.push(t("call.said_screen_ended", { who }));
  }
  for (const user of earlier.keys()) {
    if (!later.has(user)) said.push(t("call.said_left", { who: nameOf(store, user) }));
  }
  return said;
}
