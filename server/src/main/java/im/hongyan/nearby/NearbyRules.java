package im.hongyan.nearby;

import im.hongyan.location.Grid;
import im.hongyan.location.Grid.Cell;
import im.hongyan.location.Grid.Columns;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What Nearby decides. Pure and thread-safe. */
final class NearbyRules {
    /** The least time between two changes of a user's cell. */
    static final long CELL_MS = Duration.ofMinutes(10).toMillis();

    /** Faster than airliners; in metres per second. */
    static final double MAX_SPEED = 300;

    /** How many searches an account has in {@link #SEARCHES_MS}. */
    static final int MAX_SEARCHES = 20;

    static final long SEARCHES_MS = Duration.ofHours(1).toMillis();

    /**
     * For how long after the last position the cell of a hidden user is known, so that users who hide and return cannot
     * move faster than others.
     */
    static final long MEMORY_MS = Duration.ofHours(1).toMillis();

    /** How many users an answer has. */
    static final int MAX_FOUND = 100;

    private final Grid grid;

    NearbyRules(Grid grid) {
        this.grid = grid;
    }

    /**
     * The state of a user who becomes visible, or stays so, at a position.
     *
     * @param before the last known state, if there is one
     * @throws Rejection {@code nearby.speed} if the user cannot have moved so far
     */
    NearbyState enable(
            Optional<NearbyState> before,
            double latitude,
            double longitude,
            long seconds,
            SessionId session,
            long now) {
        Cell reported = grid.cell(latitude, longitude);
        long until = now + seconds * 1000;
        if (before.isEmpty()) {
            return new NearbyState(reported, now, reported, now, until, session);
        }
        NearbyState last = before.get();
        checkSpeed(last, reported, now);
        Cell next = grid.follow(last.cell(), latitude, longitude);
        boolean moves = !next.equals(last.cell()) && now - last.changedAt() >= CELL_MS;
        return new NearbyState(
                moves ? next : last.cell(), moves ? now : last.changedAt(), reported, now, until, session);
    }

    /** By the least distance of the cells, so that a step across an edge is no distance. */
    private void checkSpeed(NearbyState last, Cell reported, long now) {
        double neededMs = grid.minDistance(last.reported(), reported) / MAX_SPEED * 1000;
        double missingMs = neededMs - (now - last.reportedAt());
        if (neededMs > 0 && missingMs > 0) {
            throw NearbyErrors.speed((long) Math.ceil(missingMs));
        }
    }

    /**
     * What is left of a state when its user is hidden.
     *
     * @return empty if it is old enough to be deleted
     */
    Optional<NearbyState> hide(NearbyState state, long now) {
        return Optional.of(state.hidden()).filter(hidden -> keepMs(hidden, now) > 0);
    }

    /** For how long a state is kept, in ms. */
    long keepMs(NearbyState state, long now) {
        return Math.max(state.visibleUntil(), state.reportedAt() + MEMORY_MS) - now;
    }

    /** The cells whose users are found, as parts of rows. */
    List<Columns> searched(Cell searcher, int radius) {
        return grid.within(searcher, radius);
    }

    /**
     * What a user in one cell learns about a user in another one. Depends on the two cells only, and is the same in
     * both directions.
     *
     * @param radius of the search, in metres
     * @return empty if the other user is not found
     */
    Optional<Distance> distance(Cell searcher, Cell other, int radius) {
        double metres = grid.distance(searcher, other);
        if (metres >= radius) {
            return Optional.empty();
        }
        // Users in the same cell are half its size apart, on average.
        return Optional.of(Distance.of(Math.max(metres, grid.sizeMetres() / 2.0)));
    }
}
