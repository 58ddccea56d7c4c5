package im.hongyan.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * All settings of a node. To add a setting, add a component to its record and read it in the record's {@code read},
 * with key, default, range and description. It then works in the file, the environment, errors and
 * {@code --print-config}.
 *
 * @param production whether the node serves real users: it refuses well-known secrets and embedded stores that are not
 *     configured explicitly, and its default rate limits are strict
 * @param data the absolute path of the folder in which the node stores its files
 * @param features the settings records of features, by their class
 */
public record Settings(
        boolean production,
        Path data,
        String logLevel,
        Http http,
        Postgres postgres,
        Redis redis,
        Auth auth,
        Limits limits,
        ClusterSettings cluster,
        Map<Class<?>, Object> features) {

    public Settings {
        features = Map.copyOf(features);
    }

    static Settings read(SettingsReader keys, Path workingDirectory, List<SettingsSection> sections) {
        boolean production = keys.readProduction();
        Path data = keys.value(
                "data",
                workingDirectory.resolve("data"),
                "The folder in which the server stores its files.",
                text -> workingDirectory.resolve(text).normalize());
        String logLevel = keys.text(
                "log.level",
                "INFO",
                text -> text.matches("ERROR|WARN|INFO|DEBUG|TRACE"),
                "needs ERROR, WARN, INFO, DEBUG or TRACE",
                "The lowest level that is logged.");
        Settings settings = new Settings(
                production,
                data,
                logLevel,
                Http.read(keys),
                Postgres.read(keys),
                Redis.read(keys),
                Auth.read(keys),
                Limits.read(keys, production),
                ClusterSettings.read(keys),
                readFeatures(keys, sections));
        if (settings.cluster.enabled()
                && (settings.postgres.url().isEmpty() || settings.redis.url().isEmpty())) {
            keys.refuse("cluster.enabled: a cluster needs shared stores; set postgres.url and redis.url");
        }
        return settings;
    }

    /** Returns these settings with a signing key, for a node without a configured key. */
    public Settings withSigningKey(SigningKey key) {
        return new Settings(
                production, data, logLevel, http, postgres, redis, auth.withKey(key), limits, cluster, features);
    }

    private static Map<Class<?>, Object> readFeatures(SettingsReader keys, List<SettingsSection> sections) {
        Map<Class<?>, Object> features = new LinkedHashMap<>();
        for (SettingsSection section : sections) {
            section.read(keys).ifPresent(settings -> features.put(settings.getClass(), settings));
        }
        return features;
    }

    /**
     * Returns the settings of a feature.
     *
     * @param type the record that the feature reads
     * @throws IllegalArgumentException if no feature has such settings
     */
    public <S> S feature(Class<S> type) {
        Object settings = features.get(type);
        if (settings == null) {
            throw new IllegalArgumentException("no feature reads " + type.getName());
        }
        return type.cast(settings);
    }

    /**
     * The listeners. Port 0 means any free port.
     *
     * @param origins the origins whose pages may open a WebSocket or call the API, for example
     *     {@code https://chat.example.org}; if empty, only pages of this server may
     * @param adminHosts names by which clients may address the admin port, in lower case
     * @param trustedProxies the proxies whose {@code X-Forwarded-For}, {@code X-Forwarded-Host} and {@code
     *     X-Forwarded-Proto} headers are trusted
     */
    public record Http(
            String host,
            int port,
            String adminHost,
            int adminPort,
            Set<String> adminHosts,
            Set<String> origins,
            AddressRanges trustedProxies) {
        public Http {
            adminHosts = Set.copyOf(adminHosts);
            origins = Set.copyOf(origins);
        }

        static Http read(SettingsReader keys) {
            String host = keys.text(
                    "http.host",
                    "127.0.0.1",
                    SettingsReader::isHost,
                    "needs an address or a host name",
                    "The address for clients. 0.0.0.0 means all addresses of this machine.");
            int port = keys.number("http.port", 8080, 0, 65_535, "The port for clients.");
            String adminHost = keys.text(
                    "admin.host",
                    "127.0.0.1",
                    SettingsReader::isHost,
                    "needs an address or a host name",
                    "The address for metrics and administration. It must not be public.");
            int adminPort = keys.number(
                    "admin.port",
                    port == 0 || port > 64_535 ? 0 : port + 1000,
                    0,
                    65_535,
                    "The port for metrics and administration. By default http.port + 1000.");
            Set<String> adminHosts = keys.list(
                    "admin.hosts",
                    Set.of(),
                    "Host names by which clients may address the admin port, separated by commas. IP addresses and"
                            + " names without a dot are always allowed.",
                    Settings::hostNames);
            Set<String> origins = keys.list(
                    "http.origins",
                    Set.of(),
                    "Web origins that may connect, separated by commas. If empty, only this server's pages may.",
                    Settings::origins);
            AddressRanges proxies = keys.list(
                    "http.trusted-proxies",
                    AddressRanges.NONE,
                    "Addresses or CIDR ranges of proxies whose X-Forwarded-* headers are trusted. They must not"
                            + " include clients.",
                    AddressRanges::parse);
            if (port != 0 && port == adminPort) {
                keys.refuse("admin.port: must differ from http.port");
            }
            return new Http(host, port, adminHost, adminPort, adminHosts, origins, proxies);
        }
    }

    /**
     * The database. Single statements have four pools of connections, by priority; transactions have their own.
     *
     * @param url the server; if absent, the embedded server is used
     * @param embeddedByName whether the embedded server is configured explicitly, which production mode requires
     * @param queue the maximum number of calls that wait for a connection
     * @param deadlineMs the maximum duration of a call, including the wait for a connection
     * @param startupTimeoutSeconds how long the server waits for the database when it starts
     */
    public record Postgres(
            Optional<StoreUrl> url,
            boolean embeddedByName,
            int connections,
            int transactions,
            int queue,
            int statementTimeoutMs,
            int readTimeoutMs,
            int lockTimeoutMs,
            int deadlineMs,
            int connectTimeoutMs,
            int startupTimeoutSeconds) {
        static Postgres read(SettingsReader keys) {
            Optional<Server> server = keys.optional(
                    "postgres.url",
                    "The PostgreSQL server, postgresql://user:password@host:5432/database?sslmode=verify-full."
                            + " If empty or 'embedded', this server starts its own.",
                    text -> Server.parse(text, StoreUrl::postgres));
            return new Postgres(
                    server.flatMap(Server::url),
                    server.isPresent() && server.get().url().isEmpty(),
                    keys.number(
                            "postgres.connections",
                            4,
                            1,
                            1_000,
                            "The maximum number of connections in each of the four pools for single statements."),
                    keys.number(
                            "postgres.transaction-connections",
                            8,
                            1,
                            1_000,
                            "The maximum number of connections for transactions."),
                    keys.number(
                            "postgres.max-queued-calls",
                            2_000,
                            1,
                            1_000_000,
                            "The maximum number of calls that wait for a connection. More are refused."),
                    keys.number(
                            "postgres.statement-timeout-ms",
                            5_000,
                            10,
                            600_000,
                            "The maximum duration of a statement, in milliseconds."),
                    keys.number(
                            "postgres.read-timeout-ms",
                            3_000,
                            10,
                            600_000,
                            "The maximum duration of a statement that reads for a user's request, in milliseconds."),
                    keys.number(
                            "postgres.lock-timeout-ms",
                            3_000,
                            10,
                            600_000,
                            "The maximum time that a statement waits for a lock, in milliseconds."),
                    keys.number(
                            "postgres.deadline-ms",
                            8_000,
                            10,
                            600_000,
                            "The maximum duration of a call, including the wait for a connection, in milliseconds."),
                    keys.number(
                            "postgres.connect-timeout-ms",
                            3_000,
                            10,
                            600_000,
                            "The maximum time to open a connection, in milliseconds."),
                    keys.number(
                            "postgres.startup-timeout-seconds",
                            60,
                            0,
                            3_600,
                            "How long the server waits for PostgreSQL when it starts, in seconds."));
        }
    }

    /**
     * Redis, which stores routes, presence and rate limits.
     *
     * @param url the server, with several hosts for sentinels or a cluster; if absent, the embedded server is used
     * @param embeddedByName whether the embedded server is configured explicitly, which production mode requires
     * @param sentinelMaster the name of the master; present with {@link RedisMode#SENTINEL} only
     * @param sentinelPassword the password of the sentinels
     * @param queue the maximum number of calls in flight or waiting
     * @param deadlineMs the maximum duration of a call
     */
    public record Redis(
            Optional<StoreUrl> url,
            boolean embeddedByName,
            RedisMode mode,
            Optional<String> sentinelMaster,
            Optional<Secret> sentinelPassword,
            int connections,
            int queue,
            int deadlineMs,
            int connectTimeoutMs) {
        static Redis read(SettingsReader keys) {
            Optional<Server> server = keys.optional(
                    "redis.url",
                    "The Redis server, redis://user:password@host:6379/0 (rediss:// for TLS), with host:port,host:port"
                            + " for sentinels or cluster nodes. If empty or 'embedded', this server starts its own.",
                    text -> Server.parse(text, StoreUrl::redis));
            return new Redis(
                    server.flatMap(Server::url),
                    server.isPresent() && server.get().url().isEmpty(),
                    keys.value(
                            "redis.mode",
                            RedisMode.STANDALONE,
                            "The mode of Redis: standalone, sentinel or cluster.",
                            RedisMode::parse),
                    keys.optional(
                            "redis.sentinel-master",
                            "The name of the master that the sentinels monitor. redis.url then lists the sentinels.",
                            RedisMode::masterName),
                    keys.secret(
                            "redis.sentinel-password",
                            "The password of the sentinels. redis.url contains the password of the master."),
                    keys.number("redis.connections", 4, 1, 1_000, "The number of connections to each Redis master."),
                    keys.number(
                            "redis.max-queued-calls",
                            2_000,
                            1,
                            1_000_000,
                            "The maximum number of calls in flight or waiting. More are refused."),
                    keys.number(
                            "redis.deadline-ms", 1_000, 10, 60_000, "The maximum duration of a call, in milliseconds."),
                    keys.number(
                            "redis.connect-timeout-ms",
                            1_000,
                            10,
                            60_000,
                            "The maximum time to open a connection, in milliseconds."));
        }
    }

    /**
     * Access and refresh tokens.
     *
     * @param keys the first signs tokens, all verify them; empty only before {@link Settings#withSigningKey}
     */
    public record Auth(
            List<SigningKey> keys, String issuer, String audience, int accessTokenSeconds, int refreshTokenDays) {
        public Auth {
            keys = List.copyOf(keys);
        }

        static Auth read(SettingsReader keys) {
            List<SigningKey> ring = keys.secrets(
                    "auth.keys",
                    "The keys for access tokens, name:base64,name:base64. The first signs tokens, all verify them.",
                    SigningKey::parse);
            if (ring.stream().map(SigningKey::kid).distinct().count() < ring.size()) {
                keys.refuse("auth.keys: two keys have the same name");
            }
            return new Auth(
                    ring,
                    keys.text(
                            "auth.issuer",
                            "hongyan",
                            SettingsReader::isName,
                            "needs 1 to 200 visible characters",
                            "The issuer of the tokens (the iss claim)."),
                    keys.text(
                            "auth.audience",
                            "hongyan",
                            SettingsReader::isName,
                            "needs 1 to 200 visible characters",
                            "The audience of the tokens (the aud claim)."),
                    keys.number(
                            "auth.access-token-seconds",
                            900,
                            10,
                            86_400,
                            "How long an access token is valid, in seconds."),
                    keys.number(
                            "auth.refresh-token-days",
                            90,
                            1,
                            3_650,
                            "How long an unused device stays signed in, in days."));
        }

        Auth withKey(SigningKey key) {
            return new Auth(List.of(key), issuer, audience, accessTokenSeconds, refreshTokenDays);
        }
    }

    /**
     * Limits per socket, address, username, user and node. The defaults are generous outside of production mode.
     *
     * @param frameBurst the maximum number of frames that an idle socket may send at once
     * @param framesPerUserPerSecond on all of the user's sockets on a node
     * @param httpRequestsPerUserPerSecond of a signed-in user on a node
     * @param concurrentRequestsPerSocket the maximum number of unanswered requests of a socket; at the limit, the
     *     server stops reading from it until a request is answered
     * @param concurrentRequestsPerUser the maximum number of a user's requests that this node processes concurrently;
     *     more wait in a queue
     * @param exemptAddresses addresses without limits per address
     */
    public record Limits(
            int framesPerSecond,
            int frameBurst,
            int framesPerUserPerSecond,
            int frameBurstPerUser,
            int httpRequestsPerUserPerSecond,
            int httpRequestBurstPerUser,
            int concurrentTransfersPerUser,
            int concurrentRequestsPerSocket,
            int concurrentRequestsPerUser,
            int registrationsPerAddressPerHour,
            int loginsPerAddressPerMinute,
            int loginsPerUsernamePerMinute,
            int loginsPerUsernameAndAddressPerMinute,
            int lookupsPerUserPerMinute,
            int ownedGroupsPerUser,
            int groupsPerUser,
            int memberAdditionsPerUserPerHour,
            int additionsPerMemberPerHour,
            int socketsPerAddress,
            int socketsPerNode,
            int connectionsPerAddress,
            int connectionsPerNode,
            AddressRanges exemptAddresses) {
        static Limits read(SettingsReader keys, boolean production) {
            return new Limits(
                    keys.number(
                            "limits.frames-per-second",
                            production ? 30 : 1_000,
                            1,
                            1_000_000,
                            "The maximum average number of frames per second of a socket."),
                    keys.number(
                            "limits.frame-burst",
                            production ? 120 : 4_000,
                            1,
                            1_000_000,
                            "The maximum number of frames that an idle socket may send at once."),
                    keys.number(
                            "limits.frames-per-user-per-second",
                            production ? 60 : 5_000,
                            1,
                            1_000_000,
                            "The maximum average number of frames per second of a user's sockets on a node together."),
                    keys.number(
                            "limits.frame-burst-per-user",
                            production ? 300 : 20_000,
                            1,
                            1_000_000,
                            "The maximum number of frames that a user's idle sockets on a node may send at once."),
                    keys.number(
                            "limits.http-requests-per-user-per-second",
                            production ? 10 : 200,
                            1,
                            1_000_000,
                            "The maximum average number of HTTP requests per second of a signed-in user to a node."),
                    keys.number(
                            "limits.http-request-burst-per-user",
                            production ? 100 : 2_000,
                            1,
                            1_000_000,
                            "The maximum number of HTTP requests that an idle user may send to a node at once."),
                    keys.number(
                            "limits.concurrent-transfers-per-user",
                            16,
                            1,
                            10_000,
                            "The maximum number of uploads and downloads in progress of a user, or of an address"
                                    + " without a token, on a node."),
                    keys.number(
                            "limits.concurrent-requests-per-socket",
                            64,
                            1,
                            10_000,
                            "The maximum number of unanswered requests of a socket."),
                    keys.number(
                            "limits.concurrent-requests-per-user",
                            8,
                            1,
                            10_000,
                            "The maximum number of a user's requests that a node processes concurrently. More wait."),
                    keys.number(
                            "limits.registrations-per-address-per-hour",
                            production ? 20 : 100_000,
                            1,
                            1_000_000,
                            "The maximum number of registrations per hour from an address."),
                    keys.number(
                            "limits.logins-per-address-per-minute",
                            production ? 30 : 100_000,
                            1,
                            1_000_000,
                            "The maximum number of sign-in attempts per minute from an address."),
                    keys.number(
                            "limits.logins-per-username-per-minute",
                            production ? 100 : 10_000,
                            1,
                            1_000_000,
                            "The maximum number of wrong passwords per minute for a username, from devices and"
                                    + " addresses where the user has not signed in before."),
                    keys.number(
                            "limits.logins-per-username-and-address-per-minute",
                            production ? 10 : 1_000,
                            1,
                            1_000_000,
                            "The maximum number of wrong passwords per minute for a username from an address, a device"
                                    + " or a session."),
                    keys.number(
                            "limits.lookups-per-user-per-minute",
                            production ? 30 : 10_000,
                            1,
                            1_000_000,
                            "The maximum number of usernames that a user may look up per minute."),
                    keys.number(
                            "limits.owned-groups-per-user",
                            production ? 500 : 10_000,
                            1,
                            1_000_000,
                            "The maximum number of groups that a user may own."),
                    keys.number(
                            "limits.groups-per-user",
                            production ? 2_000 : 20_000,
                            1,
                            1_000_000,
                            "The maximum number of groups per user. Strangers, to whom the user has never"
                                    + " written, can fill only half of them."),
                    keys.number(
                            "limits.member-additions-per-user-per-hour",
                            production ? 2_000 : 1_000_000,
                            500,
                            10_000_000,
                            "The maximum number of users per hour whom a user may add to groups, new ones included."),
                    keys.number(
                            "limits.additions-per-member-per-hour",
                            production ? 20 : 1_000,
                            1,
                            1_000_000,
                            "How often per hour the same user may be added to the same group, or added to groups by the"
                                    + " same user."),
                    keys.number(
                            "limits.sockets-per-address",
                            production ? 200 : 100_000,
                            1,
                            1_000_000,
                            "The maximum number of open sockets of an address."),
                    keys.number(
                            "limits.sockets-per-node",
                            50_000,
                            1,
                            1_000_000,
                            "The maximum number of open sockets of this node. More are refused."),
                    keys.number(
                            "limits.connections-per-address",
                            production ? 400 : 100_000,
                            1,
                            1_000_000,
                            "The maximum number of open TCP connections of an address that is not a trusted proxy."),
                    keys.number(
                            "limits.connections-per-node",
                            60_000,
                            1,
                            1_000_000,
                            "The maximum number of open TCP connections to the port for clients. The process keeps a"
                                    + " reserve of file descriptors in any case."),
                    keys.list(
                            "limits.exempt-addresses",
                            AddressRanges.NONE,
                            "Addresses or CIDR ranges to which the limits per address do not apply.",
                            AddressRanges::parse));
        }
    }

    /** The URL setting of a store: a URL, or {@code embedded}. */
    private record Server(Optional<StoreUrl> url) {
        static Server parse(String text, Function<String, StoreUrl> parser) {
            return new Server(text.equals("embedded") ? Optional.empty() : Optional.of(parser.apply(text)));
        }

        @Override
        public String toString() {
            return url.map(StoreUrl::toString).orElse("embedded");
        }
    }

    private static Set<String> hostNames(List<String> texts) {
        Set<String> names = new LinkedHashSet<>();
        for (String text : texts) {
            if (!SettingsReader.isHost(text)) {
                throw new IllegalArgumentException("needs host names such as metrics.example.org, without a port");
            }
            names.add(text.toLowerCase(Locale.ROOT));
        }
        return names;
    }

    private static Set<String> origins(List<String> texts) {
        Set<String> origins = new LinkedHashSet<>();
        for (String text : texts) {
            if (!text.matches("https?://[A-Za-z0-9.\\[\\]:_-]+")
                    || URI.create(text).getHost() == null) {
                throw new IllegalArgumentException("needs an origin such as https://chat.example.org, without a path");
            }
            origins.add(text.toLowerCase(Locale.ROOT));
        }
        return origins;
    }
}
