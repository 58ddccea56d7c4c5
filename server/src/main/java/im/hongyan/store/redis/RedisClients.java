package im.hongyan.store.redis;

import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.RedisOptions;
import java.util.concurrent.TimeUnit;

/** The options of a Redis client with one connection. */
final class RedisClients {
    private RedisClients() {}

    static RedisOptions options(RedisAddress address, RedisLimits limits) {
        RedisOptions options = new RedisOptions()
                // Without a number the client sends no SELECT, which sentinels do not know.
                .setConnectionString((address.tls() ? "rediss://" : "redis://")
                        + address.hostAndPort()
                        + (address.database() == 0 ? "" : "/" + address.database()))
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
                // Longer than a call and the heartbeat: a server that is silent for this long is frozen or gone.
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
