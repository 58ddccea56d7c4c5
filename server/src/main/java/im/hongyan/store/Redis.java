package im.hongyan.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Redis, without blocking: a few pipelined connections, each with a bounded queue, and a deadline on every call. While
 * Redis is away, calls fail at once; it is looked for all the time, and {@link #onReconnected} tells when it is back,
 * perhaps empty.
 *
 * <p>A call fails with {@link StoreUnavailable} when Redis is away, overloaded or too slow, and with Redis' own error
 * reply otherwise. All methods may be called from any thread; answers come on the caller's Vert.x context. Requests of
 * one thread are carried out in their order for as long as the connection lasts.
 */
public final class Redis {
    private static final Logger LOG = LoggerFactory.getLogger(Redis.class);

    private final Vertx vertx;
    private final RedisLimits limits;
    private final Availability availability = new Availability("Redis");
    private final Set<Script> scripts = new CopyOnWriteArraySet<>();
    private final List<Runnable> reconnected = new CopyOnWriteArrayList<>();
    private final List<RedisLine> lines;
    private final List<Future<String>> deployments;

    private final Set<RedisLine> connectedLines = new HashSet<>();
    private String runId;

    private Redis(Vertx vertx, RedisAddress address, RedisLimits limits) {
        this.vertx = vertx;
        this.limits = limits;
        RedisOptions options = options(address, limits);
        this.lines = IntStream.range(0, limits.connections())
                .mapToObj(i -> new RedisLine(this, options, limits.connectTimeoutMs() + limits.deadlineMs()))
                .toList();
        this.deployments = lines.stream().map(vertx::deployVerticle).toList();
    }

    /**
     * Opens the connections. Succeeds also while Redis is away.
     *
     * @return fails with {@link StartFailure} if Redis does not let us in
     */
    public static Future<Redis> open(Vertx vertx, RedisAddress address, RedisLimits limits) {
        Redis redis = new Redis(vertx, address, limits);
        return Future.join(redis.deployments).map(redis).recover(failure -> redis.close()
                .compose(closed -> Future.failedFuture(
                        new StartFailure("Redis at " + address + " refuses us: " + failure.getMessage(), failure))));
    }

    /** Sends one request. */
    public Future<Response> send(Request request) {
        RedisLine line = line();
        RedisConnection connection = line.connection();
        if (connection == null) {
            return away();
        }
        return connection
                .send(request)
                .timeout(limits.deadlineMs(), TimeUnit.MILLISECONDS)
                .recover(failure -> failed(line, failure));
    }

    /**
     * Sends requests together, one behind the other and in one write. They are no transaction: if one is refused, the
     * answer is that error, and the others have been carried out all the same.
     */
    public Future<List<Response>> batch(List<Request> requests) {
        RedisLine line = line();
        RedisConnection connection = line.connection();
        if (connection == null) {
            return away();
        }
        return connection
                .batch(requests)
                .timeout(limits.deadlineMs(), TimeUnit.MILLISECONDS)
                .recover(failure -> failed(line, failure));
    }

    /** Runs a script, by its hash if Redis knows it. */
    public Future<Response> eval(Script script, List<String> keys, List<String> arguments) {
        return send(script.call(keys, arguments))
                .recover(failure -> RedisFailures.isUnknownScript(failure)
                        ? send(script.callWithSource(keys, arguments))
                        : Future.failedFuture(failure));
    }

    /** Makes scripts known to Redis now and after every reconnect, for {@link Script#call} in a batch. */
    public Future<Void> prepare(Script... added) {
        scripts.addAll(Arrays.asList(added));
        return Future.join(
                        Stream.of(added).map(script -> send(script.loading())).toList())
                .mapEmpty();
    }

    /**
     * Calls {@code action}, on an event loop, each time that Redis can be used again after it was away or was started
     * anew, so that what it held may be gone. Not at the first connection.
     */
    public void onReconnected(Runnable action) {
        reconnected.add(action);
    }

    /** False while there is no connection. */
    public boolean isAvailable() {
        return lines.stream().anyMatch(line -> line.connection() != null);
    }

    /** Closes the connections; calls under way fail. */
    public Future<Void> close() {
        List<Future<Void>> undone = deployments.stream()
                .map(deployment -> deployment.compose(vertx::undeploy).otherwiseEmpty())
                .toList();
        return Future.join(undone).mapEmpty();
    }

    Stream<Script> scripts() {
        return scripts.stream();
    }

    void connected(RedisLine line, String foundRunId) {
        boolean perhapsEmpty;
        synchronized (connectedLines) {
            perhapsEmpty = runId != null && (connectedLines.isEmpty() || !runId.equals(foundRunId));
            connectedLines.add(line);
            runId = foundRunId;
        }
        availability.answered();
        if (perhapsEmpty) {
            reconnected.forEach(Redis::run);
        }
    }

    void disconnected(RedisLine line, Throwable cause) {
        boolean last;
        synchronized (connectedLines) {
            connectedLines.remove(line);
            last = connectedLines.isEmpty();
        }
        if (last) {
            availability.lost(cause);
        }
    }

    private static void run(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            LOG.error("An action after a reconnect to Redis failed", e);
        }
    }

    private RedisLine line() {
        int own = (int) (Thread.currentThread().getId() % lines.size());
        for (int i = 0; i < lines.size(); i++) {
            RedisLine line = lines.get((own + i) % lines.size());
            if (line.connection() != null) {
                return line;
            }
        }
        return lines.get(own);
    }

    private static <T> Future<T> away() {
        return Future.failedFuture(StoreUnavailable.refused("Redis is away", null));
    }

    private static <T> Future<T> failed(RedisLine line, Throwable failure) {
        if (RedisFailures.wantsNewConnection(failure)) {
            line.reconnect();
        }
        return Future.failedFuture(RedisFailures.translate(failure));
    }

    private static RedisOptions options(RedisAddress address, RedisLimits limits) {
        String host = address.host().contains(":") ? "[" + address.host() + "]" : address.host();
        RedisOptions options = new RedisOptions()
                .setConnectionString((address.tls() ? "rediss://" : "redis://") + host + ":" + address.port() + "/"
                        + address.database())
                .setNetClientOptions(network(address, limits))
                .setMaxPoolSize(1)
                .setMaxPoolWaiting(1)
                .setPoolRecycleTimeout(-1)
                .setMaxWaitingHandlers(limits.queue());
        address.user().ifPresent(options::setUser);
        address.password().ifPresent(options::setPassword);
        return options;
    }

    private static NetClientOptions network(RedisAddress address, RedisLimits limits) {
        NetClientOptions network = new NetClientOptions()
                .setConnectTimeout(limits.connectTimeoutMs())
                // Longer than a call may take and than a heartbeat: whoever is silent for so long is frozen or gone.
                .setReadIdleTimeout(2 * Math.max(limits.deadlineMs(), 1_000) + 500)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setTcpNoDelay(true);
        if (address.tls()) {
            network.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
            address.caFile().ifPresent(file -> network.setTrustOptions(new PemTrustOptions().addCertPath(file)));
        }
        return network;
    }
}
