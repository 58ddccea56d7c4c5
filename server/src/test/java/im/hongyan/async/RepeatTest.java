package im.hongyan.async;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class RepeatTest {
    private static final int MANY = 300_000;
    private static final Vertx VERTX = Vertx.vertx();

    private final AtomicInteger steps = new AtomicInteger();

    @AfterAll
    static void close() throws Exception {
        VERTX.close().await(20, TimeUnit.SECONDS);
    }

    private Future<Boolean> step() {
        return Future.succeededFuture(steps.incrementAndGet() == MANY);
    }

    private static void run(Supplier<Future<Boolean>> step) throws Exception {
        Repeat.untilLast(step).await(20, TimeUnit.SECONDS);
    }

    @Test
    void untilLast_manyStepsThatAreComplete_ends() throws Exception {
        run(this::step);

        assertThat(steps).hasValue(MANY);
    }

    @Test
    void untilLast_manyStepsThatCompleteLater_ends() throws Exception {
        Context context = VERTX.getOrCreateContext();
        run(() -> {
            Promise<Boolean> later = Promise.promise();
            context.runOnContext(none -> later.handle(step()));
            return later.future();
        });

        assertThat(steps).hasValue(MANY);
    }

    @Test
    void untilLast_stepFails_noOtherStarts() {
        IllegalStateException failure = new IllegalStateException();

        Future<Void> end = Repeat.untilLast(
                () -> steps.incrementAndGet() == 3 ? Future.failedFuture(failure) : Future.succeededFuture(false));

        assertThat(end.cause()).isSameAs(failure);
        assertThat(steps).hasValue(3);
    }

    @Test
    void untilLast_stepThrows_fails() {
        IllegalStateException failure = new IllegalStateException();

        assertThat(Repeat.untilLast(() -> {
                            throw failure;
                        })
                        .cause())
                .isSameAs(failure);
    }
}
