package im.hongyan.async;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Runs background tasks at fixed periods. A task never overlaps itself: a tick that finds the last run unfinished is
 * skipped. The first run comes after a random part of the period, so that nodes that start together do not work in
 * step. A failed run is logged, at most once in ten seconds for each task, and the task goes on. Thread-safe.
 */
public final class PeriodicTasks {
    private static final long MAX_FIRST_MS = 10_000;

    private final Vertx vertx;
    private final Logger log;
    private final Predicate<Throwable> expected;
    private final List<Task> tasks = new ArrayList<>();
    private boolean stopped;

    /**
     * @param log where failures are logged
     * @param expected failures that are not logged here, such as an outage that the store itself reports
     */
    public PeriodicTasks(Vertx vertx, Logger log, Predicate<Throwable> expected) {
        this.vertx = vertx;
        this.log = log;
        this.expected = expected;
    }

    /**
     * Starts a task; does nothing after {@link #stop}.
     *
     * @param name what the task does, as the subject of "… failed"
     * @param period between two runs; the first one comes within this time, and within ten seconds
     * @param deadline after which a run counts as failed, so that a future that never completes does not end the task
     * @param work on an event loop
     */
    public synchronized PeriodicTasks every(
            Duration period, String name, Duration deadline, Supplier<? extends Future<?>> work) {
        if (!stopped) {
            Task task = new Task(name, deadline, work);
            long first = ThreadLocalRandom.current().nextLong(Math.min(period.toMillis(), MAX_FIRST_MS)) + 1;
            task.timer = vertx.setPeriodic(first, period.toMillis(), tick -> task.run());
            tasks.add(task);
        }
        return this;
    }

    /**
     * Starts no more runs.
     *
     * @return completes when the runs under way have ended, or after {@code maxWait}; never fails
     */
    public Future<Void> stop(Duration maxWait) {
        List<Future<Void>> running = new ArrayList<>();
        synchronized (this) {
            stopped = true;
            for (Task task : tasks) {
                vertx.cancelTimer(task.timer);
                if (task.running != null) {
                    running.add(task.running);
                }
            }
            tasks.clear();
        }
        return running.isEmpty()
                ? Future.succeededFuture()
                : Future.join(running)
                        .timeout(maxWait.toMillis(), TimeUnit.MILLISECONDS)
                        .<Void>mapEmpty()
                        .otherwiseEmpty();
    }

    private final class Task {
        private final String name;
        private final Duration deadline;
        private final Supplier<? extends Future<?>> work;
        private final LogThrottle throttle = new LogThrottle();
        private long timer;
        /** The run under way, or null. */
        private Future<Void> running;

        Task(String name, Duration deadline, Supplier<? extends Future<?>> work) {
            this.name = name;
            this.deadline = deadline;
            this.work = work;
        }

        void run() {
            Promise<Void> run = Promise.promise();
            synchronized (PeriodicTasks.this) {
                if (stopped || running != null) {
                    return;
                }
                running = run.future();
            }
            Future.succeededFuture()
                    .<Object>compose(none -> work.get().map(result -> result))
                    .timeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
                    .onFailure(this::logFailure)
                    .onComplete(done -> {
                        synchronized (PeriodicTasks.this) {
                            running = null;
                        }
                        run.complete();
                    });
        }

        private void logFailure(Throwable failure) {
            if (!expected.test(failure)) {
                throttle.log(
                        suppressed -> log.error("{} failed ({} more failures not logged)", name, suppressed, failure));
            }
        }
    }
}
