package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Transaction;
import im.hongyan.timeline.LogStore.Outcome;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A transaction that appends to a log together with other changes. Valid within the function given to
 * {@link Timeline#transact}.
 */
public final class LogTransaction {
    /** An entry to push after the commit; {@code content} may hold more than what is stored. */
    record Push(NewEntry newEntry, Appended appended, String content) {}

    /** What to do once the transaction is committed. */
    record AfterCommit(List<Push> pushes, List<Consumer<TimelineListener>> events) {
        AfterCommit() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    /**
     * A conversation whose log is locked: the next entry has {@code lastSeq + 1}.
     *
     * @param role of the user whom it was locked for; {@link Role#NONE} if they are no member
     * @param standing of that user
     * @param isMuted whether that user is muted
     * @param now the time by which rules are judged, PostgreSQL's
     */
    public record Locked(
            ConversationId conversation,
            ConversationKind kind,
            String title,
            boolean openHistory,
            long lastSeq,
            int memberCount,
            long version,
            Role role,
            Standing standing,
            boolean isMuted,
            Instant now) {
        /**
         * Rejects the request unless the user is a member that may append entries. {@link LogTransaction#append} checks
         * this itself; call it for actions that are not appends, such as a vote.
         */
        public void checkMaySpeak() {
            standing.checkMaySpeak(role, isMuted);
        }

        private Locked with(Standing newStanding, boolean newMuted) {
            return new Locked(
                    conversation,
                    kind,
                    title,
                    openHistory,
                    lastSeq,
                    memberCount,
                    version,
                    role,
                    newStanding,
                    newMuted,
                    now);
        }
    }

    /** @param otherKinds the number of kinds besides the requested one */
    public record ReactionCounts(long total, long otherKinds) {}

    /** An entry that others refer to, as it is stored. */
    public record Stored(long seq, String kind, UserId sender, Instant at, String content, boolean recalled) {
        public Duration age(Instant now) {
            return Duration.between(at, now);
        }
    }

    private static final String READ =
            """
            SELECT c.kind, c.title, c.open_history, c.last_seq, c.member_count, c.member_version,
                   coalesce(m.role, 0) AS role, coalesce(m.standing, 0) AS standing,
                   coalesce(m.silent_until > t.now, false) AS muted, t.now
            FROM (SELECT clock_timestamp() AS now) t, conversation c
            LEFT JOIN member m ON m.conversation = c.id AND m.user_id = $2
            WHERE c.id = $1
            """;

    private static final String SET_STANDING =
            """
            UPDATE member SET standing = $3 WHERE conversation = $1 AND user_id = $2 AND standing <> $3
            """;

    private static final String MUTE =
            """
            UPDATE member SET silent_until = $3
            WHERE conversation = $1 AND user_id = $2 AND silent_until IS DISTINCT FROM $3
            """;

    private static final String LOCK = "SELECT 1 FROM conversation WHERE id = $1 FOR NO KEY UPDATE";

    private static final String IS_MEMBER =
            "SELECT 1 FROM member WHERE conversation = $1 AND user_id = $2 AND role > 0";

    private static final String REPLAY =
            """
            SELECT e.seq, e.at, e.kind, e.digest, c.member_version AS version
            FROM entry e JOIN conversation c ON c.id = e.conversation
            WHERE e.conversation = $1 AND e.sender = $2 AND e.client_id = $3
            """;

    private static final String FIND =
            """
            SELECT e.seq, e.kind, e.sender, e.at, e.content, e.recalled
            FROM entry e JOIN member m ON m.conversation = e.conversation AND m.user_id = $3 AND m.seen @> e.seq
            WHERE e.conversation = $1 AND e.seq = $2
            """;

    private final Transaction transaction;
    private final LogStore store;
    private final EntryKinds kinds;
    private final AfterCommit afterCommit;
    private final Map<ConversationId, Map<UserId, Locked>> locked = new HashMap<>();

    LogTransaction(Transaction transaction, LogStore store, EntryKinds kinds, AfterCommit afterCommit) {
        this.transaction = transaction;
        this.store = store;
        this.kinds = kinds;
        this.afterCommit = afterCommit;
    }

    /** For a feature's own statements. */
    public Transaction sql() {
        return transaction;
    }

    /**
     * Locks a conversation's log. Locking and reading are two statements, because one statement would keep its snapshot
     * from before it waited for the lock.
     */
    public Future<Locked> lock(ConversationId conversation, UserId who) {
        return transaction
                .query(LOCK, Tuple.of(conversation.value()))
                .compose(locked -> transaction.query(READ, Tuple.of(conversation.value(), who.value())))
                .map(rows -> {
                    if (rows.size() == 0) {
                        throw TimelineErrors.notMember();
                    }
                    Locked log = locked(conversation, rows.iterator().next());
                    locked.computeIfAbsent(conversation, id -> new HashMap<>()).put(who, log);
                    return log;
                });
    }

    /** Whether a user is a member of a conversation whose lock is held. */
    public Future<Boolean> isMember(ConversationId conversation, UserId who) {
        return transaction
                .query(IS_MEMBER, Tuple.of(conversation.value(), who.value()))
                .map(rows -> rows.size() > 0);
    }

    /** The answer to an earlier attempt of the same request. Rejects another request with the same client id. */
    public Future<Optional<Appended>> replay(NewEntry newEntry) {
        return transaction
                .query(
                        REPLAY,
                        Tuple.of(
                                newEntry.conversation().value(),
                                newEntry.sender().value(),
                                newEntry.clientId()))
                .map(rows -> {
                    if (rows.size() == 0) {
                        return Optional.empty();
                    }
                    Row row = rows.iterator().next();
                    if (!isRetry(newEntry, row)) {
                        throw TimelineErrors.clientIdReused();
                    }
                    return Optional.of(new Appended(
                            row.getLong("seq"), LogStore.instant(row, "at"), row.getLong("version"), false));
                });
    }

    /** Applies the same rule as {@code timeline_append}. */
    private boolean isRetry(NewEntry newEntry, Row earlier) {
        Buffer digest = earlier.getBuffer("digest");
        if (digest == null) {
            return newEntry.kind().name().equals(earlier.getString("kind"));
        }
        byte[] own = newEntry.digest();
        return Arrays.equals(digest.getBytes(), own)
                || Arrays.equals(digest.getBytes(), store.digestKey().afterDeletion(own));
    }

    /** An entry that {@code who} can see. */
    public Future<Stored> find(ConversationId conversation, long seq, UserId who) {
        return transaction
                .query(FIND, Tuple.of(conversation.value(), seq, who.value()))
                .map(rows -> {
                    if (rows.size() == 0) {
                        throw TimelineErrors.noSuchEntry();
                    }
                    return stored(rows.iterator().next());
                });
    }

    /**
     * Appends for the sender, who must be a member that may speak. Lock the conversation for this sender with {@link
     * #lock} before, and answer a retry with {@link #replay}.
     *
     * <p>The sender is checked against the state that the last {@link #lock} for them found, with later changes of this
     * transaction by {@link #setStanding} and {@link #mute}. The target of the entry is not checked: find it with
     * {@link #find}, which rejects an entry that the sender cannot see.
     */
    public Future<Appended> append(NewEntry newEntry) {
        return append(newEntry, newEntry.content());
    }

    /** @param pushed the content that is pushed, which may hold what the stored one only refers to */
    public Future<Appended> append(NewEntry newEntry, String pushed) {
        Locked log = locked.getOrDefault(newEntry.conversation(), Map.of()).get(newEntry.sender());
        if (log == null) {
            throw new IllegalStateException("the conversation is not locked for the sender");
        }
        log.checkMaySpeak();
        return appendUnchecked(newEntry, pushed);
    }

    /**
     * Appends without checking the sender: for actions that are allowed even to users who may not speak, such as
     * leaving a group, and for actions of the server.
     */
    public Future<Appended> appendUnchecked(NewEntry newEntry) {
        return appendUnchecked(newEntry, newEntry.content());
    }

    private Future<Appended> appendUnchecked(NewEntry newEntry, String pushed) {
        kinds.check(newEntry.kind());
        return store.append(transaction, newEntry).map(outcome -> {
            if (outcome instanceof Outcome.Refused refused) {
                throw refused.rejection();
            }
            Appended appended = ((Outcome.Stored) outcome).appended();
            if (appended.fresh()) {
                afterCommit.pushes().add(new Push(newEntry, appended, pushed));
            }
            return appended;
        });
    }

    /**
     * Sets whether a user may speak in a conversation, which must be locked. It holds for every append that gets the
     * lock after this transaction, and for later ones of this transaction.
     *
     * @return whether that changed anything; false for a user who never was a member
     */
    public Future<Boolean> setStanding(ConversationId conversation, UserId user, Standing standing) {
        return changeStanding(
                conversation, user, SET_STANDING, standing.code(), log -> log.with(standing, log.isMuted()));
    }

    /**
     * Mutes a user in a conversation, which must be locked.
     *
     * @param until null ends the mute
     * @return whether that changed anything; false for a user who never was a member
     */
    public Future<Boolean> mute(ConversationId conversation, UserId user, Instant until) {
        return changeStanding(
                conversation,
                user,
                MUTE,
                until == null ? null : until.atOffset(ZoneOffset.UTC),
                log -> log.with(log.standing(), until != null && until.isAfter(log.now())));
    }

    private Future<Boolean> changeStanding(
            ConversationId conversation, UserId user, String sql, Object value, UnaryOperator<Locked> change) {
        if (!locked.containsKey(conversation)) {
            throw new IllegalStateException("the conversation is not locked");
        }
        return transaction
                .query(sql, Tuple.of(conversation.value(), user.value(), value))
                .map(rows -> {
                    boolean changed = rows.rowCount() > 0;
                    if (changed) {
                        locked.get(conversation).computeIfPresent(user, (id, log) -> change.apply(log));
                        afterCommit.events().add(listener -> listener.standingChanged(conversation, user));
                    }
                    return changed;
                });
    }

    /** @param seq the entry that says that the users have left */
    void left(ConversationId conversation, List<UserId> users, long seq) {
        users.forEach(user -> afterCommit.events().add(listener -> listener.memberLeft(conversation, user, seq)));
    }

    /** Deletes the content of an entry from the database, with all reactions to it. */
    public Future<Void> redact(ConversationId conversation, long seq) {
        return EntryStateStore.redact(transaction, store.digestKey(), conversation, seq);
    }

    /**
     * Replaces the content of an entry.
     *
     * @param by the entry that edits it
     */
    public Future<Void> replace(ConversationId conversation, long seq, String content, String summary, Appended by) {
        return EntryStateStore.replace(transaction, store.digestKey(), conversation, seq, content, summary, by);
    }

    /** Counts the reactions to an entry, and their kinds other than {@code emoji}. Reads all reactions. */
    public Future<ReactionCounts> countReactions(ConversationId conversation, long seq, String emoji) {
        return EntryStateStore.countReactions(transaction, conversation, seq, emoji);
    }

    /**
     * @param log the locked log; the next entry must be the one that records the reaction
     * @return whether that changed anything
     */
    public Future<Boolean> react(Locked log, long seq, UserId who, String emoji, boolean remove) {
        long by = log.lastSeq() + 1;
        return remove
                ? EntryStateStore.unreact(transaction, log.conversation(), seq, who, emoji, by)
                : EntryStateStore.react(transaction, log.conversation(), seq, who, emoji, by);
    }

    private static Locked locked(ConversationId conversation, Row row) {
        return new Locked(
                conversation,
                ConversationKind.of(row.getInteger("kind")),
                row.getString("title"),
                row.getBoolean("open_history"),
                row.getLong("last_seq"),
                row.getInteger("member_count"),
                row.getLong("member_version"),
                Role.of(row.getInteger("role")),
                Standing.of(row.getInteger("standing")),
                row.getBoolean("muted"),
                LogStore.instant(row, "now"));
    }

    private static Stored stored(Row row) {
        return new Stored(
                row.getLong("seq"),
                row.getString("kind"),
                new UserId(row.getUUID("sender")),
                LogStore.instant(row, "at"),
                row.getString("content"),
                row.getBoolean("recalled"));
    }
}
