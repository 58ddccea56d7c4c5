package im.hongyan.store;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * One pipelined connection, opened again whenever it is lost. It lives on one event loop; only {@link #connection} is
 * for other threads.
 */
final class RedisLine extends VerticleBase {
    private static final String UNKNOWN = "unknown";
    private static final long HEARTBEAT_MS = 1_000;
    private static final long FIRST_RETRY_MS = 100;
    private static final long LONGEST_RETRY_MS = 2_000;

    private final Redis owner;
    private final RedisOptions options;
    private final long connectMs;

    /** Null while there is none. */
    private volatile RedisConnection connection;

    private io.vertx.redis.client.Redis client;
    private long retryMs = FIRST_RETRY_MS;
    private boolean stopped;

    RedisLine(Redis owner, RedisOptions options, long connectMs) {
        this.owner = owner;
        this.options = options;
        this.connectMs = connectMs;
    }

    RedisConnection connection() {
        return connection;
    }

    /** Succeeds even if Redis is away, as it is looked for again and again; fails if it does not let us in. */
    @Override
    public Future<?> start() {
        // Silence is noticed by the socket's read timeout; the heartbeat sees to it that a sound connection is not
        // silent.
        vertx.setPeriodic(HEARTBEAT_MS, tick -> {
            if (connection != null) {
                connection.send(Request.cmd(Command.PING));
            }
        });
        return connect()
                .recover(failure ->
                        RedisFailures.isRefusal(failure) ? Future.failedFuture(failure) : Future.succeededFuture());
    }

    @Override
    public Future<?> stop() {
        stopped = true;
        connection = null;
        return client == null ? Future.succeededFuture() : client.close();
    }

    /** Gives the connection up, for example because its server is no master any more, and opens another. */
    void reconnect() {
        context.runOnContext(now -> lost(client, StoreUnavailable.refused("its role has changed", null)));
    }

    private Future<Void> connect() {
        // A client of its own for each attempt: closing it is what ends an attempt that hangs.
        io.vertx.redis.client.Redis attempt = io.vertx.redis.client.Redis.createClient(vertx, options);
        client = attempt;
        return attempt.connect()
                .compose(opened -> prepare(opened).compose(runId -> use(attempt, opened, runId)))
                .timeout(connectMs, TimeUnit.MILLISECONDS)
                .onFailure(failure -> lost(attempt, failure));
    }

    private Future<String> prepare(RedisConnection opened) {
        Future<String> runId = opened.send(Request.cmd(Command.INFO).arg("server"))
                .map(info -> runId(info.toString()))
                // Not every user may ask; then only an outage of all lines tells of a restart.
                .otherwise(UNKNOWN);
        List<Request> scripts = owner.scripts().map(Script::loading).toList();
        return (scripts.isEmpty() ? Future.<List<Response>>succeededFuture() : opened.batch(scripts))
                .compose(loaded -> runId);
    }

    private static String runId(String info) {
        return info.lines()
                .filter(line -> line.startsWith("run_id:"))
                .findFirst()
                .orElse(UNKNOWN);
    }

    private Future<Void> use(io.vertx.redis.client.Redis attempt, RedisConnection opened, String runId) {
        if (client != attempt || stopped) {
            return Future.failedFuture("too late");
        }
        opened.endHandler(end -> lost(attempt, StoreUnavailable.unanswered("the connection was closed", null)));
        opened.exceptionHandler(failure -> lost(attempt, failure));
        connection = opened;
        retryMs = FIRST_RETRY_MS;
        owner.connected(this, runId);
        return Future.succeededFuture();
    }

    private void lost(io.vertx.redis.client.Redis attempt, Throwable cause) {
        if (client != attempt || stopped) {
            return;
        }
        client = null;
        connection = null;
        attempt.close();
        owner.disconnected(this, cause);
        long delay = retryMs + ThreadLocalRandom.current().nextLong(retryMs);
        retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
        vertx.setTimer(delay, retry -> {
            if (!stopped && client == null) {
                connect();
            }
        });
    }
}
