package im.hongyan.loadtest.experiment;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Waits on the experiment's own thread, always with a timeout. */
final class Await {
    private static final long LOOK_MS = 50;

    private Await() {}

    static <T> T result(Future<T> future, Duration atMost, String what) {
        try {
            return future.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new ExperimentFailure(what + ": timed out after " + atMost.toSeconds() + " s", e);
        } catch (Exception e) {
            // Vert.x throws the future's failure, checked or not.
            throw new ExperimentFailure(what + ": " + e.getMessage(), e);
        }
    }

    static void pause(Duration length) {
        try {
            TimeUnit.MILLISECONDS.sleep(length.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExperimentFailure("interrupted", e);
        }
    }

    /** Returns true as soon as the condition holds, or false after the timeout. */
    static boolean until(BooleanSupplier condition, Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            pause(Duration.ofMillis(LOOK_MS));
        }
        return true;
    }

    static void require(BooleanSupplier condition, Duration atMost, String what) {
        if (!until(condition, atMost)) {
            throw new ExperimentFailure(what + ": timed out after " + atMost.toSeconds() + " s");
        }
    }

    static double seconds(long sinceNanos) {
        return (System.nanoTime() - sinceNanos) / 1e9;
    }
}
