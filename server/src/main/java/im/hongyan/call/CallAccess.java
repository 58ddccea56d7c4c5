package im.hongyan.call;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.timeline.Members;
import im.hongyan.timeline.Timeline;
import im.hongyan.timeline.TimelineErrors;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds the conversation of a call, and checks who may take part. Thread-safe. */
final class CallAccess {
    /**
     * A conversation in which a user may call.
     *
     * @param others the other members
     */
    record Callable(boolean direct, Set<UserId> others) {}

    private static final int MAX_CACHED = 100_000;

    private final Timeline timeline;
    private final CallStore store;
    private final LocalParticipants localParticipants;
    /** The conversation of a call never changes. */
    private final Cache<CallId, ConversationId> conversations = Caffeine.newBuilder()
            .maximumSize(MAX_CACHED)
            .expireAfterAccess(Duration.ofMinutes(10))
            .build();

    CallAccess(Timeline timeline, CallStore store, LocalParticipants localParticipants) {
        this.localParticipants = localParticipants;
        this.timeline = timeline;
        this.store = store;
    }

    /** Forgets what is cached, because the database was restored or replaced. */
    void clearCache() {
        conversations.invalidateAll();
    }

    /** Caches a call that was just started, which saves a query. */
    void started(CallId call, ConversationId conversation) {
        conversations.put(call, conversation);
    }

    /** Fails unless the user is a member who may append entries. */
    Future<Callable> checkCaller(ConversationId conversation, UserId user) {
        return timeline.transact(conversation, user, tx -> tx.isMember(conversation, user)
                        .compose(member ->
                                member ? tx.lock(conversation, user) : Future.failedFuture(TimelineErrors.notMember()))
                        .map(log -> {
                            log.checkMaySpeak();
                            return log;
                        }))
                .compose(log -> timeline.members().recent(conversation))
                .map(list -> new Callable(list.direct(), without(list, user)));
    }

    private static Set<UserId> without(Members.MemberList list, UserId user) {
        Set<UserId> others = new HashSet<>(list.users());
        others.remove(user);
        return others;
    }

    /** The conversation of a call. Fails with {@code call.not_found} unless the user is a member of it now. */
    Future<ConversationId> checkMember(CallId call, UserId user) {
        return conversation(call)
                .compose(conversation -> isMember(conversation, user).map(member -> {
                    if (!member) {
                        throw CallErrors.notFound();
                    }
                    return conversation;
                }));
    }

    /**
     * As {@link #checkMember}, for requests that grant no access: uses a list of members that may be a few minutes old.
     * A participant of this node needs no check, so that a running call continues without PostgreSQL.
     */
    Future<ConversationId> checkRecentMember(CallId call, Principal caller) {
        Optional<CallRoom> own =
                localParticipants.roomOf(caller).filter(room -> room.id().equals(call));
        if (own.isPresent()) {
            return Future.succeededFuture(own.get().info().conversation());
        }
        return conversation(call).compose(conversation -> isRecentMember(conversation, caller.user())
                .map(member -> {
                    if (!member) {
                        throw CallErrors.notFound();
                    }
                    return conversation;
                }));
    }

    Future<ConversationId> conversation(CallId call) {
        ConversationId cached = conversations.getIfPresent(call);
        if (cached != null) {
            return Future.succeededFuture(cached);
        }
        return store.find(call).map(found -> {
            ConversationId conversation =
                    found.orElseThrow(CallErrors::notFound).conversation();
            conversations.put(call, conversation);
            return conversation;
        });
    }

    /**
     * Exact; while PostgreSQL is unavailable, from a cache that is some minutes old, because running calls continue.
     */
    private Future<Boolean> isMember(ConversationId conversation, UserId user) {
        return timeline.<Boolean>transact(tx -> tx.isMember(conversation, user))
                .recover(failure -> failure instanceof StoreUnavailable
                        ? isRecentMember(conversation, user)
                        : Future.failedFuture(failure));
    }

    Future<Boolean> isRecentMember(ConversationId conversation, UserId user) {
        return timeline.members().recent(conversation).map(list -> list.users().contains(user));
    }

    /** Fails with {@code member.not_found} unless all of these are members. */
    Future<Void> checkMembers(ConversationId conversation, List<UserId> users, String field) {
        return timeline.members().recent(conversation).map(list -> {
            if (!list.users().containsAll(users)) {
                throw CallErrors.notMember(field);
            }
            return null;
        });
    }
}
