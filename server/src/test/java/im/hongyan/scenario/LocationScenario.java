package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.timeline.Standing;
import im.hongyan.timeline.Timeline;
import io.vertx.core.http.HttpMethod;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Live locations over real sockets: who sees what, and everything that ends a share. */
@Timeout(120)
abstract class LocationScenario {
    /** Settings with which the tests need not wait for long. */
    static final Map<String, String> SETTINGS = Map.of(
            "HONGYAN_LOCATION_TICK_MS", "200",
            "HONGYAN_LIMITS_FRAMES_PER_SECOND", "100000",
            "HONGYAN_LIMITS_FRAME_BURST", "100000");

    private static final String EXPIRE =
            """
            UPDATE location_share SET expires_at = clock_timestamp() + interval '500 milliseconds' WHERE user_id = $1
            """;

    private final List<LocationUser> users = new ArrayList<>();

    abstract TestUsers people();

    /** Signs a user in on one more device. */
    abstract Credentials signIn(String username) throws Exception;

    abstract TestUser connect(Credentials credentials) throws Exception;

    abstract Timeline timeline();

    abstract ChatClient client();

    abstract void signOut(Credentials credentials) throws Exception;

    @AfterEach
    void closeSockets() {
        users.forEach(user -> user.person().connection().cut());
    }

    private LocationUser user() throws Exception {
        return added(new LocationUser(people().user()));
    }

    private LocationUser otherDevice(LocationUser user) throws Exception {
        return added(new LocationUser(connect(signIn(user.person().credentials().username()))));
    }

    private LocationUser added(LocationUser user) {
        users.add(user);
        return user;
    }

    private static String group(LocationUser owner, LocationUser... others) throws Exception {
        TestUser[] members = Arrays.stream(others).map(LocationUser::person).toArray(TestUser[]::new);
        return owner.person().createGroup("Geese", members);
    }

    private static List<String> changes(LocationUser reader, String conversation) throws Exception {
        JsonNode entries = reader.person()
                .ask("entries.read", Map.of("conversation", conversation, "limit", 100))
                .get("entries");
        return StreamSupport.stream(entries.spliterator(), false)
                .filter(entry -> entry.get("kind").asText().equals("location"))
                .map(entry -> entry.at("/content/change").asText() + " "
                        + entry.at("/content/share").asText())
                .sorted()
                .toList();
    }

    private void assertNoPosition(String conversation) throws Exception {
        assertThat(LocationUser.stored(people().stores().redis(), conversation))
                .noneMatch(value -> value.startsWith("L"));
    }

    /** The watcher learns of the end, the position is gone, and the device may not go on. */
    private void assertEnded(LocationUser sharer, LocationUser watcher, String conversation) throws Exception {
        watcher.ended(sharer.share());
        assertNoPosition(conversation);
    }

    @Test
    void positions_reachWatchersOnly_latestOnce() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        LocationUser cai = user();
        String group = group(ada, bob, cai);
        JsonNode started = ada.start(group, 900, "precise");
        JsonNode entry = bob.person().receiveEntry(group, started.get("seq").asLong());
        assertThat(entry.get("kind").asText()).isEqualTo("location");
        assertThat(entry.at("/content/share").asText()).isEqualTo(ada.share());
        assertThat(entry.at("/content/change").asText()).isEqualTo("started");
        assertThat(entry.at("/content/expiresAt")).isEqualTo(started.get("expiresAt"));
        assertThat(entry.has("counts")).isFalse();
        bob.watch(group);
        JsonNode first = bob.position(ada.share(), item -> true);
        assertThat(first.properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrder("share", "user", "expiresAt");

        ada.move(45.12345678, -9.87654321);

        JsonNode moved = bob.position(ada.share(), item -> item.has("n"));
        assertThat(moved.get("latitude").asDouble()).isEqualTo(45.123457);
        assertThat(moved.get("longitude").asDouble()).isEqualTo(-9.876543);
        assertThat(moved.get("accuracy").asDouble()).isEqualTo(12);
        assertThat(moved.get("heading").asDouble()).isEqualTo(90);
        assertThat(moved.get("speed").asDouble()).isEqualTo(1.5);
        assertThat(moved.get("n").asLong()).isEqualTo(1);
        assertThat(moved.has("paused")).isFalse();
        ada.pause();
        JsonNode paused = bob.position(ada.share(), item -> item.has("paused"));
        assertThat(paused.get("latitude").asDouble()).isEqualTo(45.123457);
        assertThat(paused.get("n").asLong()).isEqualTo(2);
        cai.person().settle();
        assertThat(cai.person().received("location.positions")).isEmpty();
        cai.watch(group);
        assertThat(cai.position(ada.share(), item -> true).get("n").asLong()).isEqualTo(2);
        ada.stop();
        bob.ended(ada.share());
        cai.ended(ada.share());
    }

    @Test
    void unwatched_getsNothingMore_rewatched_getsAll() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String pair = ada.person().openWith(bob.person());
        ada.start(pair, 900, "precise");
        bob.watch(pair);
        bob.position(ada.share(), item -> true);
        bob.watch(pair);
        bob.position(ada.share(), item -> true);

        bob.person().ask("location.unwatch", Map.of("conversation", pair));
        ada.move(1, 2);
        ada.watch(pair);
        ada.position(ada.share(), item -> item.has("n"));
        bob.person().settle();

        assertThat(bob.person().received("location.positions")).isEmpty();
    }

    @Test
    void watch_withoutShares_saysSo() throws Exception {
        LocationUser ada = user();
        String group = group(ada);

        ada.watch(group);

        JsonNode push = ada.person().receive("location.positions", any -> true);
        assertThat(push.get("conversation").asText()).isEqualTo(group);
        assertThat(push.get("positions")).isEmpty();
    }

    @Test
    void coarse_revealsOnlyTheCell() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String pair = ada.person().openWith(bob.person());
        bob.watch(pair);
        ada.start(pair, 900, "coarse");

        ada.move(45.123456, 9.654321);

        JsonNode shown = bob.position(ada.share(), item -> item.has("n"));
        assertThat(shown.get("accuracy").asDouble()).isEqualTo(1_000);
        assertThat(shown.has("heading")).isFalse();
        assertThat(shown.has("speed")).isFalse();
        assertThat(shown.get("latitude").asDouble()).isNotEqualTo(45.123456).isBetween(45.11, 45.14);
        assertThat(LocationUser.stored(people().stores().redis(), pair))
                .isNotEmpty()
                .noneMatch(value -> value.contains("45.123456") || value.contains("9.654321"));
        ada.stop();
    }

    @Test
    void olderOrEqualNumber_isIgnored_earlyPositionIsRefused_pauseIsExempt() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String pair = ada.person().openWith(bob.person());
        ada.start(pair, 900, "precise");
        ada.send(5, 1, 1);
        ada.send(5, 2, 2);
        ada.send(4, 3, 3);

        var refused = ada.person().refused("location.update", ada.update(6, 4, 4));

        assertThat(refused.reason()).isEqualTo("location.rate");
        assertThat(refused.body().get("retryAfterMs").asLong()).isBetween(1L, 2_000L);
        ada.person().ask("location.update", Map.of("share", ada.share(), "n", 7, "paused", true));
        ada.person().ask("location.update", Map.of("share", ada.share(), "n", 8, "paused", true));
        bob.watch(pair);
        JsonNode seen = bob.position(ada.share(), item -> true);
        assertThat(seen.get("n").asLong()).isEqualTo(8);
        assertThat(seen.get("latitude").asDouble()).isEqualTo(1);
        ada.stop();
    }

    @Test
    void newShare_replacesOldOne_lateEventsOfTheOldEndNothing() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String pair = ada.person().openWith(bob.person());
        bob.watch(pair);
        ada.start(pair, 900, "precise");
        String old = ada.share();
        ada.move(1, 1);
        bob.position(old, item -> item.has("n"));

        ada.start(pair, 1_800, "precise");

        bob.ended(old);
        assertThat(ada.person()
                        .refused("location.update", Map.of("share", old, "n", 9, "paused", true))
                        .reason())
                .isEqualTo("location.ended");
        ada.person().ask("location.stop", Map.of("share", old));
        ada.move(2, 2);
        bob.position(ada.share(), item -> item.has("n"));
        assertThat(changes(bob, pair))
                .containsExactlyInAnyOrder("started " + old, "stopped " + old, "started " + ada.share());
        assertThat(ada.shares()).containsExactly(ada.share());
        ada.stop();
    }

    @Test
    void repeatedStart_answersTheSameShare() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String pair = ada.person().openWith(bob.person());
        Map<String, Object> start =
                Map.of("conversation", pair, "clientId", "sharing", "seconds", 900, "precision", "precise");
        JsonNode first = ada.person().ask("location.start", start);

        assertThat(ada.person().ask("location.start", start)).isEqualTo(first);

        Map<String, Object> other =
                Map.of("conversation", pair, "clientId", "sharing", "seconds", 901, "precision", "precise");
        assertThat(ada.person().refused("location.start", other).reason()).isEqualTo("client_id.reused");
        String share = first.get("share").asText();
        ada.person().ask("location.stop", Map.of("share", share));
        assertThat(ada.person().ask("location.start", start)).isEqualTo(first);
        assertThat(changes(bob, pair)).containsExactly("started " + share, "stopped " + share);
        assertNoPosition(pair);
    }

    @Test
    void otherDevice_mayStopButNotUpdate() throws Exception {
        LocationUser phone = user();
        LocationUser bob = user();
        LocationUser laptop = otherDevice(phone);
        String pair = phone.person().openWith(bob.person());
        bob.watch(pair);
        phone.start(pair, 900, "precise");
        phone.move(1, 1);
        bob.position(phone.share(), item -> item.has("n"));
        assertThat(laptop.shares()).containsExactly(phone.share());
        assertThat(laptop.person()
                        .refused("location.update", Map.of("share", phone.share(), "n", 2, "paused", true))
                        .reason())
                .isEqualTo("location.other_device");

        laptop.person().ask("location.stop", Map.of("share", phone.share()));

        assertEnded(phone, bob, pair);
        assertThat(changes(bob, pair)).containsExactly("started " + phone.share(), "stopped " + phone.share());
        assertThat(laptop.shares()).isEmpty();
        assertThat(phone.person()
                        .refused("location.update", phone.update(3, 1, 1))
                        .reason())
                .isEqualTo("location.ended");
        laptop.person().ask("location.stop", Map.of("share", phone.share()));
    }

    @Test
    void otherUser_findsNoShare() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String pair = ada.person().openWith(bob.person());
        ada.start(pair, 900, "precise");

        assertThat(bob.person()
                        .refused("location.stop", Map.of("share", ada.share()))
                        .reason())
                .isEqualTo("location.not_found");
        assertThat(bob.person()
                        .refused("location.update", Map.of("share", ada.share(), "n", 2, "paused", true))
                        .reason())
                .isEqualTo("location.not_found");
        ada.stop();
    }

    @Test
    void timeOver_whileTheClientIsGone_endsWithoutAnEntry() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String pair = ada.person().openWith(bob.person());
        bob.watch(pair);
        ada.start(pair, 900, "precise");
        ada.move(1, 1);
        bob.position(ada.share(), item -> item.has("n"));
        ada.person().connection().cut();

        await(people().stores()
                .postgres()
                .query(EXPIRE, Tuple.of(UserId.of(ada.person().id()).value())));

        assertEnded(ada, bob, pair);
        assertThat(changes(bob, pair)).containsExactly("started " + ada.share());
        LocationUser back = new LocationUser(connect(ada.person().credentials()));
        assertThat(back.shares()).isEmpty();
        assertThat(back.person().refused("location.update", ada.update(9, 1, 1)).reason())
                .isEqualTo("location.ended");
    }

    @Test
    void closedSocket_endsNoShare() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String pair = ada.person().openWith(bob.person());
        ada.start(pair, 900, "precise");
        ada.move(1, 1);
        ada.person().connection().cut();
        bob.watch(pair);
        bob.position(ada.share(), item -> item.has("n"));

        LocationUser back = added(ada.on(connect(ada.person().credentials())));

        assertThat(back.shares()).containsExactly(ada.share());
        back.pause();
        bob.position(ada.share(), item -> item.has("paused"));
        back.stop();
    }

    @Test
    void leaving_endsWithoutStoppedEntry() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String group = group(bob, ada);
        bob.watch(group);
        ada.start(group, 900, "precise");
        ada.watch(group);
        ada.move(1, 1);
        bob.position(ada.share(), item -> item.has("n"));

        ada.person().ask("group.leave", Map.of("conversation", group));

        bob.ended(ada.share());
        eventually(() -> ada.shares().isEmpty());
        assertNoPosition(group);
        assertThat(changes(bob, group)).containsExactly("started " + ada.share());
        assertThat(ada.person().refused("location.update", ada.update(9, 1, 1)).reason())
                .isEqualTo("location.ended");
        assertThat(ada.person()
                        .refused("location.watch", Map.of("conversation", group))
                        .reason())
                .isEqualTo("conversation.not_member");
    }

    @Test
    void removal_endsTheShareAndTheWatch() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        LocationUser cai = user();
        String group = group(ada, bob, cai);
        cai.watch(group);
        bob.watch(group);
        bob.start(group, 900, "precise");
        bob.move(1, 1);
        cai.position(bob.share(), item -> item.has("n"));

        ada.person()
                .ask(
                        "group.remove",
                        Map.of(
                                "conversation",
                                group,
                                "users",
                                List.of(bob.person().id())));

        cai.ended(bob.share());
        eventually(() -> bob.shares().isEmpty());
        assertNoPosition(group);
        assertThat(changes(ada, group)).containsExactly("started " + bob.share());
        bob.person()
                .receive("entry", entry -> entry.at("/content/change").asText().equals("removed"));
        bob.person().settle();
        int before = bob.person().received("location.positions").size();
        ada.start(group, 900, "precise");
        ada.move(3, 3);
        cai.position(ada.share(), item -> item.has("n"));
        bob.person().settle();
        assertThat(bob.person().received("location.positions")).hasSize(before);
        ada.stop();
    }

    @Test
    void signOutOfTheDevice_endsTheShare() throws Exception {
        LocationUser phone = user();
        LocationUser bob = user();
        LocationUser laptop = otherDevice(phone);
        String pair = phone.person().openWith(bob.person());
        bob.watch(pair);
        laptop.start(pair, 900, "precise");
        laptop.move(1, 1);
        bob.position(laptop.share(), item -> item.has("n"));

        signOut(laptop.person().credentials());

        bob.ended(laptop.share());
        eventually(() -> phone.shares().isEmpty());
        assertNoPosition(pair);
        assertThat(changes(bob, pair)).containsExactly("started " + laptop.share(), "stopped " + laptop.share());
    }

    /** Hooks are lost with the node that has to call them. */
    @Test
    void deviceGone_withoutAHook_isFoundByTheCheck() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String pair = ada.person().openWith(bob.person());
        bob.watch(pair);
        ada.start(pair, 900, "precise");
        ada.move(1, 1);
        bob.position(ada.share(), item -> item.has("n"));
        UUID user = UserId.of(ada.person().id()).value();

        Postgres postgres = people().stores().postgres();
        await(postgres.query("DELETE FROM session WHERE user_id = $1", Tuple.of(user)));
        await(postgres.query(
                "UPDATE location_share SET checked_at = clock_timestamp() - interval '1 hour' WHERE user_id = $1",
                Tuple.of(user)));

        bob.ended(ada.share());
        eventually(() -> running(ada) == 0);
        assertNoPosition(pair);
        assertThat(changes(bob, pair)).containsExactly("started " + ada.share(), "stopped " + ada.share());
    }

    @Test
    void signOutOfAnotherDevice_endsNothing() throws Exception {
        LocationUser phone = user();
        LocationUser bob = user();
        LocationUser laptop = otherDevice(phone);
        String pair = phone.person().openWith(bob.person());
        phone.start(pair, 900, "precise");
        phone.move(1, 1);

        signOut(laptop.person().credentials());

        bob.watch(pair);
        bob.position(phone.share(), item -> item.has("n"));
        phone.pause();
        bob.position(phone.share(), item -> item.has("paused"));
        phone.stop();
    }

    @Test
    void accountDeletion_endsWithoutStoppedEntry() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String pair = ada.person().openWith(bob.person());
        bob.watch(pair);
        ada.start(pair, 900, "precise");
        ada.move(1, 1);
        bob.position(ada.share(), item -> item.has("n"));

        await(client().call(
                        HttpMethod.DELETE,
                        "/api/v1/me",
                        ada.person().credentials().accessToken(),
                        Map.of("password", NodeExtension.PASSWORD)));

        bob.ended(ada.share());
        eventually(() -> running(ada) == 0);
        assertNoPosition(pair);
        assertThat(changes(bob, pair)).containsExactly("started " + ada.share());
        assertThat(bob.person()
                        .refused(
                                "location.start",
                                Map.of("conversation", pair, "clientId", "x", "seconds", 60, "precision", "precise"))
                        .reason())
                .isEqualTo("user.not_found");
    }

    private int running(LocationUser user) throws Exception {
        return await(people().stores()
                        .postgres()
                        .query(
                                "SELECT 1 FROM location_share WHERE user_id = $1 AND stopped_at IS NULL",
                                Tuple.of(UserId.of(user.person().id()).value())))
                .size();
    }

    @Test
    void block_endsTheSharesOfBoth() throws Exception {
        LocationUser ada = user();
        LocationUser bob = user();
        String pair = ada.person().openWith(bob.person());
        String group = group(ada, bob);
        ada.start(group, 900, "precise");
        String inGroup = ada.share();
        ada.watch(pair);
        bob.watch(pair);
        ada.start(pair, 900, "precise");
        bob.start(pair, 900, "precise");
        ada.move(1, 1);
        bob.move(2, 2);
        bob.position(ada.share(), item -> item.has("n"));
        ada.position(bob.share(), item -> item.has("n"));

        block(pair, bob);

        bob.ended(ada.share());
        ada.ended(bob.share());
        eventually(() -> bob.shares().isEmpty());
        eventually(() -> ada.shares().equals(List.of(inGroup)));
        assertNoPosition(pair);
        assertThat(changes(ada, pair)).hasSize(4);
        assertThat(bob.person()
                        .refused(
                                "location.start",
                                Map.of("conversation", pair, "clientId", "x", "seconds", 60, "precision", "precise"))
                        .reason())
                .isEqualTo("blocked");
        ada.person().ask("location.stop", Map.of("share", inGroup));
    }

    /** As the other user of a direct conversation does it. */
    private void block(String pair, LocationUser blocked) throws Exception {
        ConversationId conversation = ConversationId.of(pair);
        UserId user = UserId.of(blocked.person().id());
        await(timeline().transact(conversation, tx -> tx.lock(conversation, user)
                .compose(log -> tx.setStanding(conversation, user, Standing.BLOCKED))));
    }
}
