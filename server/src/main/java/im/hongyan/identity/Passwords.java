package im.hongyan.identity;

import im.hongyan.protocol.Rejection;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hashes and verifies passwords on a small worker pool, so that the event loops keep their processors. Rejects work
 * with {@code limited} if the queue is full or the work has waited too long. Thread-safe.
 */
final class Passwords {
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final long RETRY_MS = 2_000;

    private final Argon2 argon2;
    private final WorkerExecutor worker;
    private final int queue;
    private final AtomicInteger queued = new AtomicInteger();
    private final String dummy;

    Passwords(Vertx vertx, IdentitySettings.Hashing settings) {
        this.argon2 = new Argon2(settings.memoryKib(), settings.passes());
        this.worker = vertx.createSharedWorkerExecutor("passwords", settings.threads());
        this.queue = settings.queue();
        this.dummy = argon2.dummy();
    }

    Future<String> hash(Password password) {
        return compute(() -> argon2.hash(password));
    }

    /**
     * @param hash null if there is no account; then the answer is false after the usual time, so that the time does not
     *     reveal which usernames exist
     */
    Future<Boolean> verify(Password password, String hash) {
        String compared = hash == null ? dummy : hash;
        return compute(() -> Argon2.verify(password, compared));
    }

    boolean outdated(String hash) {
        return argon2.outdated(hash);
    }

    private <T> Future<T> compute(Callable<T> work) {
        if (queued.incrementAndGet() > queue) {
            queued.decrementAndGet();
            return Future.failedFuture(busy());
        }
        long since = System.nanoTime();
        Callable<T> timely = () -> {
            if (System.nanoTime() - since > MAX_WAIT_NANOS) {
                throw busy();
            }
            return work.call();
        };
        return worker.executeBlocking(timely, false).onComplete(done -> queued.decrementAndGet());
    }

    private static Rejection busy() {
        return Rejection.limited("password.busy", "too many sign-ins at the moment", RETRY_MS);
    }

    Future<Void> close() {
        return worker.close();
    }
}
