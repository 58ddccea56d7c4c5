package im.hongyan.store.redis;

import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Sends all requests to one server: a standalone one, or the master that the sentinels name. */
final class SingleMasterSender implements RedisRequestSender, RedisMaster.Owner {
    private static final long CHECK_MS = 1_000;

    private final Vertx vertx;
    private final RedisEvents events;
    private final boolean sentinel;
    private final Supplier<Future<RedisAddress>> address;
    private final RedisMaster master;
    private final long timer;
    private volatile RedisAddress last;

    private SingleMasterSender(
            Vertx vertx,
            RedisLimits limits,
            RedisEvents events,
            boolean sentinel,
            Supplier<Future<RedisAddress>> address) {
        this.vertx = vertx;
        this.events = events;
        this.sentinel = sentinel;
        this.address = address;
        this.master = new RedisMaster(vertx, "Redis", limits, this);
        // A master that is cut off from its sentinels does not learn that it was replaced.
        this.timer = sentinel ? vertx.setPeriodic(CHECK_MS, tick -> checkMaster()) : -1;
    }

    static SingleMasterSender standalone(Vertx vertx, RedisAddress address, RedisLimits limits, RedisEvents events) {
        return new SingleMasterSender(vertx, limits, events, false, () -> Future.succeededFuture(address));
    }

    static SingleMasterSender sentinel(
            Vertx vertx, RedisServers.Sentinel servers, RedisLimits limits, RedisEvents events) {
        return new SingleMasterSender(vertx, limits, events, true, new RedisSentinels(vertx, servers, limits)::master);
    }

    private void checkMaster() {
        RedisAddress before = last;
        if (before == null || !isAvailable()) {
            return;
        }
        address.get().onSuccess(now -> {
            if (!now.equals(before) && before.equals(last)) {
                last = now;
                master.moved();
            }
        });
    }

    @Override
    public Future<RedisAddress> address() {
        return address.get().onSuccess(found -> last = found);
    }

    @Override
    public Future<Void> check(RedisInfo info) {
        if (info.mode().equals("cluster")) {
            return Future.failedFuture(new RedisRefusal("it is a Redis Cluster: set redis.mode=cluster"));
        }
        if (info.mode().equals("sentinel")) {
            return Future.failedFuture(
                    new RedisRefusal("it is a sentinel: set redis.mode=sentinel and redis.sentinel-master"));
        }
        if (!info.isReplica()) {
            return Future.succeededFuture();
        }
        String reason = sentinel
                ? "the server that the sentinels name is not a master yet"
                : "the server is a replica: promote it, or set redis.url to the master";
        return Future.failedFuture(StoreUnavailable.refused(reason, null));
    }

    @Override
    public Stream<Script> scripts() {
        return events.scripts();
    }

    @Override
    public String keyFor(String suffix) {
        return "hongyan:canary:{" + suffix + "}";
    }

    @Override
    public void connected(boolean perhapsEmpty) {
        if (perhapsEmpty) {
            events.reconnected();
        }
    }

    @Override
    public void emptied() {
        events.reconnected();
    }

    @Override
    public void disconnected() {}

    @Override
    public Future<Void> opened() {
        return master.opened();
    }

    @Override
    public Future<Response> send(Request request) {
        return master.send(request);
    }

    @Override
    public Future<List<Response>> batch(List<Request> requests) {
        return master.batch(requests);
    }

    @Override
    public Future<Void> broadcast(Request request) {
        return master.broadcast(request);
    }

    @Override
    public boolean isAvailable() {
        return master.isAvailable();
    }

    @Override
    public Future<Void> close() {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
        }
        return master.close();
    }
}
