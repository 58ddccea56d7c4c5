package im.hongyan.identity;

import im.hongyan.protocol.SessionId;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** The revocations of all nodes, in the order in which they can be read without missing one. */
interface RevocationLog {
    /** Reads the revocations at or after {@code place} that are not older than {@code since}. */
    Future<Page> read(Place place, Instant since);

    /** Deletes up to {@code limit} revocations that are older than {@code before}. */
    Future<Void> sweep(Instant before, int limit);

    record Revocation(SessionId session, Instant at) {}

    /** A position in the log, by transaction number, then session. */
    record Place(long xid, UUID session) {
        private static final UUID LOWEST = new UUID(0, 0);

        static Place from(long xid) {
            return new Place(xid, LOWEST);
        }
    }

    /**
     * @param horizon where a reader continues that has read this page and all after it: a transaction that was not
     *     visible to this page is at or above it
     * @param rest where the next page begins; null on the last page
     */
    record Page(List<Revocation> revocations, long horizon, Place rest) {}
}
