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
 * Who is in a conversation, kept in memory. A list is used for an entry only if it has the version that the append
 * answered, so that entry n goes to the members as of n. Thread-safe.
 */
public final class Members {
    private static final int MAX_CACHED_USERS = 2_000_000;

    /** The people in a conversation as of a version, in no order. */
    public record MemberList(long version, boolean direct, Set<UserId> users) {}

    /** Where the lists come from. */
    interface Source {
        Future<MemberList> roster(ConversationId conversation);

        Future<Set<UserId>> asOf(ConversationId conversation, long seq);
    }

    private final Source store;
    /** Whoever needs a list that is being read waits for it: after a change many entries may come at once. */
    private final SingleFlight<ConversationId, MemberList> loading = new SingleFlight<>();

    private final Cache<ConversationId, MemberList> rosters = Caffeine.newBuilder()
            .maximumWeight(MAX_CACHED_USERS)
            .weigher(
                    (ConversationId id, MemberList roster) -> 4 + roster.users().size())
            .expireAfterWrite(Duration.ofMinutes(10))
            .build();

    Members(Postgres postgres) {
        this(new MemberStore(postgres));
    }

    Members(Source store) {
        this.store = store;
    }

    /**
     * The people who may see entry {@code seq}: one look into memory, unless somebody came or went.
     *
     * @param version of the member list, as the append answered it
     */
    Future<Set<UserId>> audience(ConversationId conversation, long seq, long version) {
        MemberList cached = rosters.getIfPresent(conversation);
        if (cached != null && cached.version() == version) {
            return Future.succeededFuture(cached.users());
        }
        return readOnce(conversation, version)
                // One that was being read already may be from before the change.
                .compose(roster -> roster.version() < version ? load(conversation) : Future.succeededFuture(roster))
                // One that is newer than the entry says nothing of it; the windows do.
                .compose(roster ->
                        roster.version() == version ? Future.succeededFuture(roster.users()) : asOf(conversation, seq));
    }

    /**
     * As {@link #audience}, of an entry that may say that somebody has left. He sees it, and is in no roster of its version;
     * such a roster may be in memory by now, if somebody else has written meanwhile.
     */
    Future<Set<UserId>> audienceOfChange(ConversationId conversation, long seq) {
        return load(conversation).compose(roster -> asOf(conversation, seq));
    }

    /** Another node has seen the list at this version: an older one here is of no use any more. */
    void outdated(ConversationId conversation, long version) {
        rosters.asMap().computeIfPresent(conversation, (id, roster) -> roster.version() < version ? null : roster);
    }

    /** The database holds another history: versions mean other lists now. */
    void forget() {
        rosters.invalidateAll();
    }

    /** The members now, or up to ten minutes ago: good enough for what is not in the log, such as typing. */
    public Future<MemberList> recent(ConversationId conversation) {
        MemberList cached = rosters.getIfPresent(conversation);
        return cached != null ? Future.succeededFuture(cached) : load(conversation);
    }

    /** The people whose windows hold {@code seq}: exact, however much later it is asked. */
    Future<Set<UserId>> asOf(ConversationId conversation, long seq) {
        return store.asOf(conversation, seq);
    }

    /** As {@link #load}, unless the very list was read between a look into memory and this. */
    private Future<MemberList> readOnce(ConversationId conversation, long version) {
        return loading.join(conversation, () -> {
            MemberList cached = rosters.getIfPresent(conversation);
            return cached != null && cached.version() == version ? Future.succeededFuture(cached) : read(conversation);
        });
    }

    private Future<MemberList> load(ConversationId conversation) {
        return loading.join(conversation, () -> read(conversation));
    }

    private Future<MemberList> read(ConversationId conversation) {
        return store.roster(conversation).map(roster -> {
            remember(conversation, roster);
            return roster;
        });
    }

    /** What is not there, or not yet, is not remembered: made-up ids would crowd out what is worth it. */
    private void remember(ConversationId conversation, MemberList roster) {
        if (roster.version() >= 0) {
            rosters.asMap().merge(conversation, roster, (old, now) -> old.version() > now.version() ? old : now);
        }
    }
}
