package im.hongyan.redenvelope;

import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/**
 * Hands out the indexes of shares and turns away the many who come too late. It is outside of what money rests on: whatever
 * it answers, PostgreSQL decides who has a share. Each method fails while the gate is away.
 */
interface ShareAllocator {
    sealed interface Answer {
        /** A share is reserved for the one who asked; he is given the same one again until it is settled or given back. */
        record Index(int idx) implements Answer {}

        record Empty() implements Answer {}

        /** It knows nothing of this envelope, or has forgotten: {@link ShareAllocator#build} it. */
        record Unbuilt() implements Answer {}
    }

    /** Somebody asked for a share and was given one, and it is not known what became of it. */
    record Reservation(EnvelopeId envelope, UserId user) {}

    Future<Answer> take(EnvelopeSpec envelope, UserId user);

    /** Opens the gate of an envelope, unless it is open already. */
    Future<Void> build(EnvelopeSpec envelope, Map<UserId, Integer> claimed);

    /** These have their shares. */
    Future<Void> settled(List<Reservation> reservations);

    /**
     * Undoes a reservation, if it is still the one with this index.
     *
     * @param free whether the share can be handed out again
     */
    Future<Void> release(EnvelopeSpec envelope, UserId user, int idx, boolean free);

    /**
     * Somebody was given an index and has the share of another one: it is noted as his, and the first is free again. Nothing
     * is done if he has not the first one any more.
     */
    Future<Void> learn(EnvelopeSpec envelope, UserId user, int given, int real);

    /** Forgets an envelope, so that it is built anew. */
    Future<Void> drop(EnvelopeId envelope);

    /** Some of the reservations that were made more than {@code ageMs} ago; whoever asks is given the same. */
    Future<List<Reservation>> overdue(long ageMs);
}
