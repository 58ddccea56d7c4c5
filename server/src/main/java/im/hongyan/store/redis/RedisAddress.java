package im.hongyan.store.redis;

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

    /** Another server that lets us in the same way. */
    RedisAddress at(String otherHost, int otherPort) {
        return new RedisAddress(otherHost, otherPort, user, password, database, tls, caFile);
    }

    /** As {@code otherHost:port}, without brackets around an IPv6 address: Redis' way to name a node. */
    RedisAddress at(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        String otherHost = hostAndPort.substring(0, colon);
        return at(otherHost.isEmpty() ? host : otherHost, Integer.parseInt(hostAndPort.substring(colon + 1)));
    }

    /** Host and port. */
    String name() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public String toString() {
        return (tls ? "rediss://" : "redis://") + name() + "/" + database;
    }
}
