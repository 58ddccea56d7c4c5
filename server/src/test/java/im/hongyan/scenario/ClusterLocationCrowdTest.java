package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A whole group shares, and many watch, on two nodes; and a node dies. */
@Timeout(300)
class ClusterLocationCrowdTest {
    private static final int SHARERS = 500;
    private static final int WATCHERS = 50;
    private static final int PER_FRAME = 150;
    private static final double TICK_SECONDS = 1;
    private static final double MIN_UPDATE_SECONDS = 2;

    @RegisterExtension
    static final ClusterExtension cluster = new ClusterExtension(2)
            .with("HONGYAN_LIMITS_FRAMES_PER_SECOND", "100000")
            .with("HONGYAN_LIMITS_FRAME_BURST", "100000");

    /** A sharer with what the server has accepted. */
    private record Sharer(TestUser user, String share, AtomicInteger accepted, Map<String, Long> newest) {
        Map<String, Object> update(long n) {
            return Map.of(
                    "share",
                    share,
                    "n",
                    n,
                    "latitude",
                    n / 1_000.0,
                    "longitude",
                    9.5,
                    "accuracy",
                    5,
                    "measuredAt",
                    Instant.now().toString());
        }

        Future<Void> send(long n) {
            return user.connection()
                    .request("location.update", update(n))
                    .<Void>map(answer -> {
                        accepted.incrementAndGet();
                        newest.merge(share, n, Math::max);
                        return null;
                    })
                    .recover(failure -> failure instanceof ChatError refused
                                    && refused.reason().equals("location.rate")
                            ? Future.succeededFuture()
                            : Future.failedFuture(failure));
        }
    }

    @Test
    void wholeGroupShares_watchersGetOneBatchPerTick() throws Exception {
        List<TestUser> users = cluster.users(SHARERS);
        String group =
                users.get(0).createGroup("Crowd", users.subList(1, SHARERS).toArray(TestUser[]::new));
        Map<String, Long> newest = new ConcurrentHashMap<>();
        List<Sharer> sharers = new ArrayList<>();
        for (TestUser user : users) {
            JsonNode started = user.ask(
                    "location.start",
                    Map.of("conversation", group, "clientId", "x", "seconds", 3_600, "precision", "precise"));
            sharers.add(new Sharer(user, started.get("share").asText(), new AtomicInteger(), newest));
        }
        List<TestUser> watchers = users.subList(0, WATCHERS);
        long watching = System.nanoTime();
        for (TestUser watcher : watchers) {
            watcher.ask("location.watch", Map.of("conversation", group));
        }

        // Each share sends five times as often as it may.
        long began = System.nanoTime();
        for (int round = 1; round <= 20; round++) {
            long n = round;
            await(Future.all(sharers.stream().map(sharer -> sharer.send(n)).toList()));
        }
        double seconds = (System.nanoTime() - began) / 1e9;

        int most =
                sharers.stream().mapToInt(sharer -> sharer.accepted.get()).max().orElseThrow();
        assertThat(most).isLessThanOrEqualTo(1 + (int) (seconds / MIN_UPDATE_SECONDS));
        assertThat(sharers).allSatisfy(sharer -> assertThat(sharer.accepted).hasPositiveValue());
        for (TestUser watcher : watchers) {
            eventually(() -> known(watcher).equals(newest));
            List<JsonNode> frames = watcher.received("location.positions");
            double watched = (System.nanoTime() - watching) / 1e9;
            // All frames of a batch but the last one are full.
            long batches = frames.stream()
                    .filter(frame -> frame.get("positions").size() < PER_FRAME)
                    .count();
            assertThat(batches).isLessThanOrEqualTo(2 + (long) (watched / TICK_SECONDS));
            assertThat(frames).allSatisfy(frame -> {
                assertThat(frame.get("positions").size()).isLessThanOrEqualTo(PER_FRAME);
                assertThat(frame.toString().length()).isLessThanOrEqualTo(64 << 10);
            });
        }
    }

    /** The newest number of each share that a watcher has been sent; numbers never go back. */
    private static Map<String, Long> known(TestUser watcher) {
        Map<String, Long> known = new HashMap<>();
        for (JsonNode frame : watcher.received("location.positions")) {
            for (JsonNode item : frame.get("positions")) {
                if (item.has("n")) {
                    Long before =
                            known.put(item.get("share").asText(), item.get("n").asLong());
                    assertThat(before == null || before <= item.get("n").asLong())
                            .isTrue();
                }
            }
        }
        return known;
    }

    @Test
    void nodeKilled_endsNoShare() throws Exception {
        ClusterNode dying = cluster.add();
        LocationUser ada = new LocationUser(cluster.userOn(dying));
        LocationUser bob = new LocationUser(cluster.userOn(cluster.node(0)));
        String pair = ada.person().openWith(bob.person());
        bob.watch(pair);
        ada.start(pair, 900, "precise");
        ada.move(1, 1);
        bob.position(ada.share(), item -> item.has("n"));
        Credentials credentials = ada.person().credentials();

        cluster.crash(dying);

        LocationUser back = ada.on(TestUser.connect(cluster.node(1).client, credentials));
        assertThat(back.shares()).containsExactly(ada.share());
        back.pause();
        bob.position(ada.share(), item -> item.has("paused"));
        assertThat(bob.person().received("location.positions"))
                .noneMatch(push -> push.toString().contains("ended"));
        back.stop();
        bob.ended(ada.share());
    }
}
