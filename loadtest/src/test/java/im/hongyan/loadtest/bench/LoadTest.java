package im.hongyan.loadtest.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.FakeServer;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The loads against a server in this process. Its CPU time is therefore this process's. */
class LoadTest {
    private static final int CROWD = 10;
    private static final Duration WARMUP = Duration.ofMillis(200);
    private static final Duration LENGTH = Duration.ofMillis(800);

    private final Vertx vertx = Vertx.vertx();
    private final FakeServer server = new FakeServer(vertx).start();
    private final ChatSystem system = new HongyanSystem(
            "fake",
            List.of(new ChatClient(vertx, server.url(), ClientOptions.defaults())),
            IntStream.range(0, CROWD)
                    .mapToObj(i -> new Credentials("u" + i, "u" + i, "u" + i, null))
                    .toList(),
            new Processes(Map.of("server", ProcessHandle.current().pid())));

    @AfterEach
    void close() throws TimeoutException {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private Map<String, Double> run(Function<Crowd, Load> load) {
        try (Crowd crowd = Crowd.gather(system, CROWD)) {
            return load.apply(crowd).run(new WarmUp(WARMUP, WARMUP), LENGTH).stream()
                    .collect(Collectors.toMap(Figure::name, Figure::value));
        }
    }

    @Test
    void direct_countsWhatIsStoredAndReceived() {
        Map<String, Double> figures = run(DirectLoad::new);

        assertThat(figures.get("direct.messages")).isGreaterThan(100);
        assertThat(figures.get("direct.deliveries")).isCloseTo(figures.get("direct.messages"), percent(20));
        assertThat(figures.get("direct.cpu/message")).isPositive();
        assertThat(figures.get("direct.ack p99")).isGreaterThanOrEqualTo(figures.get("direct.ack p50"));
        assertThat(figures).containsKeys("direct.push p50", "direct.cpu/message bench", "direct.cpu/message server");
    }

    @Test
    void paced_neverExceedsThePace() {
        long start = System.nanoTime();
        Map<String, Double> figures = run(crowd -> new PacedLoad(crowd, 500));

        double sentInWindow = figures.get("paced.messages") * LENGTH.toMillis() / 1e3;
        double dueInAll = 500 * (System.nanoTime() - start) / 1e9;
        assertThat(sentInWindow)
                .as("after a stall, what was due before is sent too, and no more")
                .isBetween(1.0, dueInAll + 1);
    }

    @Test
    void group_deliversToAllOthers() {
        Map<String, Double> figures = run(crowd -> new GroupLoad(crowd, 3));

        assertThat(figures.get("group.deliveries")).isCloseTo(9 * figures.get("group.messages"), percent(20));
    }

    @Test
    void aServerThatDoesNotStore_isNoFigure() {
        server.loseAcknowledged();

        assertThatThrownBy(() -> run(DirectLoad::new))
                .isInstanceOf(BenchFailure.class)
                .hasMessageContaining("proves nothing")
                .hasMessageContaining("stored");
    }

    @Test
    void idle_measuresConnecting() {
        Map<String, Double> figures = new IdleLoad(system, 5 * CROWD, WARMUP)
                .run().stream().collect(Collectors.toMap(Figure::name, Figure::value));

        assertThat(figures.get("idle.connections")).isEqualTo(5 * CROWD);
        assertThat(figures.get("connect.rate")).isPositive();
    }

    @Test
    void idle_beyondWhatCanBe_saysWhy() {
        assertThatThrownBy(() -> new IdleLoad(system, 5 * CROWD + 1, WARMUP)).hasMessageContaining("11 users, not 10");
        assertThatThrownBy(() -> new IdleLoad(system, 100_000_000, WARMUP)).hasMessageContaining("ulimit -Hn");
    }

    private static org.assertj.core.data.Percentage percent(double percent) {
        return org.assertj.core.data.Percentage.withPercentage(percent);
    }
}
