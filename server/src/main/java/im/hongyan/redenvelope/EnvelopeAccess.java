package im.hongyan.redenvelope;

import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.ClaimOutcome.Refusal;
import im.hongyan.timeline.Members;
import io.vertx.core.Future;
import java.time.Instant;

/** Checks which users may open or see an envelope. */
final class EnvelopeAccess {
    /** @param member whether the user is still a member; otherwise the state is the one when the user left */
    record Visible(EnvelopeState state, boolean member) {}

    private final Members members;
    private final EnvelopeStore store;

    EnvelopeAccess(Members members, EnvelopeStore store) {
        this.members = members;
        this.store = store;
    }

    /**
     * Rejects most users who may not open an envelope before any work is done. PostgreSQL checks again, under its
     * locks.
     */
    Future<Void> checkOpener(EnvelopeSpec envelope, UserId user) {
        return members.recent(envelope.conversation())
                .compose(list ->
                        list.users().contains(user) ? Future.succeededFuture(true) : store.mayOpen(envelope.id(), user))
                .map(allowed -> {
                    if (!allowed) {
                        throw EnvelopeErrors.of(Refusal.NOT_FOUND);
                    }
                    if (envelope.kind() == EnvelopeKind.DIRECT
                            && envelope.sender().equals(user)) {
                        throw EnvelopeErrors.of(Refusal.OWN);
                    }
                    if (envelope.recipient() != null && !envelope.recipient().equals(user)) {
                        throw EnvelopeErrors.of(Refusal.NOT_RECIPIENT);
                    }
                    return null;
                });
    }

    /** The state of an envelope that a user may see; fails with {@code envelope.not_found}. */
    Future<Visible> visible(EnvelopeId id, UserId user) {
        return store.visibleRange(id, user).compose(range -> {
            Instant left = range.orElseThrow(EnvelopeErrors::notFound).left();
            return store.state(id)
                    .map(found -> found.orElseThrow(EnvelopeErrors::notFound))
                    .map(state -> left == null ? new Visible(state, true) : new Visible(state.asOf(left), false));
        });
    }
}
