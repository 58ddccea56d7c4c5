/** @import { Store } from "../../../store/store.js" */
/** @import { Call } from "../client/call.js" */
/** @import { Participant } from "../client/types.js" */

/**
 * The participants of a call. Until this device has joined, the expected participants: this user, and the other user of
 * a direct conversation.
 * @param {Store} store
 * @param {Call} call
 * @returns {Participant[]}
 */
export function rosterOf(store, call) {
  if (call.participants.length > 0) return call.participants;
  const { camera } = call.local;
  const peer = store.conversations.get(call.conversation)?.peer;
  const media = { microphone: true, camera: false, screen: false, hand: false };
  /** @param {string} user @returns {Participant} */
  const expected = (user) => ({
    user,
    state: "joined",
    mine: false,
    media,
    link: { state: "connected" },
    speaking: false,
    tracks: {},
  });
  const own = { ...expected(store.me), mine: true, media: { ...media, camera: Boolean(camera) }, tracks: { camera } };
  return peer ? [own, expected(peer)] : [own];
}
