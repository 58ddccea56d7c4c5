package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.Features;
import im.hongyan.feature.Feature;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.location.Grid;
import im.hongyan.location.Grid.Cell;
import im.hongyan.location.Grid.Point;
import im.hongyan.nearby.NearbyFixture;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.Standing;
import im.hongyan.timeline.Timeline;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nearby over real sockets. Each test has a place of its own, and the time passes when a test says so. */
@Timeout(120)
abstract class NearbyScenario {
    private static final long DAY = 86_400;

    /** The clock of all nodes. */
    static final class TestClock implements InstantSource {
        private final AtomicLong now = new AtomicLong(System.currentTimeMillis());

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(now.get());
        }

        void advance(Duration time) {
            now.addAndGet(time.toMillis());
        }
    }

    static final TestClock CLOCK = new TestClock();

    /** The product's features, with {@link #CLOCK} for Nearby. */
    static List<Feature> features() {
        Feature timed = NearbyFixture.feature(CLOCK);
        return Features.ALL.stream()
                .map(feature -> feature.name().equals(timed.name()) ? timed : feature)
                .toList();
    }

    abstract TestUsers people();

    abstract ChatClient client();

    abstract Timeline timeline();

    private final Grid grid = new Grid(1);
    private final Cell home = grid.cell(NearbyFixture.emptyLatitude(), 12.5);

    /** A position as a share of a cell, north and east of the centre of a cell that is some rows from home. */
    private Point point(double north, double east) {
        int columns = grid.columns(home.row());
        double latitude = (home.row() + 0.5 + north) * 180 / grid.rows() - 90;
        return new Point(latitude, (home.column() + 0.5 + east) * 360 / columns - 180);
    }

    private static Map<String, Object> enable(Point point, long seconds) {
        return Map.of("latitude", point.latitude(), "longitude", point.longitude(), "seconds", seconds);
    }

    private void enable(TestUser user, double north, double east) throws Exception {
        assertThat(user.ask("nearby.enable", enable(point(north, east), DAY))).isEmpty();
    }

    private static List<TestUser> enabled(NearbyScenario scenario, int count) throws Exception {
        List<TestUser> users = scenario.people().users(count);
        for (TestUser user : users) {
            scenario.enable(user, 0, 0);
        }
        return users;
    }

    /** The distances of the users found, by user. */
    private static Map<String, String> find(TestUser user, int radius) throws Exception {
        Map<String, String> found = new TreeMap<>();
        for (JsonNode one : user.ask("nearby.find", Map.of("radius", radius)).get("people")) {
            found.put(one.get("user").asText(), one.get("distance").asText());
        }
        return found;
    }

    private static String refusal(TestUser user, String type, Object data) {
        ChatError refused = user.refused(type, data);
        return text(refused);
    }

    private static String text(ChatError refused) {
        return refused.kind().name().toLowerCase(Locale.ROOT) + " " + refused.reason();
    }

    private static String refusedFind(TestUser user) {
        return refusal(user, "nearby.find", Map.of("radius", 10_000));
    }

    private TestUser otherSession(TestUser user) throws Exception {
        Credentials credentials = await(client().signIn(user.credentials().username(), NodeExtension.PASSWORD));
        return TestUser.connect(client(), credentials);
    }

    @Test
    void find_isMutual() throws Exception {
        TestUser ada = people().user();
        TestUser bob = people().user();
        enable(ada, 0.4, 0.4);

        assertThat(find(ada, 10_000)).isEmpty();
        assertThat(refusedFind(bob)).isEqualTo("conflict nearby.not_enabled");

        enable(bob, 2, 0);
        assertThat(find(ada, 1000)).isEmpty();
        assertThat(find(ada, 3000)).isEqualTo(Map.of(bob.id(), "<3km"));
        assertThat(find(bob, 10_000)).isEqualTo(Map.of(ada.id(), "<3km"));

        assertThat(bob.ask("nearby.disable", Map.of())).isEmpty();
        assertThat(bob.ask("nearby.disable", Map.of())).isEmpty();
        assertThat(find(ada, 10_000)).isEmpty();
        assertThat(refusedFind(bob)).isEqualTo("conflict nearby.not_enabled");
    }

    @Test
    void distances_areThoseOfTheCells() throws Exception {
        List<TestUser> users = people().users(5);
        enable(users.get(0), 0.49, 0.49);
        enable(users.get(1), -0.49, -0.49);
        enable(users.get(2), 1, 0);
        enable(users.get(3), 0, -5);
        enable(users.get(4), 10, 0);

        assertThat(find(users.get(0), 10_000))
                .isEqualTo(Map.of(
                        users.get(1).id(), "<1km",
                        users.get(2).id(), "<3km",
                        users.get(3).id(), "<10km"));
    }

    @Test
    void searches_areTwentyAnHour_overAllSockets() throws Exception {
        TestUser ada = people().user();
        TestUser socket = ada.otherSocket();
        TestUser device = otherSession(ada);
        enable(ada, 0, 0);
        for (int i = 0; i < 20; i++) {
            find(List.of(ada, socket, device).get(i % 3), 1000);
            CLOCK.advance(Duration.ofSeconds(1));
        }

        for (TestUser each : List.of(ada, socket, device)) {
            ChatError refused = each.refused("nearby.find", Map.of("radius", 1000));
            assertThat(text(refused)).isEqualTo("limited nearby.rate");
            assertThat(refused.retryAfterMs()).hasValue(3_580_000);
        }
        ada.ask("nearby.disable", Map.of());
        enable(ada, 0, 0);
        assertThat(refusedFind(ada)).isEqualTo("limited nearby.rate");

        CLOCK.advance(Duration.ofSeconds(3_580));
        assertThat(find(ada, 1000)).isEmpty();
        assertThat(refusedFind(ada)).isEqualTo("limited nearby.rate");
    }

    @Test
    void userFasterThanAnAirliner_isRefused() throws Exception {
        List<TestUser> users = enabled(this, 2);
        TestUser ada = users.get(0);
        TestUser bob = users.get(1);
        CLOCK.advance(Duration.ofMinutes(11));

        ChatError refused = ada.refused("nearby.enable", enable(point(400, 0), DAY));
        assertThat(text(refused)).isEqualTo("limited nearby.speed");
        long waitMs = refused.retryAfterMs().orElseThrow();
        assertThat(waitMs).isBetween(600_000L, 700_000L);
        assertThat(find(bob, 1000)).containsKey(ada.id());

        ada.ask("nearby.disable", Map.of());
        assertThat(refusal(ada, "nearby.enable", enable(point(400, 0), DAY))).isEqualTo("limited nearby.speed");
        CLOCK.advance(Duration.ofMillis(waitMs));
        enable(ada, 400, 0);
        assertThat(find(bob, 10_000)).isEmpty();
    }

    @Test
    void cell_changesBeyondAFifth_andAfterTenMinutes() throws Exception {
        List<TestUser> users = enabled(this, 2);
        TestUser ada = users.get(0);
        TestUser bob = users.get(1);

        enable(ada, 1, 0);
        assertThat(find(bob, 10_000)).as("too early").containsEntry(ada.id(), "<1km");
        ada.ask("nearby.disable", Map.of());
        enable(ada, 1, 0);
        assertThat(find(bob, 10_000)).as("hidden in between").containsEntry(ada.id(), "<1km");

        CLOCK.advance(Duration.ofMinutes(10));
        enable(ada, 0.65, 0);
        assertThat(find(bob, 10_000)).as("too near the edge").containsEntry(ada.id(), "<1km");
        enable(ada, 0.75, 0);
        assertThat(find(bob, 10_000)).as("moved").containsEntry(ada.id(), "<3km");
        enable(ada, 0, 0);
        assertThat(find(bob, 10_000)).as("moved a moment ago").containsEntry(ada.id(), "<3km");
    }

    @Test
    void visibility_endsWithItsTime() throws Exception {
        List<TestUser> users = enabled(this, 2);
        TestUser ada = users.get(0);
        TestUser bob = users.get(1);
        bob.ask("nearby.enable", enable(point(0, 0), 60));
        CLOCK.advance(Duration.ofMillis(59_999));
        assertThat(find(ada, 1000)).containsKey(bob.id());

        CLOCK.advance(Duration.ofMillis(1));

        assertThat(find(ada, 1000)).isEmpty();
        assertThat(refusedFind(bob)).isEqualTo("conflict nearby.not_enabled");
        eventually(() -> !row().contains(bob.id()));
        assertThat(row()).contains(ada.id());
    }

    /** The users in Redis' row of this test. */
    private String row() throws Exception {
        return redis(Command.ZRANGE, "hongyan:nearby:{cells}:row:" + home.row(), "0", "-1")
                .toString();
    }

    private Response redis(Command command, String... arguments) throws Exception {
        Request request = Request.cmd(command);
        List.of(arguments).forEach(request::arg);
        return await(people().stores().redis().send(request));
    }

    @Test
    void signOut_hidesTheUser() throws Exception {
        List<TestUser> users = enabled(this, 2);
        TestUser ada = users.get(0);
        TestUser bob = users.get(1);
        TestUser laptop = otherSession(bob);
        TestUser tablet = otherSession(bob);
        await(client().signOut(tablet.credentials().accessToken()));
        assertThat(find(ada, 1000)).containsKey(bob.id());
        assertThat(find(laptop, 1000)).containsKey(ada.id());

        await(client().signOut(bob.credentials().accessToken()));

        assertThat(find(ada, 1000)).as("at once").isEmpty();
        assertThat(refusedFind(laptop)).isEqualTo("conflict nearby.not_enabled");
        eventually(() -> !row().contains(bob.id()));
        enable(laptop, 0, 0);
        assertThat(find(ada, 1000)).containsKey(bob.id());
    }

    /** However requests of a user overlap, the user is in one place, and hiding removes it. */
    @Test
    void concurrentChanges_leaveOnePlace() throws Exception {
        TestUser ada = people().user();
        TestUser device = otherSession(ada);
        List<Future<JsonNode>> changes = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            TestUser user = i % 2 == 0 ? ada : device;
            changes.add(
                    i % 5 == 4
                            ? user.connection().request("nearby.disable", Map.of())
                            : user.connection().request("nearby.enable", enable(point(0, 0), DAY)));
        }
        await(Future.all(changes));

        enable(ada, 0, 0);
        assertThat(keysOf(ada)).isEqualTo(3);
        assertThat(redis(Command.ZCARD, "hongyan:nearby:{cells}:row:" + home.row())
                        .toInteger())
                .isEqualTo(1);
        ada.ask("nearby.disable", Map.of());
        assertThat(keysOf(ada)).isEqualTo(1);
    }

    /** The places where Redis has the user: the state, the row, and the user of a session. */
    private int keysOf(TestUser user) throws Exception {
        int sessions = 0;
        for (Response key : redis(Command.KEYS, "hongyan:nearby:{cells}:session:*")) {
            Response found = redis(Command.GET, key.toString());
            sessions += found != null && found.toString().equals(user.id()) ? 1 : 0;
        }
        return sessions
                + (row().contains(user.id()) ? 1 : 0)
                + redis(Command.EXISTS, "hongyan:nearby:{cells}:user:" + user.id())
                        .toInteger();
    }

    @Test
    void closedSocket_hidesNobody() throws Exception {
        List<TestUser> users = enabled(this, 2);
        users.get(1).connection().cut();

        assertThat(find(users.get(0), 1000)).containsKey(users.get(1).id());
    }

    @Test
    void deletedUser_isNotFound_andNothingIsLeft() throws Exception {
        List<TestUser> users = enabled(this, 2);
        TestUser ada = users.get(0);
        TestUser bob = users.get(1);
        find(bob, 1000);

        await(client().call(
                        HttpMethod.DELETE,
                        "/api/v1/me",
                        bob.credentials().accessToken(),
                        Map.of("password", NodeExtension.PASSWORD)));

        assertThat(find(ada, 1000)).as("at once").isEmpty();
        eventually(() -> !row().contains(bob.id())
                && redis(Command.KEYS, "hongyan:nearby:*" + bob.id()).size() == 0);
    }

    @Test
    void blockedUser_andTheOtherOne_doNotFindEachOther() throws Exception {
        List<TestUser> users = enabled(this, 3);
        TestUser ada = users.get(0);
        TestUser bob = users.get(1);
        TestUser cai = users.get(2);
        ConversationId pair = ConversationId.of(ada.openWith(bob));
        UserId blocked = UserId.of(bob.id());

        await(timeline().transact(pair, tx -> tx.lock(pair, blocked)
                .compose(log -> tx.setStanding(pair, blocked, Standing.BLOCKED))));

        assertThat(find(ada, 1000)).containsOnlyKeys(cai.id());
        assertThat(find(bob, 1000)).containsOnlyKeys(cai.id());
        assertThat(find(cai, 1000)).containsOnlyKeys(ada.id(), bob.id());
    }

    @Test
    void redisWithoutData_requiresToEnableAgain() throws Exception {
        List<TestUser> users = enabled(this, 2);
        for (Response key : redis(Command.KEYS, "hongyan:nearby:*")) {
            redis(Command.DEL, key.toString());
        }

        assertThat(refusedFind(users.get(0))).isEqualTo("conflict nearby.not_enabled");
        enable(users.get(0), 0, 0);
        assertThat(find(users.get(0), 1000)).isEmpty();
        enable(users.get(1), 0, 0);
        assertThat(find(users.get(0), 1000)).containsKey(users.get(1).id());
    }

    @Test
    void crowd_isAnsweredWithAHundredAtRandom() throws Exception {
        List<TestUser> users = enabled(this, 131);
        Set<String> everyone = new HashSet<>();
        Set<List<String>> orders = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            List<String> found = new ArrayList<>();
            for (JsonNode one :
                    users.get(0).ask("nearby.find", Map.of("radius", 1000)).get("people")) {
                found.add(one.get("user").asText());
            }
            assertThat(found)
                    .hasSize(100)
                    .doesNotHaveDuplicates()
                    .doesNotContain(users.get(0).id());
            everyone.addAll(found);
            orders.add(found);
        }
        assertThat(everyone).hasSize(130);
        assertThat(orders).hasSize(20);
    }

    /**
     * Three victims at three corners of one cell, and attackers at four dozen positions around them. All that an
     * attacker can learn is the same for all three, and over many searches each victim is listed before each other one.
     */
    @Test
    void attackers_cannotTellPositionsWithinACell() throws Exception {
        List<TestUser> victims = people().users(3);
        enable(victims.get(0), 0.49, 0.49);
        enable(victims.get(1), -0.49, 0.49);
        enable(victims.get(2), -0.49, -0.49);
        List<TestUser> attackers = people().users(4);
        Set<String> firsts = new HashSet<>();
        Set<String> answers = new HashSet<>();
        for (int step = 0; step < 12; step++) {
            for (int i = 0; i < attackers.size(); i++) {
                TestUser attacker = attackers.get(i);
                double far = 0.2 + step * 0.95;
                enable(
                        attacker,
                        List.of(far, -far, 0.3, 0.3).get(i),
                        List.of(0.3, 0.3, far, -far).get(i));
                for (int radius : new int[] {1000, 3000, 10_000}) {
                    Map<String, String> distances = new TreeMap<>();
                    for (JsonNode one : attacker.ask("nearby.find", Map.of("radius", radius))
                            .get("people")) {
                        String user = one.get("user").asText();
                        if (victims.stream().anyMatch(victim -> victim.id().equals(user))) {
                            if (distances.isEmpty()) {
                                firsts.add(user);
                            }
                            distances.put(user, one.get("distance").asText());
                        }
                    }
                    assertThat(new HashSet<>(distances.values())).hasSizeLessThanOrEqualTo(1);
                    assertThat(distances.size()).isIn(0, 3);
                    answers.addAll(distances.values());
                }
            }
            CLOCK.advance(Duration.ofMinutes(11));
        }
        assertThat(firsts).hasSize(3);
        assertThat(answers).containsExactlyInAnyOrder("<1km", "<3km", "<10km");
    }

    /** The digits of the position are nowhere: neither in Redis nor in PostgreSQL. */
    @Test
    void position_isStoredNowhere() throws Exception {
        TestUser ada = people().user();
        Point point = point(0.123456789, 0.23456789);
        ada.ask("nearby.enable", enable(point, DAY));
        find(ada, 10_000);
        List<String> digits = List.of(decimals(point.latitude()), decimals(point.longitude()));

        for (Response key : redis(Command.KEYS, "*")) {
            String type = redis(Command.TYPE, key.toString()).toString();
            Response value =
                    switch (type) {
                        case "string" -> redis(Command.GET, key.toString());
                        case "list" -> redis(Command.LRANGE, key.toString(), "0", "-1");
                        case "zset" -> redis(Command.ZRANGE, key.toString(), "0", "-1", "WITHSCORES");
                        case "hash" -> redis(Command.HGETALL, key.toString());
                        case "set" -> redis(Command.SMEMBERS, key.toString());
                        // Expired meanwhile.
                        case "none" -> null;
                        default -> throw new AssertionError(type);
                    };
            assertThat(key + " " + value).doesNotContain(digits);
        }
        List<String> tables = new ArrayList<>();
        await(people().stores().postgres().query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
                .forEach(row -> tables.add(row.getString(0)));
        assertThat(tables).contains("nearby_cell_size");
        for (String table : tables) {
            await(people().stores().postgres().query("SELECT t::text FROM \"" + table + "\" t"))
                    .forEach(row -> assertThat(row.getString(0)).as(table).doesNotContain(digits));
        }
    }

    /** The first decimals, which tell a position from others in the cell. */
    private static String decimals(double degrees) {
        String text = Double.toString(degrees);
        return text.substring(0, text.indexOf('.') + 6);
    }
}
