package im.hongyan.async;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/**
 * Runs steps one after the other, without keeping the finished ones. A method that calls itself in {@code compose} does
 * keep them, and when the last one ends, a chain of some thousand futures overflows the stack: then the result never
 * arrives. Thread-safe.
 */
public final class Repeat {
    private Repeat() {}

    /**
     * Repeats a step until it says that it was the last. Each step starts on the thread on which the previous one
     * ended.
     *
     * @param step whether it was the last; must not block
     * @return completes after the last step. Fails with the failure of a step, after which no other one starts
     */
    public static Future<Void> untilLast(Supplier<Future<Boolean>> step) {
        Promise<Void> end = Promise.promise();
        run(step, end);
        return end.future();
    }

    private static void run(Supplier<Future<Boolean>> step, Promise<Void> end) {
        while (true) {
            Future<Boolean> result = start(step);
            if (!result.isComplete()) {
                result.onComplete(done -> {
                    if (goesOn(result, end)) {
                        run(step, end);
                    }
                });
                return;
            }
            if (!goesOn(result, end)) {
                return;
            }
        }
    }

    private static Future<Boolean> start(Supplier<Future<Boolean>> step) {
        try {
            return step.get();
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private static boolean goesOn(Future<Boolean> result, Promise<Void> end) {
        if (result.failed()) {
            end.fail(result.cause());
            return false;
        }
        if (result.result()) {
            end.complete();
            return false;
        }
        return true;
    }
}
