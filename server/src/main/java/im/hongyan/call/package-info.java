/**
 * Calls: audio and video between up to nine participants of a conversation. The server decides who is in a call, relays
 * signals between participants, and records the end. Media goes between the browsers.
 *
 * <p>Tables: {@code call}. Redis: the keys of {@link im.hongyan.call.CallRoomStore} and
 * {@link im.hongyan.call.CallUserStore}. Frames: {@code call.*}, entries of kind {@code call}, the field {@code call}
 * of conversations.
 *
 * <p>The path of a request: {@link im.hongyan.call.Calls} (the frames), {@link im.hongyan.call.CallStarting},
 * {@link im.hongyan.call.CallEntering} or {@link im.hongyan.call.CallControls}, {@link im.hongyan.call.CallRooms}
 * (read, decide, replace), {@link im.hongyan.call.CallMachine} (the rules), {@code swap.lua},
 * {@link im.hongyan.call.CallEvents} (the pushes), the answer. The path of a signal:
 * {@link im.hongyan.call.CallSignals}. Without a request: {@link im.hongyan.call.CallUpkeep} (timers, leases,
 * rebuilding) and {@link im.hongyan.call.CallHooks}.
 *
 * <p>Invariants:
 * <ul>
 *   <li>A room changes only from the version that was read: the order in which changes reach Redis decides every race.
 *   <li>Never more than the maximum are in, those who are reconnecting included.
 *   <li>A user is in one call at a time: first the user is marked, then the room is changed. A mark without a place in
 *       the room counts for nothing.
 *   <li>A call leaves exactly one entry. The transaction that closes its row appends it; the room stays until then.
 *   <li>Only the participant that a socket holds can act through it. A new join has a new id, and the old one is
 *   refused.
 *   <li>A participant whose socket is gone leaves after the grace period, whichever nodes die.
 *   <li>SDP, candidates and addresses are neither stored nor logged.
 *   <li>Lock order: the row of the call, then the conversation.
 * </ul>
 */
package im.hongyan.call;
