package im.hongyan.store.redis;

import im.hongyan.store.StartFailure;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Non-blocking access to Redis: a few pipelined connections to each master, each with a bounded queue, and a deadline
 * on every call. While Redis is unavailable, calls fail at once and the connections are retried; {@link
 * #onReconnected} reports when Redis is available again, possibly empty.
 *
 * <p>A call fails with {@link StoreUnavailable} if Redis is unavailable, overloaded or too slow, and with Redis' error
 * reply otherwise. All methods may be called from any thread; results arrive on the caller's Vert.x context. Requests
 * of one thread to one key are executed in order as long as the connection lasts and the key's slot does not move;
 * without Redis Cluster this holds for different keys, too.
 *
 * <p>With Redis Cluster each request goes to the master of its keys' slot, and one without keys to any master. All
 * keys of one request or script need a common hash tag. If one master is unavailable, only its slots are affected.
 */
public final class Redis {
    private static final Logger LOG = LoggerFactory.getLogger(Redis.class);

    private final RedisRequestSender routing;
    private final RedisEvents events;

    private Redis(RedisRequestSender routing, RedisEvents events) {
        this.routing = routing;
        this.events = events;
    }

    /** As {@link #open(Vertx, RedisServers, RedisLimits)}, for one server. */
    public static Future<Redis> open(Vertx vertx, RedisAddress address, RedisLimits limits) {
        return open(vertx, new RedisServers.Standalone(address), limits);
    }

    /**
     * Opens the connections. Succeeds even if Redis is unavailable.
     *
     * @return fails with {@link StartFailure} if Redis rejects the credentials or runs in another mode
     */
    public static Future<Redis> open(Vertx vertx, RedisServers servers, RedisLimits limits) {
        RedisEvents events = new RedisEvents();
        RedisRequestSender routing;
        if (servers instanceof RedisServers.Standalone standalone) {
            routing = SingleMasterSender.standalone(vertx, standalone.address(), limits, events);
        } else if (servers instanceof RedisServers.Sentinel sentinel) {
            routing = SingleMasterSender.sentinel(vertx, sentinel, limits, events);
        } else {
            routing = new ClusterSender(vertx, ((RedisServers.Cluster) servers).seeds(), limits, events);
        }
        return routing.opened().map(new Redis(routing, events)).recover(failure -> routing.close()
                .compose(closed -> Future.failedFuture(new StartFailure(
                        "Redis at " + servers + " refuses the connection: " + failure.getMessage(), failure))));
    }

    /** Sends one request. */
    public Future<Response> send(Request request) {
        return routing.send(request);
    }

    /**
     * Sends requests together, in one write to each master; the answers have the order of the requests. This is no
     * transaction: if Redis rejects one request, or with Redis Cluster a master is unavailable, the call fails with
     * that error although the other requests have been executed. If Redis has lost a prepared script, as after SCRIPT
     * FLUSH, the call fails, and later ones succeed.
     */
    public Future<List<Response>> batch(List<Request> requests) {
        return routing.batch(requests).onFailure(failure -> {
            if (RedisFailures.isUnknownScript(failure)) {
                prepareAgain();
            }
        });
    }

    /** Runs a script by its hash, or by its source if Redis does not have it. */
    public Future<Response> eval(Script script, List<String> keys, List<String> arguments) {
        return send(script.call(keys, arguments))
                .recover(failure -> RedisFailures.isUnknownScript(failure)
                        ? send(script.callWithSource(keys, arguments))
                        : Future.failedFuture(failure));
    }

    /** Loads scripts into each master now and after every reconnect, so that a batch can use {@link Script#call}. */
    public Future<Void> prepare(Script... added) {
        events.prepare(Arrays.asList(added));
        return Future.join(Stream.of(added)
                        .map(script -> routing.broadcast(script.loading()))
                        .toList())
                .mapEmpty();
    }

    private void prepareAgain() {
        events.scripts().forEach(script -> routing.broadcast(script.loading())
                .onFailure(failure -> LOG.warn("cannot load a script into Redis: {}", failure.toString())));
    }

    /**
     * Calls {@code action} on an event loop whenever Redis, or a master of its cluster, may have lost its data: it was
     * unavailable, restarted, replaced or flushed, and can be used again. Not called for the first connection.
     */
    public void onReconnected(Runnable action) {
        events.onReconnected(action);
    }

    /** Whether there is a connection to any master. */
    public boolean isAvailable() {
        return routing.isAvailable();
    }

    /** Closes the connections; calls in flight fail. */
    public Future<Void> close() {
        return routing.close();
    }
}
