/**
 * Where users are: places, which are messages, and live locations, which are shared for some time and never stored.
 * {@link im.hongyan.location.Grid} divides the earth into cells, which stand for positions that must not be precise.
 *
 * <p>Tables: {@code location_share}. Redis: the keys of {@link im.hongyan.location.PositionStore}. Frames: {@code
 * location.*}, entries of kind {@code location}, contents of type {@code place}.
 *
 * <p>The path of an update: {@link im.hongyan.location.Locations} (the frame), {@link im.hongyan.location.LiveShares}
 * (whose share it is), {@code update.lua} (order and rate), the answer. Up to a second later, on each node with
 * watchers: {@link im.hongyan.location.PositionTicks} (one read), {@link im.hongyan.location.WatchedShares} (what has
 * changed), the push. Without a request: {@link im.hongyan.location.ShareUpkeep}.
 *
 * <p>Invariants:
 * <ul>
 *   <li>A coordinate of a live share is in Redis until the share ends, in memory, and in frames to members; nowhere
 *       else. No log line, metric, entry or row has one.
 *   <li>PostgreSQL decides whether a share runs. Redis holds a share only if PostgreSQL has said so at that time, and
 *       remembers an end for longer than a request may take, so that no late update revives the share.
 *   <li>A share ends once: the transaction that sets {@code stopped_at} appends the entry, if there is one.
 *   <li>A user has at most one running share in a conversation. A new one stops the old one in the same transaction.
 *   <li>Positions are sent only to current members, and only those of current members.
 *   <li>Lock order: the conversation, then its shares.
 * </ul>
 */
package im.hongyan.location;
