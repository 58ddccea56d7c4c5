package im.hongyan.redenvelope;

import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/**
 * Reserves shares by their index and rejects the users who come too late. No money depends on it: whatever it answers,
 * PostgreSQL decides which user has a share. All methods fail while it is unavailable.
 */
interface ShareAllocator {
    sealed interface Answer {
        /** A share is reserved for the user, who gets the same one until it is confirmed or released. */
        record Index(int idx) implements Answer {}

        /** No share is free. */
        record Empty() implements Answer {}

        /** It does not know the envelope, or has lost some of its shares: {@link ShareAllocator#build} it. */
        record NotBuilt() implements Answer {}
    }

    /** A user's reservation of a share, which the user has until it is confirmed or released. */
    record Reservation(EnvelopeId envelope, UserId user) {}

    Future<Answer> reserve(EnvelopeSpec envelope, UserId user);

    /** Sets up the free shares of an envelope, unless it is built already. */
    Future<Void> build(EnvelopeSpec envelope, Map<UserId, Integer> claimed);

    /** The reserved shares are claimed, so the reservations need no recovery any more. */
    Future<Void> confirm(List<Reservation> reservations);

    /**
     * Releases a reservation, unless the user has another index now.
     *
     * @param free whether the share can be reserved again; otherwise an unknown user has it
     */
    Future<Void> release(EnvelopeSpec envelope, UserId user, int idx, boolean free);

    /**
     * Corrects the index of a user who has claimed another share than the reserved one. The reserved one is free again.
     * Does nothing if the user's reservation has changed.
     */
    Future<Void> reassign(EnvelopeSpec envelope, UserId user, int reserved, int claimed);

    /** Forgets an envelope, so that it is built again. */
    Future<Void> drop(EnvelopeId envelope);

    /** Some of the reservations that were made more than {@code ageMs} ago and are not confirmed, the oldest first. */
    Future<List<Reservation>> overdue(long ageMs);
}
