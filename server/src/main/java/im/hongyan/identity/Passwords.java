package im.hongyan.identity;

import im.hongyan.async.FairQueue;
import im.hongyan.protocol.Rejection;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * Hashes and verifies passwords on a small worker pool, so that the event loops keep their processors. Rejects work
 * with {@code limited} if the queue is full or the work has waited too long. Work waits in lines that are served in
 * turn, so that a stranger who guesses passwords does not keep others from signing in. Thread-safe.
 */
final class Passwords {
    private static final Duration MAX_WAIT = Duration.ofSeconds(4);
    private static final long RETRY_MS = 2_000;

    private final Argon2 argon2;
    private final WorkerExecutor worker;
    private final FairQueue<String> queue;
    private final String dummy;

    Passwords(Vertx vertx, IdentitySettings.Hashing settings) {
        this.argon2 = new Argon2(settings.memoryKib(), settings.passes());
        this.worker = vertx.createSharedWorkerExecutor("passwords", settings.threads());
        this.queue = new FairQueue<>(settings.threads(), settings.queue(), MAX_WAIT, Passwords::busy);
        this.dummy = argon2.dummy();
    }

    /** @param line the line in which the work waits; lines are served in turn */
    Future<String> hash(String line, Password password) {
        return compute(line, () -> argon2.hash(password));
    }

    /**
     * @param line the line in which the work waits; lines are served in turn
     * @param hash null if there is no account; then the answer is false after the usual time, so that the time does not
     *     reveal which usernames exist
     */
    Future<Boolean> verify(String line, Password password, String hash) {
        String compared = hash == null ? dummy : hash;
        return compute(line, () -> Argon2.verify(password, compared));
    }

    boolean outdated(String hash) {
        return argon2.outdated(hash);
    }

    private <T> Future<T> compute(String line, Callable<T> work) {
        return queue.submit(line, () -> worker.executeBlocking(work, false));
    }

    private static Rejection busy() {
        return Rejection.limited("password.busy", "too many sign-ins at the moment", RETRY_MS);
    }

    Future<Void> close() {
        return worker.close();
    }
}
