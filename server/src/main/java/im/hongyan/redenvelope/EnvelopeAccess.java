package im.hongyan.redenvelope;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.async.SingleFlight;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.ClaimOutcome.Refusal;
import im.hongyan.timeline.Members;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Set;

/** Checks which users may open or see an envelope. */
final class EnvelopeAccess {
    /** @param member whether the user is still a member; otherwise the state is the one when the user left */
    record Visible(EnvelopeState state, boolean member) {}

    private static final int MAX_CACHED_USERS = 500_000;
    private static final Duration CACHED = Duration.ofMinutes(1);

    private final Members members;
    private final EnvelopeStore store;
    private final SingleFlight<EnvelopeId, Set<UserId>> reads = new SingleFlight<>();
    private final Cache<EnvelopeId, Set<UserId>> openers = Caffeine.newBuilder()
            .maximumWeight(MAX_CACHED_USERS)
            .weigher((EnvelopeId id, Set<UserId> users) -> 4 + users.size())
            .expireAfterWrite(CACHED)
            .build();

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
                .compose(list -> list.users().contains(user)
                        ? openers(envelope.id()).map(some -> some.contains(user))
                        : Future.succeededFuture(false))
                .compose(known -> known ? Future.succeededFuture(true) : store.mayOpen(envelope.id(), user))
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

    /** Exact: those of the users who are members now and can see the envelope's entry. */
    Future<Set<UserId>> audience(EnvelopeId id, Collection<UserId> users) {
        return store.audience(id, users);
    }

    /** Users who may open an envelope, cached for up to a minute so that a rush does not cost a query per user. */
    private Future<Set<UserId>> openers(EnvelopeId id) {
        Set<UserId> cached = openers.getIfPresent(id);
        return cached != null
                ? Future.succeededFuture(cached)
                : reads.join(id, () -> store.openers(id).onSuccess(read -> openers.put(id, read)));
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
