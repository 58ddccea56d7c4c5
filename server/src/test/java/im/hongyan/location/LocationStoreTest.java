package im.hongyan.location;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.location.LocationStore.Departure;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rows of shares: what the upkeep costs, and how long they are kept. */
class LocationStoreTest {
    private static final String INSERT =
            """
            INSERT INTO location_share (id, conversation, user_id, session, client_id, seconds, precision, seq,
                                        expires_at, stopped_at, cleared)
            VALUES ($1, $2, $3, $1, gen_random_uuid()::text, 900, 'precise', $4, now() + interval '1 hour',
                    now() - $5::int * interval '1 hour', $6)
            """;

    private static final String RUNNING =
            """
            INSERT INTO location_share (id, conversation, user_id, session, client_id, seconds, precision, seq,
                                        expires_at)
            SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), i::text, 900, 'precise',
                   1, now() + interval '1 hour'
            FROM generate_series(1, 20000) i
            """;

    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/location/migrations");

    private LocationStore store;

    @BeforeEach
    void setUp() throws Exception {
        store = new LocationStore(stores.postgres());
        await(stores.postgres().query("TRUNCATE location_share"));
    }

    /** @param endedHoursAgo null for a share that runs */
    private static UUID insert(
            ConversationId conversation, UserId user, long seq, Integer endedHoursAgo, boolean cleared)
            throws Exception {
        UUID id = Id.next();
        await(stores.postgres()
                .write(INSERT, Tuple.of(id, conversation.value(), user.value(), seq, endedHoursAgo, cleared)));
        return id;
    }

    private static UUID insert(Integer endedHoursAgo, boolean cleared) throws Exception {
        return insert(new ConversationId(Id.next()), new UserId(Id.next()), 1, endedHoursAgo, cleared);
    }

    private static List<UUID> ids() throws Exception {
        return StreamSupport.stream(
                        await(stores.postgres().query("SELECT id FROM location_share"))
                                .spliterator(),
                        false)
                .map(row -> row.getUUID("id"))
                .toList();
    }

    private static String plan(String statement) throws Exception {
        Field sql = LocationStore.class.getDeclaredField(statement);
        sql.setAccessible(true);
        String explain =
                "EXPLAIN " + ((String) sql.get(null)).replace("$1", "200").replace("$2", "200");
        return StreamSupport.stream(await(stores.postgres().query(explain)).spliterator(), false)
                .map((Row row) -> row.getString(0))
                .collect(Collectors.joining("\n"));
    }

    /** They run every few seconds on every node. */
    @ParameterizedTest
    @CsvSource({
        "EXPIRE, Index Cond: (expires_at <= now())",
        "TAKE_UNCHECKED, Index Cond: (checked_at < (now() - ",
        "DELETE_OLD, Index Cond: (stopped_at < (now() - ",
    })
    void upkeep_readsOnlyWhatIsDue(String statement, String condition) throws Exception {
        await(stores.postgres().write(RUNNING, Tuple.tuple()));
        await(stores.postgres().query("ANALYZE location_share"));

        assertThat(plan(statement)).contains(condition);
    }

    @Test
    void oldRows_areDeleted_unlessTheirPositionMayBeLeft() throws Exception {
        UUID running = insert(null, false);
        UUID recent = insert(23, true);
        UUID uncleared = insert(25, false);
        insert(25, true);

        assertThat(await(store.deleteOld(Duration.ofDays(1)))).isEqualTo(1);

        assertThat(ids()).containsExactlyInAnyOrder(running, recent, uncleared);
    }

    @Test
    void beforeLeaving_findsTheSharesOfAllWhoHaveLeft() throws Exception {
        ConversationId group = new ConversationId(Id.next());
        UserId left = new UserId(Id.next());
        UserId back = new UserId(Id.next());
        UserId stopped = new UserId(Id.next());
        UUID share = insert(group, left, 4, null, false);
        insert(group, back, 8, null, false);
        insert(group, stopped, 4, 1, true);
        insert(new ConversationId(Id.next()), left, 4, null, false);

        List<Share> found = await(store.beforeLeaving(
                group, List.of(new Departure(left, 5), new Departure(back, 6), new Departure(stopped, 7))));

        assertThat(found).extracting(one -> one.id().value()).containsExactly(share);
    }
}
