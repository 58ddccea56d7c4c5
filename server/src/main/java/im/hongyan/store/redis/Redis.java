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

/**
 * Redis, without blocking: a few pipelined connections to each master, each with a bounded queue, and a deadline on every
 * call. While Redis is away, calls fail at once; it is looked for all the time, and {@link #onReconnected} tells when it
 * is back, perhaps empty.
 *
 * <p>A call fails with {@link StoreUnavailable} when Redis is away, overloaded or too slow, and with Redis' own error
 * reply otherwise. All methods may be called from any thread; answers come on the caller's Vert.x context. Requests of
 * one thread to one key are carried out in their order for as long as the connection lasts and the key stays where it
 * is; without Redis Cluster, those to different keys, too.
 *
 * <p>With Redis Cluster each request goes to the master of its keys' slot, and one without keys to any master. Keys that
 * one request or script touches need a common hash tag. While one master is away, only its slots are.
 */
public final class Redis {
    private final RedisEvents events;
    private final RedisRouting routing;

    private Redis(RedisRouting routing, RedisEvents events) {
        this.routing = routing;
        this.events = events;
    }

    /** As {@link #open(Vertx, RedisServers, RedisLimits)}, for one server. */
    public static Future<Redis> open(Vertx vertx, RedisAddress address, RedisLimits limits) {
        return open(vertx, new RedisServers.Standalone(address), limits);
    }

    /**
     * Opens the connections. Succeeds also while Redis is away.
     *
     * @return fails with {@link StartFailure} if Redis does not let us in, or is run in another way
     */
    public static Future<Redis> open(Vertx vertx, RedisServers servers, RedisLimits limits) {
        RedisEvents events = new RedisEvents();
        RedisRouting routing;
        if (servers instanceof RedisServers.Standalone standalone) {
            routing = SingleMasterRouting.standalone(vertx, standalone.address(), limits, events);
        } else if (servers instanceof RedisServers.Sentinel sentinel) {
            routing = SingleMasterRouting.sentinel(vertx, sentinel, limits, events);
        } else {
            routing = new ClusterRouting(vertx, ((RedisServers.Cluster) servers).seeds(), limits, events);
        }
        return routing.opened().map(new Redis(routing, events)).recover(failure -> routing.close()
                .compose(closed -> Future.failedFuture(
                        new StartFailure("Redis at " + servers + " refuses us: " + failure.getMessage(), failure))));
    }

    /** Sends one request. */
    public Future<Response> send(Request request) {
        return routing.send(request);
    }

    /**
     * Sends requests together, one behind the other and in one write to each master; the answers have the order of the
     * requests. They are no transaction: if one is refused, the answer is that error, and the others have been carried
     * out all the same. With Redis Cluster also if a master is away: then the requests to the others have been carried
     * out.
     */
    public Future<List<Response>> batch(List<Request> requests) {
        return routing.batch(requests);
    }

    /** Runs a script, by its hash if Redis knows it. */
    public Future<Response> eval(Script script, List<String> keys, List<String> arguments) {
        return send(script.call(keys, arguments))
                .recover(failure -> RedisFailures.isUnknownScript(failure)
                        ? send(script.callWithSource(keys, arguments))
                        : Future.failedFuture(failure));
    }

    /** Makes scripts known to each master now and after every reconnect, for {@link Script#call} in a batch. */
    public Future<Void> prepare(Script... added) {
        events.prepare(Arrays.asList(added));
        return Future.join(Stream.of(added)
                        .map(script -> routing.everywhere(script.loading()))
                        .toList())
                .mapEmpty();
    }

    /**
     * Calls {@code action}, on an event loop, each time that Redis, or one master of its cluster, can be used again after
     * it was away, was started anew, was replaced or was emptied, so that what it held may be gone. Not at the first
     * connection.
     */
    public void onReconnected(Runnable action) {
        events.onReconnected(action);
    }

    /** False while there is no connection to any master. */
    public boolean isAvailable() {
        return routing.isAvailable();
    }

    /** Closes the connections; calls under way fail. */
    public Future<Void> close() {
        return routing.close();
    }
}
