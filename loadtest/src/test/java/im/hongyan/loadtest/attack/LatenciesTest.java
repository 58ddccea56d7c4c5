package im.hongyan.loadtest.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class LatenciesTest {
    private final Vertx vertx = Vertx.vertx();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Latencies latencies = new Latencies(vertx, new PrintStream(out, true, StandardCharsets.UTF_8));

    @AfterEach
    void closeVertx() {
        vertx.close().await();
    }

    @Test
    void measure_countsAndTimesEachRequest() {
        AtomicInteger sent = new AtomicInteger();
        latencies.add("sync", () -> {
            sent.incrementAndGet();
            return vertx.timer(30, TimeUnit.MILLISECONDS);
        });

        latencies.measure("before", () -> sent.get() < 3);

        assertThat(printed()).containsPattern("^before +sync +n=3 +p50 +[3-9][0-9]\\.. ms");
    }

    @Test
    void measure_requestsFail_countsThemAndGivesReasons() {
        AtomicInteger sent = new AtomicInteger();
        latencies.add("send", () -> {
            sent.incrementAndGet();
            return Future.failedFuture("no answer");
        });

        latencies.measure("during", () -> sent.get() < 2);

        assertThat(printed()).contains("n=2 ").contains("failed {no answer=2}");
    }

    @Test
    void measure_oneKindIsNotAnswered_repeatsTheOther() {
        AtomicInteger quick = new AtomicInteger();
        Promise<Void> answer = Promise.promise();
        latencies.add("stalled", answer::future);
        latencies.add("quick", () -> {
            if (quick.incrementAndGet() == 4) {
                answer.complete();
            }
            return Future.succeededFuture();
        });

        latencies.measure("during", () -> quick.get() < 4);

        assertThat(printed()).containsPattern("stalled +n=1 ").containsPattern("quick +n=4 ");
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
