package im.hongyan.nearby;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.location.Grid;
import im.hongyan.location.Grid.Cell;
import im.hongyan.location.Grid.Columns;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is in which cell, on a real Redis. */
class CellStoreTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated();

    private static final long NOW = 1_800_000_000_000L;
    private static final int LIMIT = 150;

    private final Grid grid = new Grid(1);
    private final Cell home = grid.cell(41.9, 12.5);
    private CellStore store;

    @BeforeEach
    void open() {
        store = new CellStore(stores.redis());
    }

    @AfterEach
    void deleteAll() throws Exception {
        for (String key : keys()) {
            redis(Command.DEL, key);
        }
    }

    private static List<String> keys() throws Exception {
        List<String> keys = new ArrayList<>();
        redis(Command.KEYS, "hongyan:nearby:*").forEach(key -> keys.add(key.toString()));
        return keys;
    }

    private static Response redis(Command command, String... arguments) throws Exception {
        Request request = Request.cmd(command);
        Stream.of(arguments).forEach(request::arg);
        return await(stores.redis().send(request));
    }

    private static UserId user() {
        return new UserId(Id.next());
    }

    private static NearbyState in(Cell cell) {
        return new NearbyState(cell, NOW, cell, NOW, NOW + 60_000, new SessionId(Id.next()));
    }

    private UserId put(Cell cell) throws Exception {
        UserId user = user();
        assertThat(await(store.replace(user, Optional.empty(), Optional.of(in(cell)), 60_000)))
                .isTrue();
        return user;
    }

    private List<UserId> sample(List<Columns> parts) throws Exception {
        return ((CellStore.Sample.Users) await(store.sample(user(), parts, LIMIT, NOW))).users();
    }

    private List<Columns> ring() {
        return grid.within(home, 10_000);
    }

    @Test
    void replace_movesTheUser() throws Exception {
        UserId user = user();
        NearbyState before = in(home);
        NearbyState after = in(new Cell(home.row() + 1, 7));
        await(store.replace(user, Optional.empty(), Optional.of(before), 60_000));
        assertThat(sample(List.of(new Columns(home.row(), home.column(), home.column()))))
                .containsExactly(user);

        assertThat(await(store.replace(user, Optional.of(before), Optional.of(after), 60_000)))
                .isTrue();

        assertThat(await(store.read(user))).contains(after);
        assertThat(sample(List.of(new Columns(home.row(), 0, 99_999)))).isEmpty();
        assertThat(sample(List.of(new Columns(home.row() + 1, 7, 7)))).containsExactly(user);
        assertThat(await(store.users(List.of(before.session())))).isEmpty();
        assertThat(await(store.users(List.of(after.session())))).containsExactly(user);
        assertThat(await(store.expired(NOW + 59_999, 10))).isEmpty();
        assertThat(await(store.expired(NOW + 60_000, 10))).containsExactly(new CellStore.Expired(home.row() + 1, user));
    }

    @Test
    void replace_ofAnotherState_doesNothing() throws Exception {
        UserId user = put(home);
        NearbyState now = await(store.read(user)).orElseThrow();

        assertThat(await(store.replace(user, Optional.empty(), Optional.of(in(home)), 60_000)))
                .isFalse();
        assertThat(await(store.replace(user, Optional.of(in(home)), Optional.empty(), 0)))
                .isFalse();

        assertThat(await(store.read(user))).contains(now);
    }

    @Test
    void hiddenUser_isInNoIndex() throws Exception {
        UserId user = put(home);
        NearbyState visible = await(store.read(user)).orElseThrow();

        await(store.replace(user, Optional.of(visible), Optional.of(visible.hidden()), 60_000));

        assertThat(keys()).containsExactly("hongyan:nearby:{cells}:user:" + user);
        await(store.replace(user, Optional.of(visible.hidden()), Optional.empty(), 0));
        assertThat(keys()).isEmpty();
    }

    @Test
    void everyKey_expires() throws Exception {
        put(home);
        sample(ring());

        assertThat(keys()).hasSize(5);
        for (String key : keys()) {
            assertThat(redis(Command.PTTL, key).toLong()).as(key).isBetween(1L, 25 * 3_600_000L);
        }
    }

    @Test
    void userWithoutState_isRemovedFromTheRow() throws Exception {
        UserId user = put(home);
        redis(Command.DEL, "hongyan:nearby:{cells}:user:" + user);

        await(store.removeWithoutState(await(store.expired(NOW + 60_000, 10)).get(0)));

        assertThat(sample(ring())).isEmpty();
        assertThat(await(store.expired(NOW + 60_000, 10))).isEmpty();
    }

    /** Of a few users all are returned, each once, from every part of a row and no other. */
    @Test
    void sample_ofFew_returnsThoseOfTheParts() throws Exception {
        List<UserId> inside = new ArrayList<>();
        for (Columns part : ring()) {
            inside.add(put(new Cell(part.row(), part.first())));
            inside.add(put(new Cell(part.row(), part.last())));
            put(new Cell(part.row(), part.first() - 1));
            put(new Cell(part.row(), part.last() + 1));
        }

        assertThat(sample(ring())).containsExactlyInAnyOrderElementsOf(inside);
    }

    /** Whether users are in the east or the west, or were added first or last, they are chosen equally often. */
    @Test
    void sample_ofMany_choosesEachEquallyOften() throws Exception {
        List<UserId> users = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            users.add(put(new Cell(home.row() + i % 3, home.column() + i % 5)));
        }
        Map<UserId, Integer> times = new HashMap<>();
        int searches = 400;
        for (int i = 0; i < searches; i++) {
            List<UserId> chosen = sample(ring());
            assertThat(new HashSet<>(chosen)).hasSize(LIMIT);
            chosen.forEach(user -> times.merge(user, 1, Integer::sum));
        }

        // Half of the searches, within six standard deviations of a binomial distribution.
        assertThat(times.keySet()).containsExactlyInAnyOrderElementsOf(users);
        assertThat(times.values()).allSatisfy(count -> assertThat(count).isBetween(140, 260));
        for (int column = 0; column < 5; column++) {
            int first = column;
            double mean = java.util.stream.IntStream.range(0, users.size())
                    .filter(i -> i % 5 == first)
                    .mapToObj(users::get)
                    .mapToInt(times::get)
                    .average()
                    .orElseThrow();
            assertThat(mean).as("column %d", column).isBetween(192.0, 208.0);
        }
    }

    /** However many users are in a cell, a search reads 150 of them and the counts of its parts of rows. */
    @Test
    void sample_ofACrowd_readsAFew() throws Exception {
        int crowd = 100_000;
        List<Request> requests = new ArrayList<>();
        Request add = null;
        for (int i = 0; i < crowd; i++) {
            if (i % 1000 == 0) {
                add = Request.cmd(Command.ZADD).arg("hongyan:nearby:{cells}:row:" + home.row());
                requests.add(add);
            }
            add.arg(Integer.toString(home.column())).arg(user().text());
        }
        await(stores.redis().batch(requests));
        int parts = ring().size();
        redis(Command.CONFIG, "RESETSTAT");

        assertThat(new HashSet<>(sample(ring()))).hasSize(LIMIT);

        String stats = redis(Command.INFO, "commandstats").toString();
        assertThat(calls(stats, "zrange")).isEqualTo(LIMIT);
        assertThat(calls(stats, "zcount")).isBetween(parts, 2 * parts);
        assertThat(parts).isEqualTo(19);
        assertThat(stats).doesNotContain("cmdstat_zrangebyscore", "cmdstat_smembers");
    }

    private static int calls(String stats, String command) {
        Matcher calls = Pattern.compile("cmdstat_" + command + ":calls=(\\d+)").matcher(stats);
        return calls.find() ? Integer.parseInt(calls.group(1)) : 0;
    }

    @Test
    void searches_areLimitedWithinAnHour() throws Exception {
        UserId user = user();
        for (int i = 0; i < 20; i++) {
            assertThat(search(user, NOW + i * 60_000L)).isZero();
        }

        assertThat(search(user, NOW + 20 * 60_000)).isEqualTo(40 * 60_000);
        assertThat(search(user, NOW + 60 * 60_000 - 1)).isEqualTo(1);
        assertThat(search(user, NOW + 60 * 60_000)).isZero();
        assertThat(search(user, NOW + 60 * 60_000)).isEqualTo(60_000);
        assertThat(search(user(), NOW)).isZero();
    }

    /** @return in how many ms the next search is allowed; 0 if this one was */
    private long search(UserId user, long now) throws Exception {
        CellStore.Sample sample = await(store.sample(user, ring(), LIMIT, now));
        return sample instanceof CellStore.Sample.Refused refused ? refused.retryAfterMs() : 0;
    }
}
