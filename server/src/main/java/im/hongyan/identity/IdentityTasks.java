package im.hongyan.identity;

import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Identity's background work: some every second, some every minute with a random offset. */
final class IdentityTasks {
    private static final Logger LOG = LoggerFactory.getLogger(IdentityTasks.class);
    private static final long SECOND = TimeUnit.SECONDS.toMillis(1);
    private static final long MINUTE = TimeUnit.MINUTES.toMillis(1);

    private final Vertx vertx;
    private final Revocations revocations;
    private final Sessions sessions;
    private final AccountDeletions deletions;
    private volatile List<Long> timers = List.of();

    IdentityTasks(Vertx vertx, Revocations revocations, Sessions sessions, AccountDeletions deletions) {
        this.vertx = vertx;
        this.revocations = revocations;
        this.sessions = sessions;
        this.deletions = deletions;
    }

    void start() {
        long first = ThreadLocalRandom.current().nextLong(1, MINUTE);
        timers = List.of(
                vertx.setPeriodic(SECOND, tick -> run("reading revocations", revocations::poll)),
                vertx.setPeriodic(first, MINUTE, tick -> everyMinute()));
    }

    void stop() {
        timers.forEach(vertx::cancelTimer);
    }

    Future<Void> everyMinute() {
        return Future.join(
                        run("ending expired sessions", sessions::endExpired),
                        run("sweeping revocations", revocations::sweep),
                        run("resuming account clean-ups", deletions::resume))
                .mapEmpty();
    }

    private static Future<Void> run(String what, Supplier<Future<Void>> job) {
        return job.get().onFailure(failure -> {
            // The store itself logs that it is unavailable.
            if (!(failure instanceof StoreUnavailable)) {
                LOG.error("{} failed", what, failure);
            }
        });
    }
}
