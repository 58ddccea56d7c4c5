package im.hongyan.store.redis;

import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks the sentinels for the master, one after the other, beginning with the one that answered last. */
final class RedisSentinels {
    private final Vertx vertx;
    private final RedisServers.Sentinel servers;
    private final RedisLimits limits;
    private volatile int first;

    RedisSentinels(Vertx vertx, RedisServers.Sentinel servers, RedisLimits limits) {
        this.vertx = vertx;
        this.servers = servers;
        this.limits = limits;
    }

    /** The master's address according to a sentinel. The caller must check that the server really is a master. */
    Future<RedisAddress> master() {
        return ask(first, servers.sentinels().size(), null);
    }

    private Future<RedisAddress> ask(int index, int left, Throwable failure) {
        if (left == 0) {
            return Future.failedFuture(
                    failure instanceof RedisRefusal
                            ? failure
                            : StoreUnavailable.refused("no sentinel answers: " + failure.getMessage(), failure));
        }
        RedisAddress sentinel = servers.sentinels().get(index);
        return ask(sentinel)
                .onSuccess(found -> first = index)
                // A sentinel that rejects the settings is reported even if the others are merely unavailable.
                .recover(next -> ask(
                        (index + 1) % servers.sentinels().size(),
                        left - 1,
                        failure instanceof RedisRefusal ? failure : next));
    }

    private Future<RedisAddress> ask(RedisAddress sentinel) {
        RedisAddress entry = new RedisAddress(
                sentinel.host(),
                sentinel.port(),
                Optional.empty(),
                servers.password(),
                0,
                sentinel.tls(),
                sentinel.caFile());
        Redis client = Redis.createClient(vertx, RedisClients.options(entry, limits));
        return client.connect()
                .compose(opened -> opened.send(Request.cmd(Command.SENTINEL)
                        .arg("get-master-addr-by-name")
                        .arg(servers.master())))
                .timeout(limits.connectTimeoutMs(), TimeUnit.MILLISECONDS)
                .eventually(client::close)
                .recover(failure -> Future.failedFuture(explained(sentinel, failure)))
                .compose(answer -> found(sentinel, answer));
    }

    private Future<RedisAddress> found(RedisAddress sentinel, Response answer) {
        if (answer == null) {
            return Future.failedFuture(new RedisRefusal("the sentinel at " + sentinel.hostAndPort()
                    + " watches no master named '" + servers.master() + "': set redis.sentinel-master"));
        }
        return Future.succeededFuture(
                sentinel.at(answer.get(0).toString(), answer.get(1).toInteger()));
    }

    private static Throwable explained(RedisAddress sentinel, Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        if (RedisFailures.isRefusal(failure)) {
            return new RedisRefusal(
                    "the sentinel at " + sentinel.hostAndPort() + " (redis.sentinel-password): " + message);
        }
        if (message.toLowerCase(Locale.ROOT).contains("unknown command")) {
            return new RedisRefusal("the server at " + sentinel.hostAndPort()
                    + " is not a sentinel: with redis.mode=sentinel, redis.url must name the sentinels");
        }
        return failure;
    }
}
