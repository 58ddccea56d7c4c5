package im.hongyan.timeline;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * Who is in a conversation, kept in memory. A list is used for an entry only if it has the version that the append
 * answered, so that entry n goes to the members as of n. Thread-safe.
 */
public final class Members {
    private static final int MAX_CACHED_USERS = 2_000_000;

    /** The people in a conversation as of a version, in no order. */
    public record Roster(long version, boolean direct, Set<UserId> users) {}

    private static final String CURRENT =
            """
            SELECT c.member_version AS version, c.kind, m.user_id
            FROM conversation c LEFT JOIN member m ON m.conversation = c.id AND m.role > 0
            WHERE c.id = $1
            """;

    private static final String AS_OF = "SELECT user_id FROM member WHERE conversation = $1 AND seen @> $2::bigint";

    private final Postgres postgres;
    private final Cache<ConversationId, Roster> rosters = Caffeine.newBuilder()
            .maximumWeight(MAX_CACHED_USERS)
            .weigher((ConversationId id, Roster roster) -> 4 + roster.users().size())
            .expireAfterWrite(Duration.ofMinutes(10))
            .build();

    Members(Postgres postgres) {
        this.postgres = postgres;
    }

    /**
     * The people who may see entry {@code seq}: one look into memory, unless somebody came or went.
     *
     * @param version of the member list, as the append answered it
     */
    Future<Set<UserId>> audience(ConversationId conversation, long seq, long version) {
        Roster cached = rosters.getIfPresent(conversation);
        if (cached != null && cached.version() == version) {
            return Future.succeededFuture(cached.users());
        }
        // The roster that is read now may be newer than the entry; the windows know.
        return load(conversation).compose(roster -> asOf(conversation, seq));
    }

    /**
     * As {@link #audience}, of an entry that may say that somebody has left. He sees it, and is in no roster of its version;
     * such a roster may be in memory by now, if somebody else has written meanwhile.
     */
    Future<Set<UserId>> audienceOfChange(ConversationId conversation, long seq) {
        return load(conversation).compose(roster -> asOf(conversation, seq));
    }

    /** The database holds another history: versions mean other lists now. */
    void forget() {
        rosters.invalidateAll();
    }

    /** The members now, or up to ten minutes ago: good enough for what is not in the log, such as typing. */
    public Future<Roster> recent(ConversationId conversation) {
        Roster cached = rosters.getIfPresent(conversation);
        return cached != null ? Future.succeededFuture(cached) : load(conversation);
    }

    /** The people whose windows hold {@code seq}: exact, however much later it is asked. */
    Future<Set<UserId>> asOf(ConversationId conversation, long seq) {
        return postgres.query(AS_OF, Tuple.of(conversation.value(), seq)).map(rows -> {
            Set<UserId> users = new HashSet<>();
            for (Row row : rows) {
                users.add(new UserId(row.getUUID("user_id")));
            }
            return users;
        });
    }

    private Future<Roster> load(ConversationId conversation) {
        return postgres.query(CURRENT, Tuple.of(conversation.value())).map(rows -> {
            long version = -1;
            boolean direct = false;
            Set<UserId> users = new HashSet<>();
            for (Row row : rows) {
                version = row.getLong("version");
                direct = row.getInteger("kind") == ConversationKind.DIRECT.code();
                if (row.getUUID("user_id") != null) {
                    users.add(new UserId(row.getUUID("user_id")));
                }
            }
            Roster roster = new Roster(version, direct, Set.copyOf(users));
            if (version < 0) {
                // Not there, or not yet: remembered, made-up ids would crowd out what is worth remembering.
                return roster;
            }
            rosters.asMap().merge(conversation, roster, (old, now) -> old.version() > now.version() ? old : now);
            return roster;
        });
    }
}
