/** @import { Store } from "../../../store/store.js" */
/** @import { Call } from "../client/call.js" */
/** @import { Participant } from "../client/types.js" */

const ALL_OFF = { microphone: false, camera: false, screen: false, hand: false };

/**
 * The participants of a call. Before the server has let this device in, those who are expected: this user, and the other
 * one of a direct conversation.
 * @param {Store} store
 * @param {Call} call
 * @returns {Participant[]}
 */
export function rosterOf(store, call) {
  if (call.participants.length > 0) return call.participants;
  const { camera } = call.local;
  const peer = store.conversations.get(call.conversation)?.peer;
  /** @type {Participant} */
  const own = {
    user: store.me,
    state: "joined",
    mine: true,
    media: { ...ALL_OFF, microphone: true, camera: Boolean(camera) },
    link: { state: "connected" },
    speaking: false,
    tracks: { camera },
  };
  if (!peer) return [own];
  return [
    own,
    { user: peer, state: "joined", mine: false, media: ALL_OFF, link: { state: "connected" }, speaking: false, tracks: {} },
  ];
}
