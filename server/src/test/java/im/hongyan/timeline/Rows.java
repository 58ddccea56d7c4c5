package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** The tables of the log, looked at past all our code. */
final class Rows {
    static final DigestKey DIGEST_KEY = new DigestKey(new byte[32]);
    static final EntryKind MESSAGE = new EntryKind("message", true, true);

    /** An entry's row. */
    record Stored(long seq, UserId sender, String clientId, OffsetDateTime at, String content) {}

    private final Postgres postgres;

    Rows(Postgres postgres) {
        this.postgres = postgres;
    }

    /** A group whose members see everything. */
    ConversationId group(UserId... members) throws Exception {
        ConversationId id = new ConversationId(Id.next());
        await(postgres.query(
                "INSERT INTO conversation (id, kind, title, member_count, member_version) VALUES ($1, 2, 'g', $2, 1)",
                Tuple.of(id.value(), members.length)));
        for (UserId member : members) {
            member(id, member, 1, "{[1,)}");
        }
        return id;
    }

    void member(ConversationId conversation, UserId user, int role, String seen) throws Exception {
        await(postgres.query(
                "INSERT INTO member (conversation, user_id, role, seen, joined_seq)"
                        + " VALUES ($1, $2, $3, $4::text::int8multirange, 1)",
                Tuple.of(conversation.value(), user.value(), role, seen)));
    }

    static UserId user() {
        return new UserId(Id.next());
    }

    static NewEntry newEntry(ConversationId conversation, UserId sender, String clientId, String text) {
        return new NewEntry(conversation, sender, clientId, MESSAGE, "\"" + text + "\"", null, null);
    }

    List<Stored> log(ConversationId conversation) throws Exception {
        List<Stored> log = new ArrayList<>();
        for (Row row : await(postgres.query(
                "SELECT * FROM entry WHERE conversation = $1 ORDER BY seq", Tuple.of(conversation.value())))) {
            log.add(new Stored(
                    row.getLong("seq"),
                    new UserId(row.getUUID("sender")),
                    row.getString("client_id"),
                    row.getOffsetDateTime("at"),
                    row.getString("content")));
        }
        return log;
    }

    /** Numbered from 1 without holes, in the order of time, each client id once; the conversation knows its end. */
    List<Stored> soundLog(ConversationId conversation) throws Exception {
        List<Stored> log = log(conversation);
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < log.size(); i++) {
            Stored entry = log.get(i);
            assertThat(entry.seq).isEqualTo(i + 1);
            assertThat(ids.add(entry.sender + " " + entry.clientId)).isTrue();
            if (i > 0) {
                assertThat(entry.at).isAfterOrEqualTo(log.get(i - 1).at);
            }
        }
        Row row = await(postgres.query(
                        "SELECT last_seq, last_at FROM conversation WHERE id = $1", Tuple.of(conversation.value())))
                .iterator()
                .next();
        assertThat(row.getLong("last_seq")).isEqualTo(log.size());
        if (!log.isEmpty()) {
            assertThat(row.getOffsetDateTime("last_at")).isEqualTo(log.get(log.size() - 1).at);
        }
        return log;
    }

    /** Every place in the whole database, columns of all types included, whose text holds this. */
    List<String> placesOf(String text) throws Exception {
        List<String> places = new ArrayList<>();
        for (Row table : await(
                postgres.query("SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables"
                        + " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"))) {
            String name = table.getString("name");
            for (Row found : await(postgres.query(
                    "SELECT t::text AS row FROM " + name + " t WHERE strpos(t::text, $1) > 0", Tuple.of(text)))) {
                places.add(name + ": " + found.getString("row"));
            }
        }
        return places;
    }

    static UUID[] ids(ConversationId... conversations) {
        UUID[] ids = new UUID[conversations.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = conversations[i].value();
        }
        return ids;
    }
}
