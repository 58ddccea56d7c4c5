/** @import { EnvelopeView } from "./types.js" */

/** If more users opened an envelope, one line gives their number instead of their names. */
const MAX_NAMED = 3;

/**
 * "X opened your envelope": what the two sides of an opening see in the conversation. It is no entry of the log.
 * @typedef {object} Opening
 * @property {string} key
 * @property {string} envelope
 * @property {string} at
 * @property {string} sender
 * @property {string[]} openers
 * @property {number} count how many users opened it
 */

/**
 * The openings of a conversation that concern the user.
 * @param {EnvelopeView[]} views
 * @param {string} conversation
 * @param {string} me
 * @returns {Opening[]} in the order of time
 */
export function openings(views, conversation, me) {
  return views
    .filter((view) => view.conversation === conversation)
    .flatMap((view) => openingsOf(view, me))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** @param {EnvelopeView} view @param {string} me @returns {Opening[]} */
function openingsOf({ envelope, sender, openers }, me) {
  const opening = (/** @type {EnvelopeView["openers"]} */ by) => ({
    key: by.length > 1 ? `opened ${envelope}` : `opened ${envelope} ${by[0].user}`,
    envelope,
    at: by[by.length - 1].at,
    sender,
    openers: by.map(({ user }) => user),
    count: by.length,
  });
  const visible = sender === me ? openers : openers.filter(({ user }) => user === me);
  return visible.length > MAX_NAMED ? [opening(visible)] : visible.map((opener) => opening([opener]));
}
