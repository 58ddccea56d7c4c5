package im.hongyan.timeline;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.async.SingleFlight;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Set;

/**
 * The members of conversations, cached. A list is used for an entry only if it has the version that the append
 * returned, so that entry n goes to the members as of n. Thread-safe.
 */
public final class Members {
    private static final int MAX_CACHED_USERS = 2_000_000;

    /** The members of a conversation as of a version, in no order. */
    public record MemberList(long version, boolean direct, Set<UserId> users) {}

    /** Where the lists come from. */
    interface Source {
        Future<MemberList> current(ConversationId conversation);

        Future<Set<UserId>> asOf(ConversationId conversation, long seq);
    }

    private final Source store;
    /** Lists that are being read, so that many entries right after a change cause one read. */
    private final SingleFlight<ConversationId, MemberList> loading = new SingleFlight<>();

    private final Cache<ConversationId, MemberList> cache = Caffeine.newBuilder()
            .maximumWeight(MAX_CACHED_USERS)
            .weigher((ConversationId id, MemberList list) -> 4 + list.users().size())
            .expireAfterWrite(Duration.ofMinutes(10))
            .build();

    Members(Postgres postgres) {
        this(new MemberStore(postgres));
    }

    Members(Source store) {
        this.store = store;
    }

    /**
     * The users who may see entry {@code seq}: from the cache, unless the members have changed.
     *
     * @param version of the member list, as the append returned it
     */
    Future<Set<UserId>> audience(ConversationId conversation, long seq, long version) {
        MemberList cached = cache.getIfPresent(conversation);
        if (cached != null && cached.version() == version) {
            return Future.succeededFuture(cached.users());
        }
        return readOnce(conversation, version)
                // A list that was being read already may be from before the change.
                .compose(list -> list.version() < version ? load(conversation) : Future.succeededFuture(list))
                // A list that is newer than the entry does not say who may see it; the windows do.
                .compose(list ->
                        list.version() == version ? Future.succeededFuture(list.users()) : asOf(conversation, seq));
    }

    /**
     * As {@link #audience}, for an entry that may say that a user has left. That user may see it, but is not in the
     * list of its version, which may be cached by now because of a later entry.
     */
    Future<Set<UserId>> audienceOfChange(ConversationId conversation, long seq) {
        return load(conversation).compose(list -> asOf(conversation, seq));
    }

    /** Another node has seen the list at this version: drops an older one. */
    void outdated(ConversationId conversation, long version) {
        cache.asMap().computeIfPresent(conversation, (id, list) -> list.version() < version ? null : list);
    }

    /** The database was restored or replaced: drops all lists. */
    void clearCache() {
        cache.invalidateAll();
    }

    /** The members now, or up to ten minutes ago: precise enough for what is not in the log, such as typing. */
    public Future<MemberList> recent(ConversationId conversation) {
        MemberList cached = cache.getIfPresent(conversation);
        return cached != null ? Future.succeededFuture(cached) : load(conversation);
    }

    /** The users whose windows contain {@code seq}: exact, however late it is called. */
    Future<Set<UserId>> asOf(ConversationId conversation, long seq) {
        return store.asOf(conversation, seq);
    }

    /** As {@link #load}, unless the list was read between the lookup in the cache and this call. */
    private Future<MemberList> readOnce(ConversationId conversation, long version) {
        return loading.join(conversation, () -> {
            MemberList cached = cache.getIfPresent(conversation);
            return cached != null && cached.version() == version ? Future.succeededFuture(cached) : read(conversation);
        });
    }

    private Future<MemberList> load(ConversationId conversation) {
        return loading.join(conversation, () -> read(conversation));
    }

    private Future<MemberList> read(ConversationId conversation) {
        return store.current(conversation).map(list -> {
            cache(conversation, list);
            return list;
        });
    }

    /** Does not cache lists of conversations that do not exist: made-up ids would evict useful lists. */
    private void cache(ConversationId conversation, MemberList list) {
        if (list.version() >= 0) {
            cache.asMap().merge(conversation, list, (old, now) -> old.version() > now.version() ? old : now);
        }
    }
}
