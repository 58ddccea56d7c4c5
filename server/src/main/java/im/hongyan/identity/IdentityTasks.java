package im.hongyan.identity;

import im.hongyan.async.PeriodicTasks;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Identity's background work. The tasks are safe to run on several nodes at once. */
final class IdentityTasks {
    private static final Logger LOG = LoggerFactory.getLogger(IdentityTasks.class);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration DEADLINE = Duration.ofMinutes(5);
    private static final Duration STOP = Duration.ofSeconds(1);

    private final PeriodicTasks tasks;
    private final Revocations revocations;
    private final Sessions sessions;
    private final AccountDeletions deletions;

    IdentityTasks(Vertx vertx, Revocations revocations, Sessions sessions, AccountDeletions deletions) {
        this.tasks = new PeriodicTasks(vertx, LOG, StoreUnavailable.class::isInstance);
        this.revocations = revocations;
        this.sessions = sessions;
        this.deletions = deletions;
    }

    void start() {
        tasks.every(SECOND, "reading revocations", DEADLINE, revocations::poll)
                .every(MINUTE, "ending expired sessions", DEADLINE, sessions::endExpired)
                .every(MINUTE, "sweeping revocations", DEADLINE, revocations::sweep)
                .every(MINUTE, "resuming account clean-ups", DEADLINE, deletions::resume);
    }

    Future<Void> stop() {
        return tasks.stop(STOP);
    }

    /** Runs the tasks of every minute now. */
    Future<Void> everyMinute() {
        return Future.join(sessions.endExpired(), revocations.sweep(), deletions.resume())
                .mapEmpty();
    }
}
