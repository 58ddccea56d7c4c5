package im.hongyan.timeline;

import im.hongyan.async.PeriodicTasks;
import im.hongyan.protocol.Id;
import im.hongyan.store.Postgres;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which history the database holds. A client that finds another epoch than the one it knew drops its cursors.
 *
 * <p>A promotion or a point-in-time recovery starts a new timeline of PostgreSQL, and a dump that is loaded into
 * another cluster meets another system identifier: both are noticed here. A data folder that was copied back is
 * not noticed: after that, an operator has to renew the epoch.
 */
public final class Epoch {
    private static final Logger LOG = LoggerFactory.getLogger(Epoch.class);
    private static final long CHECK_MS = 10_000;
    private static final Duration DEADLINE = Duration.ofMinutes(1);

    private final EpochStore store;
    private final long everyMs;
    private volatile String current = "";
    private volatile Runnable onChange = () -> {};

    public Epoch(Postgres postgres) {
        this(postgres, CHECK_MS);
    }

    Epoch(Postgres postgres, long everyMs) {
        this.everyMs = everyMs;
        this.store = new EpochStore(postgres);
    }

    /** Reads the epoch and keeps looking at it. {@code onChange} is called on an event loop when it is another one. */
    public Future<Void> start(Vertx vertx, Runnable onChange) {
        this.onChange = onChange;
        return check().onSuccess(none -> new PeriodicTasks(vertx, LOG, StoreUnavailable.class::isInstance)
                .every(Duration.ofMillis(everyMs), "checking the epoch", DEADLINE, this::check));
    }

    public String current() {
        return current;
    }

    /** Makes all clients drop their cursors: after a restore that PostgreSQL itself does not know of. */
    public Future<String> renew() {
        return check(true).map(none -> current);
    }

    private Future<Void> check() {
        return check(false);
    }

    private Future<Void> check(boolean always) {
        return store.find()
                .compose(found -> found.same() && !always
                        ? Future.succeededFuture(found.id())
                        : store.renew(Id.next(), found, always))
                .onSuccess(this::set)
                .mapEmpty();
    }

    private void set(UUID id) {
        String before = current;
        current = Id.Text.encode(id);
        if (!before.isEmpty() && !before.equals(current)) {
            LOG.warn("the database holds another history now: clients drop their cursors");
            onChange.run();
        }
    }
}
