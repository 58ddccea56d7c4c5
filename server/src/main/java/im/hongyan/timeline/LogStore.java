package im.hongyan.timeline;

import im.hongyan.protocol.Rejection;
import im.hongyan.store.Postgres;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** The one way into the log: the function {@code timeline_append}, for a batch or inside a transaction. */
final class LogStore {
    private static final String APPEND = "SELECT place, outcome, seq, at, version"
            + " FROM timeline_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

    private static final String FIND =
            """
            SELECT a.ordinal, e.seq
            FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY
                 AS a (conversation, sender, client_id, ordinal)
            JOIN LATERAL (SELECT seq FROM entry e WHERE e.conversation = a.conversation AND e.sender = a.sender
                            AND e.client_id = a.client_id LIMIT 1) e ON true
            """;

    /** The outcome of a new entry. */
    sealed interface Outcome {
        record Stored(Appended appended) implements Outcome {}

        record Refused(Rejection rejection) implements Outcome {}
    }

    private final Postgres postgres;
    private final DigestKey digestKey;

    LogStore(Postgres postgres, DigestKey digestKey) {
        this.postgres = postgres;
        this.digestKey = digestKey;
    }

    DigestKey digestKey() {
        return digestKey;
    }

    /** In a separate transaction. The entries have distinct client ids. */
    Future<List<Outcome>> append(List<NewEntry> newEntries) {
        return postgres.write(APPEND, arguments(newEntries, false)).map(rows -> outcomes(rows, newEntries.size()));
    }

    /** Within the caller's transaction, which holds the conversation's lock and has judged the sender. */
    Future<Outcome> append(Transaction transaction, NewEntry newEntry) {
        return transaction.query(APPEND, arguments(List.of(newEntry), true)).map(rows -> outcomes(rows, 1)
                .get(0));
    }

    /** The {@code seq} of those that are stored; null for those that are not. */
    Future<List<Long>> find(List<NewEntry.Key> keys) {
        Tuple arguments = Tuple.of(
                keys.stream().map(key -> key.conversation().value()).toArray(UUID[]::new),
                keys.stream().map(key -> key.sender().value()).toArray(UUID[]::new),
                keys.stream().map(NewEntry.Key::clientId).toArray(String[]::new));
        return postgres.write(FIND, arguments).map(rows -> {
            Long[] found = new Long[keys.size()];
            for (Row row : rows) {
                found[(int) (row.getLong("ordinal") - 1)] = row.getLong("seq");
            }
            return Arrays.asList(found);
        });
    }

    private Tuple arguments(List<NewEntry> newEntries, boolean trusted) {
        int n = newEntries.size();
        UUID[] conversations = new UUID[n];
        UUID[] senders = new UUID[n];
        String[] clientIds = new String[n];
        String[] kinds = new String[n];
        String[] contents = new String[n];
        String[] summaries = new String[n];
        Buffer[] digests = new Buffer[n];
        Long[] targets = new Long[n];
        Boolean[] counts = new Boolean[n];
        Boolean[] shown = new Boolean[n];
        Boolean[] trust = new Boolean[n];
        Buffer[] deletedDigests = new Buffer[n];
        for (int i = 0; i < n; i++) {
            NewEntry newEntry = newEntries.get(i);
            conversations[i] = newEntry.conversation().value();
            senders[i] = newEntry.sender().value();
            clientIds[i] = newEntry.clientId();
            kinds[i] = newEntry.kind().name();
            contents[i] = newEntry.content();
            summaries[i] = newEntry.summary();
            byte[] digest = newEntry.digest();
            digests[i] = Buffer.buffer(digest);
            targets[i] = newEntry.target();
            counts[i] = newEntry.kind().counts();
            shown[i] = newEntry.kind().shown();
            trust[i] = trusted;
            deletedDigests[i] = Buffer.buffer(digestKey.afterDeletion(digest));
        }
        return Tuple.tuple()
                .addArrayOfUUID(conversations)
                .addArrayOfUUID(senders)
                .addArrayOfString(clientIds)
                .addArrayOfString(kinds)
                .addArrayOfString(contents)
                .addArrayOfString(summaries)
                .addArrayOfBuffer(digests)
                .addArrayOfLong(targets)
                .addArrayOfBoolean(counts)
                .addArrayOfBoolean(shown)
                .addArrayOfBoolean(trust)
                .addArrayOfBuffer(deletedDigests);
    }

    private static List<Outcome> outcomes(RowSet<Row> rows, int expected) {
        List<Outcome> outcomes = new ArrayList<>(expected);
        for (Row row : rows) {
            outcomes.add(outcome(row));
        }
        if (outcomes.size() != expected) {
            throw new IllegalStateException("appended " + expected + " entries, answered " + outcomes.size());
        }
        return outcomes;
    }

    private static Outcome outcome(Row row) {
        return switch (row.getInteger("outcome")) {
            case 0 -> new Outcome.Stored(appended(row, true));
            case 1 -> new Outcome.Stored(appended(row, false));
            case 2 -> new Outcome.Refused(TimelineErrors.clientIdReused());
            case 3, 4 -> new Outcome.Refused(TimelineErrors.notMember());
            case 5 -> new Outcome.Refused(TimelineErrors.noSuchEntry());
            case 6 -> new Outcome.Refused(TimelineErrors.listenOnly());
            case 7 -> new Outcome.Refused(TimelineErrors.blocked());
            case 8 -> new Outcome.Refused(TimelineErrors.muted());
            case 9 -> new Outcome.Refused(TimelineErrors.peerDeleted());
            default -> throw new IllegalStateException("no outcome has the code " + row.getInteger("outcome"));
        };
    }

    private static Appended appended(Row row, boolean fresh) {
        return new Appended(row.getLong("seq"), instant(row, "at"), row.getLong("version"), fresh);
    }

    static Instant instant(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }
}
