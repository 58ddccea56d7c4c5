package im.hongyan.store.redis;

import java.util.Optional;

/**
 * The address of a Redis server and the credentials for it.
 *
 * @param database its number; 0 with Redis Cluster
 * @param caFile a PEM file of the certificate authorities to trust with TLS; without it Java's
 */
public record RedisAddress(
        String host,
        int port,
        Optional<String> user,
        Optional<String> password,
        int database,
        boolean tls,
        Optional<String> caFile) {

    /** The address of another server with the same credentials. */
    RedisAddress at(String otherHost, int otherPort) {
        return new RedisAddress(otherHost, otherPort, user, password, database, tls, caFile);
    }

    /** @param hostAndPort as Redis names a node: {@code host:port}, without brackets around an IPv6 address */
    RedisAddress at(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        String otherHost = hostAndPort.substring(0, colon);
        return at(otherHost.isEmpty() ? host : otherHost, Integer.parseInt(hostAndPort.substring(colon + 1)));
    }

    /** {@code host:port}, with brackets around an IPv6 address. */
    String hostAndPort() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public String toString() {
        return (tls ? "rediss://" : "redis://") + hostAndPort() + "/" + database;
    }
}
