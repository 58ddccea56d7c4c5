/** @import { EnvelopeView } from "../client/types.js" */

/** Of an envelope that more have opened, only how many they are is told. */
const NAMED = 3;

/**
 * "X opened your envelope": what the two parties of an opening see in the conversation. It is no entry of the log.
 * @typedef {object} EnvelopeLine
 * @property {string} key
 * @property {string} envelope
 * @property {string} at
 * @property {string} sender
 * @property {string[]} openers
 * @property {number} count how many opened it
 */

/**
 * @param {EnvelopeView[]} views
 * @param {string} conversation
 * @param {string} me
 * @returns {EnvelopeLine[]} in the order of time
 */
export function envelopeLines(views, conversation, me) {
  return views
    .filter((view) => view.conversation === conversation)
    .flatMap((view) => linesOf(view, me))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** @param {EnvelopeView} view @param {string} me @returns {EnvelopeLine[]} */
function linesOf({ envelope, sender, openers }, me) {
  const line = (/** @type {EnvelopeView["openers"]} */ of) => ({
    key: of.length > 1 ? `opened ${envelope}` : `opened ${envelope} ${of[0].user}`,
    envelope,
    at: of[of.length - 1].at,
    sender,
    openers: of.map(({ user }) => user),
    count: of.length,
  });
  const told = sender === me ? openers : openers.filter(({ user }) => user === me);
  return told.length > NAMED ? [line(told)] : told.map((opener) => line([opener]));
}
