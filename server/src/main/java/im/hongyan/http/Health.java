package im.hongyan.http;

import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Serves liveness and readiness. Ready means started, not draining, and event loops alive. An unavailable store does
 * not make a node unready, because it would make all nodes so.
 */
public final class Health {
    private static final long BEAT_MS = 1_000;
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final BooleanSupplier draining;
    private final AtomicLong lastBeat = new AtomicLong(System.nanoTime());
    private volatile boolean started;

    public Health(Vertx vertx, BooleanSupplier draining) {
        this.draining = draining;
        vertx.setPeriodic(BEAT_MS, none -> lastBeat.set(System.nanoTime()));
    }

    public void started() {
        started = true;
    }

    void mount(Router router) {
        router.get("/health/live").handler(context -> answer(context, isAlive(), "alive"));
        router.get("/health/ready").handler(context -> answer(context, isReady(), "ready"));
    }

    private boolean isAlive() {
        return System.nanoTime() - lastBeat.get() < STUCK_NANOS;
    }

    /** Whether this node takes new sockets. Any thread. */
    public boolean isReady() {
        return started && isAlive() && !draining.getAsBoolean();
    }

    private static void answer(RoutingContext context, boolean good, String what) {
        context.response()
                .setStatusCode(good ? 200 : 503)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store")
                .end("{\"" + what + "\":" + good + "}");
    }
}
