/**
 * Calls: audio and video between up to nine participants of a conversation. The server decides who is in a call, relays
 * signals between participants, and records the end. Media flows directly between the browsers.
 *
 * <p>Tables: {@code call}. Redis: the keys of {@link im.hongyan.call.CallRoomStore} and
 * {@link im.hongyan.call.CallUserStore}. Frames: {@code call.*}, entries of kind {@code call}, the field {@code call}
 * of conversations.
 *
 * <p>The path of a request: {@link im.hongyan.call.Calls} (the frames), {@link im.hongyan.call.CallStarting},
 * {@link im.hongyan.call.CallEntering} or {@link im.hongyan.call.CallControls}, {@link im.hongyan.call.CallRooms}
 * (read, decide, replace), {@link im.hongyan.call.CallMachine} (the rules), {@code swap.lua},
 * {@link im.hongyan.call.CallEvents} (the pushes), the answer. The path of a signal:
 * {@link im.hongyan.call.CallSignals}. Without a request: {@link im.hongyan.call.CallMaintenance} (timers, leases,
 * rebuilding) and {@link im.hongyan.call.CallHooks}.
 *
 * <p>Invariants:
 * <ul>
 *   <li>A node replaces a room only if its version is unchanged since it was read, so the order in which changes reach
 *       Redis decides every race.
 *   <li>The number of participants, including reconnecting ones, never exceeds the maximum.
 *   <li>A user is in one call at a time: first the user is marked, then the room is changed. A mark counts only if the
 *       room contains the user.
 *   <li>A call leaves exactly one entry. The transaction that closes its row appends it; the room stays until then.
 *   <li>A socket acts only as its current participant. A new join creates a new participant, and the old one is
 *       refused.
 *   <li>A disconnected participant leaves after the grace period, whichever nodes die.
 *   <li>SDP, candidates and addresses are neither stored nor logged.
 *   <li>Lock order: the row of the call, then the conversation.
 * </ul>
 */
package im.hongyan.call;
