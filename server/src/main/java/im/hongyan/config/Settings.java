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
 * All settings of a node. To add one: a component of its record, and one line in that record's {@code read} with key,
 * default, range and a sentence; everything else (file, environment, errors, {@code --print-config}) follows.
 *
 * @param production true where people depend on the node: known secrets and unasked embedded stores are refused, rate
 *     limits are tight by default
 * @param data absolute folder of everything the node keeps
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
                "The folder that the server keeps its files in.",
                text -> workingDirectory.resolve(text).normalize());
        String logLevel = keys.text(
                "log.level",
                "INFO",
                text -> text.matches("ERROR|WARN|INFO|DEBUG|TRACE"),
                "needs ERROR, WARN, INFO, DEBUG or TRACE",
                "What is logged: this level and above.");
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
            keys.refuse("cluster.enabled: the nodes share their stores; set postgres.url and redis.url");
        }
        return settings;
    }

    /** The same settings with a signing key, for a node that was given none. */
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
     * The settings of a feature.
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
     * The listeners. Port 0 takes any free port.
     *
     * @param origins the web pages that may open a WebSocket or call the API, as {@code https://chat.example.org}; empty
     *     means pages of this server only
     * @param trustedProxies whose {@code X-Forwarded-For} and {@code X-Forwarded-Proto} count
     */
    public record Http(
            String host, int port, String adminHost, int adminPort, Set<String> origins, AddressRanges trustedProxies) {
        public Http {
            origins = Set.copyOf(origins);
        }

        static Http read(SettingsReader keys) {
            String host = keys.text(
                    "http.host",
                    "127.0.0.1",
                    SettingsReader::isHost,
                    "needs an address or a host name",
                    "The address that people reach the server at; 0.0.0.0 is all of this machine's.");
            int port = keys.number("http.port", 8080, 0, 65_535, "The port that people reach the server at.");
            String adminHost = keys.text(
                    "admin.host",
                    "127.0.0.1",
                    SettingsReader::isHost,
                    "needs an address or a host name",
                    "The address of metrics and administration: keep it private.");
            int adminPort = keys.number(
                    "admin.port",
                    port == 0 || port > 64_535 ? 0 : port + 1000,
                    0,
                    65_535,
                    "The port of metrics and administration; by default the HTTP port + 1000.");
            Set<String> origins = keys.list(
                    "http.origins",
                    Set.of(),
                    "Web origins that may connect, separated by commas; none means this server's own pages.",
                    Settings::origins);
            AddressRanges proxies = keys.list(
                    "http.trusted-proxies",
                    AddressRanges.NONE,
                    "Addresses or CIDR ranges of proxies whose X-Forwarded-For counts.",
                    AddressRanges::parse);
            if (port != 0 && port == adminPort) {
                keys.refuse("admin.port: it is the same as http.port; they need one port each");
            }
            return new Http(host, port, adminHost, adminPort, origins, proxies);
        }
    }

    /**
     * The database. Single statements share a few pipelined connections; transactions have a pool of their own.
     *
     * @param url absent means the embedded server
     * @param embeddedByName the embedded server was asked for by name, as production mode wants it
     * @param queue how many calls may wait for a connection before further ones are refused
     * @param deadlineMs bounds every call as a whole, waiting included
     * @param bootWaitSeconds how long a start waits for a server that is not up yet
     */
    public record Postgres(
            Optional<StoreUrl> url,
            boolean embeddedByName,
            int connections,
            int transactions,
            int queue,
            int statementTimeoutMs,
            int lockTimeoutMs,
            int deadlineMs,
            int connectTimeoutMs,
            int bootWaitSeconds) {
        static Postgres read(SettingsReader keys) {
            Optional<Server> server = keys.optional(
                    "postgres.url",
                    "The PostgreSQL server, postgresql://user:password@host:5432/database?sslmode=verify-full; 'embedded' or nothing starts one here.",
                    text -> Server.parse(text, StoreUrl::postgres));
            return new Postgres(
                    server.flatMap(Server::url),
                    server.isPresent() && server.get().url().isEmpty(),
                    keys.number("postgres.connections", 4, 1, 1_000, "Pipelined connections for single statements."),
                    keys.number("postgres.transaction-connections", 8, 1, 1_000, "Connections for transactions."),
                    keys.number(
                            "postgres.max-queued-calls",
                            2_000,
                            1,
                            1_000_000,
                            "Calls that may wait for a connection; further ones are refused."),
                    keys.number(
                            "postgres.statement-timeout-ms",
                            5_000,
                            10,
                            600_000,
                            "The longest that one statement may run."),
                    keys.number(
                            "postgres.lock-timeout-ms",
                            3_000,
                            10,
                            600_000,
                            "The longest that a statement may wait for a lock."),
                    keys.number(
                            "postgres.deadline-ms",
                            8_000,
                            10,
                            600_000,
                            "The longest that a call may take, waiting for a connection included."),
                    keys.number(
                            "postgres.connect-timeout-ms",
                            3_000,
                            10,
                            600_000,
                            "The longest that opening a connection may take."),
                    keys.number(
                            "postgres.startup-timeout-seconds",
                            60,
                            0,
                            3_600,
                            "How long a start waits for a PostgreSQL that is not up yet."));
        }
    }

    /**
     * The present: routes, presence, rate limits.
     *
     * @param url absent means the embedded server; of sentinels or of a cluster it names several hosts
     * @param sentinelMaster present with {@link RedisMode#SENTINEL} only
     * @param sentinelPassword what the sentinels themselves want to hear
     * @param queue how many calls may wait for a connection before further ones are refused
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
                    "The Redis server, redis://user:password@host:6379/0 (rediss:// for TLS), or host:port,host:port of sentinels or cluster nodes; 'embedded' or nothing starts one here.",
                    text -> Server.parse(text, StoreUrl::redis));
            return new Redis(
                    server.flatMap(Server::url),
                    server.isPresent() && server.get().url().isEmpty(),
                    keys.value(
                            "redis.mode",
                            RedisMode.STANDALONE,
                            "How Redis is run: standalone, sentinel or cluster.",
                            RedisMode::parse),
                    keys.optional(
                            "redis.sentinel-master",
                            "The name that the sentinels know the master by; redis.url names the sentinels then.",
                            RedisMode::masterName),
                    keys.secret(
                            "redis.sentinel-password",
                            "The sentinels' own password; the one in redis.url is the master's."),
                    keys.number("redis.connections", 4, 1, 1_000, "Connections to Redis, to each of its masters."),
                    keys.number(
                            "redis.max-queued-calls",
                            2_000,
                            1,
                            1_000_000,
                            "Calls that may be under way or waiting; further ones are refused."),
                    keys.number("redis.deadline-ms", 1_000, 10, 60_000, "The longest that a call may take."),
                    keys.number(
                            "redis.connect-timeout-ms",
                            1_000,
                            10,
                            60_000,
                            "The longest that opening a connection may take."));
        }
    }

    /**
     * Access and refresh tokens.
     *
     * @param keys the first signs, all verify; empty only before {@link Settings#withSigningKey}
     */
    public record Auth(
            List<SigningKey> keys, String issuer, String audience, int accessTokenSeconds, int refreshTokenDays) {
        public Auth {
            keys = List.copyOf(keys);
        }

        static Auth read(SettingsReader keys) {
            List<SigningKey> ring = keys.secrets(
                    "auth.keys",
                    "The keys of access tokens, name:base64,name:base64; the first signs, all verify.",
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
                            "Who issues the tokens: the iss claim."),
                    keys.text(
                            "auth.audience",
                            "hongyan",
                            SettingsReader::isName,
                            "needs 1 to 200 visible characters",
                            "Whom the tokens are for: the aud claim."),
                    keys.number("auth.access-token-seconds", 900, 10, 86_400, "How long an access token is valid."),
                    keys.number(
                            "auth.refresh-token-days",
                            90,
                            1,
                            3_650,
                            "How long a device stays signed in without being used."));
        }

        Auth withKey(SigningKey key) {
            return new Auth(List.of(key), issuer, audience, accessTokenSeconds, refreshTokenDays);
        }
    }

    /**
     * How much one socket, address, name or node may ask for; generous without production mode.
     *
     * @param frameBurst frames that a socket may send at once after a silence
     * @param concurrentRequestsPerSocket unanswered requests of one socket; it is not read further until one is answered
     * @param concurrentRequestsPerUser requests of one person that this node works on at a time; the others wait for those
     * @param exemptAddresses addresses that the limits per address do not count
     */
    public record Limits(
            int framesPerSecond,
            int frameBurst,
            int concurrentRequestsPerSocket,
            int concurrentRequestsPerUser,
            int registrationsPerAddressPerHour,
            int loginsPerAddressPerMinute,
            int loginsPerUsernamePerMinute,
            int lookupsPerUserPerMinute,
            int socketsPerAddress,
            int socketsPerNode,
            AddressRanges exemptAddresses) {
        static Limits read(SettingsReader keys, boolean production) {
            return new Limits(
                    keys.number(
                            "limits.frames-per-second",
                            production ? 30 : 1_000,
                            1,
                            1_000_000,
                            "Frames that a socket may send each second, on average."),
                    keys.number(
                            "limits.frame-burst",
                            production ? 120 : 4_000,
                            1,
                            1_000_000,
                            "Frames that a socket may send at once after a silence."),
                    keys.number(
                            "limits.concurrent-requests-per-socket",
                            64,
                            1,
                            10_000,
                            "Unanswered requests that a socket may have."),
                    keys.number(
                            "limits.concurrent-requests-per-user",
                            8,
                            1,
                            10_000,
                            "Requests of one person that this node works on at a time; others of his wait for those."),
                    keys.number(
                            "limits.registrations-per-address-per-hour",
                            production ? 20 : 100_000,
                            1,
                            1_000_000,
                            "Accounts that one address may register in an hour."),
                    keys.number(
                            "limits.logins-per-address-per-minute",
                            production ? 30 : 100_000,
                            1,
                            1_000_000,
                            "Sign-ins that one address may try in a minute."),
                    keys.number(
                            "limits.logins-per-username-per-minute",
                            production ? 10 : 1_000,
                            1,
                            1_000_000,
                            "Sign-ins that may be tried for one name in a minute."),
                    keys.number(
                            "limits.lookups-per-user-per-minute",
                            production ? 30 : 10_000,
                            1,
                            1_000_000,
                            "Usernames that a user may look up in a minute."),
                    keys.number(
                            "limits.sockets-per-address",
                            production ? 200 : 100_000,
                            1,
                            1_000_000,
                            "Sockets that one address may hold."),
                    keys.number(
                            "limits.sockets-per-node",
                            50_000,
                            1,
                            1_000_000,
                            "Sockets that this node holds; further ones are sent away."),
                    keys.list(
                            "limits.exempt-addresses",
                            AddressRanges.NONE,
                            "Addresses or CIDR ranges that the limits per address do not count.",
                            AddressRanges::parse));
        }
    }

    /** What a store's URL setting says: a URL, or the word {@code embedded}. */
    private record Server(Optional<StoreUrl> url) {
        static Server parse(String text, Function<String, StoreUrl> parser) {
            return new Server(text.equals("embedded") ? Optional.empty() : Optional.of(parser.apply(text)));
        }

        @Override
        public String toString() {
            return url.map(StoreUrl::toString).orElse("embedded");
        }
    }

    private static Set<String> origins(List<String> texts) {
        Set<String> origins = new LinkedHashSet<>();
        for (String text : texts) {
            if (!text.matches("https?://[A-Za-z0-9.\\[\\]:_-]+")
                    || URI.create(text).getHost() == null) {
                throw new IllegalArgumentException("an origin is written as https://chat.example.org, without a path");
            }
            origins.add(text.toLowerCase(Locale.ROOT));
        }
        return origins;
    }
}
