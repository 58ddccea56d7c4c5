package im.hongyan.async;

import io.vertx.core.Promise;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Completes promises for others. Otherwise a listener that throws would throw into the code that completes the
 * promise and end a loop over a batch half way. Completing a promise twice has no effect.
 */
public final class Promises {
    private static final Logger LOG = LoggerFactory.getLogger(Promises.class);

    private Promises() {}

    public static <T> void complete(Promise<T> promise, T result) {
        try {
            promise.tryComplete(result);
        } catch (RuntimeException e) {
            LOG.error("a listener of a result threw an exception", e);
        }
    }

    public static void fail(Promise<?> promise, Throwable cause) {
        try {
            promise.tryFail(cause);
        } catch (RuntimeException e) {
            LOG.error("a listener of a failure threw an exception", e);
        }
    }
}
