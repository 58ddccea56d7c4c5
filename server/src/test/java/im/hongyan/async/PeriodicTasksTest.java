package im.hongyan.async;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PeriodicTasksTest {
    private static final Duration PERIOD = Duration.ofMillis(10);
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Logger LOG = (Logger) LoggerFactory.getLogger(PeriodicTasksTest.class);

    private final Vertx vertx = Vertx.vertx();
    private final PeriodicTasks tasks = new PeriodicTasks(vertx, LOG, IllegalStateException.class::isInstance);
    private final BlockingQueue<Promise<Void>> runs = new LinkedBlockingQueue<>();
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    private Future<Void> work() {
        Promise<Void> run = Promise.promise();
        runs.add(run);
        return run.future();
    }

    private Promise<Void> nextRun() throws InterruptedException {
        Promise<Void> run = runs.poll(30, TimeUnit.SECONDS);
        assertThat(run).isNotNull();
        return run;
    }

    @BeforeEach
    void setUp() {
        logged.start();
        LOG.addAppender(logged);
        LOG.setAdditive(false);
    }

    @AfterEach
    void tearDown() {
        LOG.detachAppender(logged);
        LOG.setAdditive(true);
        vertx.close().await();
    }

    @Test
    void every_runUnderWay_isNotOverlapped() throws Exception {
        tasks.every(PERIOD, "working", LONG, this::work);
        Promise<Void> first = nextRun();
        assertThat(runs.poll(200, TimeUnit.MILLISECONDS)).isNull();
        first.complete();
        nextRun();
    }

    @Test
    void every_failures_areLoggedOnceAndTheTaskGoesOn() throws Exception {
        tasks.every(PERIOD, "working", LONG, this::work);
        for (int i = 0; i < 5; i++) {
            nextRun().fail(new IllegalArgumentException("broken"));
        }
        nextRun();
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("working failed (0 more failures not logged)");
    }

    @Test
    void every_expectedFailure_isNotLogged() throws Exception {
        tasks.every(PERIOD, "working", LONG, this::work);
        nextRun().fail(new IllegalStateException("the store is away"));
        nextRun();
        assertThat(logged.list).isEmpty();
    }

    @Test
    void every_workThrows_goesOn() throws Exception {
        AtomicInteger count = new AtomicInteger();
        tasks.every(PERIOD, "working", LONG, () -> {
            if (count.getAndIncrement() == 0) {
                throw new IllegalArgumentException("broken");
            }
            return work();
        });
        nextRun();
        assertThat(logged.list).hasSize(1);
    }

    @Test
    void every_runPastItsDeadline_failsAndTheTaskGoesOn() throws Exception {
        tasks.every(PERIOD, "working", Duration.ofMillis(50), this::work);
        nextRun();
        nextRun();
        assertThat(logged.list).isNotEmpty();
    }

    @Test
    void stop_waitsForTheRunUnderWay() throws Exception {
        tasks.every(PERIOD, "working", LONG, this::work);
        Promise<Void> run = nextRun();
        Future<Void> stopped = tasks.stop(LONG);
        assertThat(stopped.isComplete()).isFalse();
        run.complete();
        stopped.await(30, TimeUnit.SECONDS);
        assertThat(runs.poll(100, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void stop_runThatHangs_waitsForTheGivenTimeOnly() throws Exception {
        tasks.every(PERIOD, "working", LONG, this::work);
        nextRun();
        tasks.stop(Duration.ofMillis(20)).await(30, TimeUnit.SECONDS);
    }

    @Test
    void every_afterStop_doesNothing() throws Exception {
        assertThat(tasks.stop(LONG).succeeded()).isTrue();
        tasks.every(PERIOD, "working", LONG, this::work);
        assertThat(runs.poll(100, TimeUnit.MILLISECONDS)).isNull();
    }
}
