package im.hongyan.loadtest.bench;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/** Waits on the benchmark's main thread, always with a timeout. */
final class Await {
    private Await() {}

    static <T> T get(Future<T> future, Duration atMost, String what) {
        try {
            return future.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new BenchFailure(what + ": nothing after " + atMost.toSeconds() + " s");
        } catch (RuntimeException e) {
            throw new BenchFailure(what + ": " + e.getMessage(), e);
        }
    }

    /** Runs tasks 0 to count - 1, a few at a time. Returns the results in order. */
    static <T> List<T> all(int count, int maxConcurrent, Duration maxEach, String what, IntFunction<Future<T>> start) {
        List<T> results = new ArrayList<>(count);
        Deque<Future<T>> running = new ArrayDeque<>();
        for (int i = 0; i < count; i++) {
            if (running.size() == maxConcurrent) {
                results.add(get(running.poll(), maxEach, what));
            }
            running.add(start.apply(i));
        }
        while (!running.isEmpty()) {
            results.add(get(running.poll(), maxEach, what));
        }
        return results;
    }

    static void sleep(Duration length) {
        try {
            TimeUnit.MILLISECONDS.sleep(length.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("interrupted");
        }
    }

    /** Returns true as soon as the condition holds, or false after the timeout. */
    static boolean until(BooleanSupplier condition, Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            sleep(Duration.ofMillis(20));
        }
        return true;
    }
}
