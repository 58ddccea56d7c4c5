package im.hongyan.store;

import java.util.Optional;

/**
 * A Redis server and how to get in.
 *
 * @param database its number, 0 unless there is a reason
 * @param caFile a PEM file of the authorities to trust with TLS; without it Java's own
 */
public record RedisAddress(
        String host,
        int port,
        Optional<String> user,
        Optional<String> password,
        int database,
        boolean tls,
        Optional<String> caFile) {

    @Override
    public String toString() {
        return (tls ? "rediss://" : "redis://") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/"
                + database;
    }
}
