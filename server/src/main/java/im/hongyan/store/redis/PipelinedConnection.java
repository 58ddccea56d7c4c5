package im.hongyan.store.redis;

import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One pipelined connection that reopens itself when it is lost. It lives on one event loop; other threads may call only
 * {@link #connection}, {@link #isOnItsLoop} and {@link #reconnect}.
 */
final class PipelinedConnection extends VerticleBase {
    /** The master that the connection leads to. Called on the connection's event loop. */
    interface Owner {
        /** Where the master is now. */
        Future<RedisAddress> address();

        /** Fails if the server is not the expected one. */
        Future<Void> check(RedisInfo info);

        /** The scripts to load before the connection is used. */
        Stream<Script> scripts();

        void connected(PipelinedConnection connection, String runId);

        void disconnected(PipelinedConnection connection, Throwable cause);
    }

    private static final long HEARTBEAT_MS = 1_000;
    private static final long FIRST_RETRY_MS = 100;
    private static final long MAX_RETRY_MS = 2_000;

    private final Owner owner;
    private final RedisLimits limits;

    /** Null while disconnected. */
    private volatile RedisConnection connection;

    private volatile Thread loop;

    /** The client of the current attempt or connection; null between two attempts. */
    private Redis client;

    private boolean attempting;
    private long retryMs = FIRST_RETRY_MS;
    private boolean stopped;

    PipelinedConnection(Owner owner, RedisLimits limits) {
        this.owner = owner;
        this.limits = limits;
    }

    RedisConnection connection() {
        return connection;
    }

    /** Whether the caller is on this connection's event loop, so that a request wakes no other thread. */
    boolean isOnItsLoop() {
        return loop == Thread.currentThread();
    }

    /**
     * Succeeds even if Redis is unavailable, and keeps retrying; fails if Redis rejects the credentials or settings.
     */
    @Override
    public Future<?> start() {
        loop = Thread.currentThread();
        // The socket's read timeout detects a dead connection; the heartbeat keeps a healthy one from being idle.
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

    /** Drops the connection, for example because its server is not the master any more, and opens another one. */
    void reconnect(RedisConnection given) {
        context.runOnContext(now -> {
            if (given != null && connection == given) {
                lost(client, StoreUnavailable.refused("the server's role has changed", null));
            }
        });
    }

    private Future<Void> connect() {
        attempting = true;
        // The address may have to be looked up first, on any context.
        return Future.<RedisAddress>future(found ->
                        owner.address().onComplete(answer -> context.runOnContext(now -> found.handle(answer))))
                .compose(this::connect)
                .onFailure(failure -> {
                    if (attempting) {
                        attempting = false;
                        lost(null, failure);
                    }
                });
    }

    private Future<Void> connect(RedisAddress address) {
        if (stopped) {
            return Future.failedFuture("the attempt was superseded");
        }
        attempting = false;
        // Each attempt has its own client, because only closing the client ends an attempt that hangs.
        Redis attempt = Redis.createClient(vertx, RedisClients.options(address, limits));
        client = attempt;
        return attempt.connect()
                .compose(opened -> prepare(opened).compose(info -> use(attempt, opened, info)))
                .timeout(limits.connectTimeoutMs() + limits.deadlineMs(), TimeUnit.MILLISECONDS)
                .onFailure(failure -> lost(attempt, failure));
    }

    private Future<RedisInfo> prepare(RedisConnection opened) {
        List<Request> scripts = owner.scripts().map(Script::loading).toList();
        return opened.send(Request.cmd(Command.INFO))
                .map(info -> RedisInfo.parse(info.toString()))
                .otherwise(RedisInfo.UNKNOWN)
                .compose(info -> owner.check(info)
                        .compose(right ->
                                scripts.isEmpty() ? Future.<List<Response>>succeededFuture() : opened.batch(scripts))
                        .map(info));
    }

    private Future<Void> use(Redis attempt, RedisConnection opened, RedisInfo info) {
        if (client != attempt || stopped) {
            return Future.failedFuture("the attempt was superseded");
        }
        opened.endHandler(end -> lost(attempt, StoreUnavailable.unanswered("the connection was closed", null)));
        opened.exceptionHandler(failure -> lost(attempt, failure));
        connection = opened;
        retryMs = FIRST_RETRY_MS;
        owner.connected(this, info.runId());
        return Future.succeededFuture();
    }

    private void lost(Redis attempt, Throwable cause) {
        if (client != attempt || stopped) {
            return;
        }
        client = null;
        connection = null;
        if (attempt != null) {
            attempt.close();
        }
        owner.disconnected(this, cause);
        long delay = retryMs + ThreadLocalRandom.current().nextLong(retryMs);
        retryMs = Math.min(2 * retryMs, MAX_RETRY_MS);
        vertx.setTimer(delay, retry -> {
            if (!stopped && client == null && !attempting) {
                connect();
            }
        });
    }
}
