package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Processes;
import im.hongyan.store.redis.Redis;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The stores fail while Ada shares her location with Bob, who is on another node. */
@Timeout(180)
class LocationOutageTest {
    @TempDir
    static Path directory;

    private FragileNode node;
    private Redis redis;
    private LocationUser ada;
    private LocationUser bob;
    private String pair;

    @BeforeEach
    void setUp() throws Exception {
        Map<String, String> settings = new HashMap<>(LocationScenario.SETTINGS);
        settings.put("HONGYAN_LOCATION_MIN_UPDATE_MS", "100");
        node = new FragileNode(directory.resolve("data"), settings);
        ChatClient one = node.client(Duration.ofSeconds(30));
        ChatClient other = node.clientOfAnotherNode();
        var accounts = node.accounts(2);
        ada = new LocationUser(TestUser.connect(one, accounts.get(0)));
        bob = new LocationUser(TestUser.connect(other, accounts.get(1)));
        redis = node.redis();
        pair = ada.person().openWith(bob.person());
        bob.watch(pair);
        ada.start(pair, 900, "precise");
        ada.move(1, 1);
        bob.position(ada.share(), item -> item.has("n"));
    }

    @AfterEach
    void tearDown() throws Exception {
        await(redis.close());
        node.close();
    }

    private static boolean ended(ChatError refused) {
        return refused.reason().equals("location.ended");
    }

    @Test
    void redisFlushed_shareComesBackWithTheNextUpdate() throws Exception {
        await(redis.send(Request.cmd(Command.FLUSHALL)));
        bob.person().settle();

        ada.move(2, 2);

        assertThat(bob.position(ada.share(), item -> item.path("latitude").asDouble() == 2)
                        .get("n")
                        .asLong())
                .isEqualTo(2);
        assertThat(bob.person().received("location.positions"))
                .noneMatch(push -> push.toString().contains("ended"));
        // A watcher that comes now knows of it, too, and a stop still ends it everywhere.
        await(redis.send(Request.cmd(Command.FLUSHALL)));
        ada.watch(pair);
        ada.position(ada.share(), item -> true);
        ada.stop();
        bob.ended(ada.share());
        await(redis.send(Request.cmd(Command.FLUSHALL)));
        assertThat(ended(ada.person().refused("location.update", ada.update(9, 3, 3))))
                .isTrue();
        assertThat(LocationUser.stored(redis, pair)).isEmpty();
    }

    @Test
    void redisFlushed_expiredShareStaysOver() throws Exception {
        await(node.postgres()
                .query(
                        "UPDATE location_share SET expires_at = clock_timestamp() + interval '1 second'"
                                + " WHERE user_id = $1",
                        Tuple.of(UserId.of(ada.person().id()).value())));
        bob.ended(ada.share());

        await(redis.send(Request.cmd(Command.FLUSHALL)));

        assertThat(ended(ada.person().refused("location.update", ada.update(9, 3, 3))))
                .isTrue();
        bob.watch(pair);
        assertThat(bob.person().receive("location.positions", any -> true).get("positions"))
                .isEmpty();
        assertThat(LocationUser.stored(redis, pair)).isEmpty();
    }

    @Test
    void redisAway_updatesAreUnavailable_andAStopIsNotForgotten() throws Exception {
        long pid = node.redisServer().pid();
        Processes.freeze(pid);

        assertThat(ada.person().refused("location.update", ada.update(2, 2, 2)).kind())
                .isEqualTo(ChatError.Kind.UNAVAILABLE);
        ada.stop();
        assertThat(ada.shares()).isEmpty();
        Processes.thaw(pid);

        bob.ended(ada.share());
        eventually(() -> LocationUser.stored(redis, pair).stream().noneMatch(value -> value.startsWith("L")));
        assertThat(ended(ada.person().refused("location.update", ada.update(9, 3, 3))))
                .isTrue();
    }

    @Test
    void postgresFrozen_updatesGoOn_startsDoNot_aStopDeletesThePosition() throws Exception {
        long pid = node.postgresServer().pid();
        String group = ada.person().createGroup("Alone");
        Processes.freezeChildren(pid);
        Processes.freeze(pid);

        ada.move(2, 2);
        bob.position(ada.share(), item -> item.path("latitude").asDouble() == 2);
        // At the same time, because the freeze must be short: the stores restart when they hang.
        Future<String> start = ada.person()
                .connection()
                .request(
                        "location.start",
                        Map.of("conversation", group, "clientId", "x", "seconds", 60, "precision", "precise"))
                .map("started")
                .otherwise(failure -> ((ChatError) failure).kind().name());
        ChatError stop = ada.person().refused("location.stop", Map.of("share", ada.share()));
        assertThat(stop.kind()).isEqualTo(ChatError.Kind.UNAVAILABLE);
        assertThat(await(start)).isEqualTo(ChatError.Kind.UNAVAILABLE.name());
        bob.ended(ada.share());
        assertThat(LocationUser.stored(redis, pair)).noneMatch(value -> value.startsWith("L"));
        thaw(pid);

        eventually(() -> {
            try {
                ada.stop();
                return true;
            } catch (ChatError away) {
                return false;
            }
        });
        assertThat(ada.shares()).isEmpty();
    }

    private static void thaw(long pid) throws Exception {
        if (ProcessHandle.of(pid).isEmpty()) {
            // It was restarted.
            return;
        }
        Processes.thaw(pid);
        for (ProcessHandle child :
                ProcessHandle.of(pid).orElseThrow().children().toList()) {
            Processes.thaw(child.pid());
        }
    }

    @Test
    void anotherHistory_positionsOfUnknownSharesAreDeleted() throws Exception {
        await(node.postgres().query("DELETE FROM location_share"));

        await(node.renewEpoch());

        eventually(() -> LocationUser.stored(redis, pair).stream().noneMatch(value -> value.startsWith("L")));
        eventually(this::isGone);
    }

    /** Another history closes all sockets, those of each node at another moment. */
    private boolean isGone() {
        try {
            ada.person().reconnect();
            ada.person().ask("location.update", ada.update(9, 3, 3));
            return false;
        } catch (ChatError refused) {
            return Set.of("location.ended", "location.not_found").contains(refused.reason());
        } catch (Exception closed) {
            return false;
        }
    }
}
