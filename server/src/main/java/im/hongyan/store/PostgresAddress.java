package im.hongyan.store;

import java.util.Optional;

/**
 * The address of a PostgreSQL database and the credentials for it.
 *
 * @param sslMode as in libpq: disable, allow, prefer, require, verify-ca or verify-full
 * @param sslRootCert a PEM file of the certificate authorities to trust; without it the verifying modes trust Java's
 */
public record PostgresAddress(
        String host,
        int port,
        String user,
        String password,
        String database,
        String sslMode,
        Optional<String> sslRootCert) {

    /** The address of another database on the same server. */
    public PostgresAddress withDatabase(String name) {
        return new PostgresAddress(host, port, user, password, name, sslMode, sslRootCert);
    }

    @Override
    public String toString() {
        return "postgresql://" + user + "@" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/"
                + database;
    }
}
