package im.hongyan.nearby;

import im.hongyan.location.Grid.Cell;
import im.hongyan.protocol.SessionId;

/**
 * What is known of a user who is or was visible. Times are in ms since 1970.
 *
 * @param cell where others find the user
 * @param changedAt when the user came to that cell
 * @param reported the cell of the last position, which may be another one for a while
 * @param reportedAt when that position arrived
 * @param visibleUntil 0 for a user who has been hidden
 * @param session that made the user visible
 */
record NearbyState(Cell cell, long changedAt, Cell reported, long reportedAt, long visibleUntil, SessionId session) {
    /** Whether searches may find the user. */
    boolean isVisible(long now) {
        return visibleUntil > now;
    }

    /** Whether the indexes of Redis contain the user, perhaps after the end. */
    boolean isIndexed() {
        return visibleUntil > 0;
    }

    /** The state without visibility: what limits how the user may move on. */
    NearbyState hidden() {
        return new NearbyState(cell, changedAt, reported, reportedAt, 0, session);
    }

    /** For Redis. {@link #parse} reads it. */
    String text() {
        return cell.row() + " " + cell.column() + " " + changedAt + " " + reported.row() + " " + reported.column() + " "
                + reportedAt + " " + visibleUntil + " " + session;
    }

    static NearbyState parse(String text) {
        String[] parts = text.split(" ");
        return new NearbyState(
                new Cell(Integer.parseInt(parts[0]), Integer.parseInt(parts[1])),
                Long.parseLong(parts[2]),
                new Cell(Integer.parseInt(parts[3]), Integer.parseInt(parts[4])),
                Long.parseLong(parts[5]),
                Long.parseLong(parts[6]),
                SessionId.of(parts[7]));
    }
}
