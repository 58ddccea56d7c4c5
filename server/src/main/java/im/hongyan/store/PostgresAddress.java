package im.hongyan.store;

import java.util.Optional;

/**
 * A PostgreSQL database and how to get in.
 *
 * @param sslMode as libpq names them: disable, allow, prefer, require, verify-ca or verify-full
 * @param sslRootCert a PEM file of the authorities to trust; without it the verifying modes trust Java's own
 */
public record PostgresAddress(
        String host,
        int port,
        String user,
        String password,
        String database,
        String sslMode,
        Optional<String> sslRootCert) {

    /** The same server, another database. */
    public PostgresAddress withDatabase(String name) {
        return new PostgresAddress(host, port, user, password, name, sslMode, sslRootCert);
    }

    @Override
    public String toString() {
        return "postgresql://" + user + "@" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/"
                + database;
    }
}
