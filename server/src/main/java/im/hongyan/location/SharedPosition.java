package im.hongyan.location;

import im.hongyan.protocol.UserId;

/**
 * A running share as Redis holds it. Times are in ms since 1970 by Redis' clock.
 *
 * @param n the number of its newest update; -1 before the first one
 * @param receivedAt when the newest update came
 * @param position null before the first one
 */
record SharedPosition(
        ShareId share, UserId user, long expiresAt, long n, long receivedAt, boolean paused, Position position) {
    /** The value of a field in Redis, see {@code update.lua}; null if it is a tombstone. */
    static SharedPosition parse(ShareId share, String value) {
        String[] parts = value.split(" ", 8);
        if (!parts[0].equals("L")) {
            return null;
        }
        return new SharedPosition(
                share,
                UserId.of(parts[1]),
                Long.parseLong(parts[2]),
                Long.parseLong(parts[3]),
                Long.parseLong(parts[5]),
                parts[6].equals("1"),
                parts[7].isEmpty() ? null : Position.parse(parts[7]));
    }
}
