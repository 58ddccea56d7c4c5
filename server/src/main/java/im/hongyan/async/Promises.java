package im.hongyan.async;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Completes promises and logs exceptions of their listeners. Otherwise a listener's exception would reach the code that
 * completes the promise and could end a loop over a batch halfway. Completing a promise twice has no effect.
 */
public final class Promises {
    private static final Logger LOG = LoggerFactory.getLogger(Promises.class);

    private Promises() {}

    /** A promise whose listeners run on the caller's event loop, whichever thread completes it. */
    public static <T> Promise<T> onCallersContext() {
        Context caller = Vertx.currentContext();
        return caller == null ? Promise.promise() : ((ContextInternal) caller).promise();
    }

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
