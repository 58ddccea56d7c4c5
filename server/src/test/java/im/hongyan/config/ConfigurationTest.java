package im.hongyan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.hongyan.Features;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
    /** 48 random bytes. */
    private static final String RANDOM = "zkj2lf0OAxdL5HjXvZ0Vd2wT7EwbW4Hq1uEw0VnQ9yqJtUuVZf4Qm3sKp8rY6cGx";

    @TempDir
    Path directory;

    @Test
    void warnings_production_namePlaintextConnections() throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of(
                "HONGYAN_PRODUCTION", "true",
                "HONGYAN_AUTH_KEYS", "a:" + RANDOM,
                "HONGYAN_POSTGRES_URL", "postgresql://u:a8sd7f6ahsdf@db/x",
                "HONGYAN_REDIS_URL", "redis://:a8sd7f6ahsdf@cache",
                "HONGYAN_CLUSTER_ENABLED", "true",
                "HONGYAN_CLUSTER_HOST", "10.0.0.1",
                "HONGYAN_CALL_TURN_URLS", "turn:turn.example.org",
                "HONGYAN_CALL_TURN_SECRET", "a8sd7f6ahsdf8a7sd6f"));
        assertThat(load(environment).warnings())
                .hasSize(3)
                .anyMatch(warning -> warning.startsWith("HONGYAN_CLUSTER_TLS_*: "))
                .anyMatch(warning -> warning.startsWith("HONGYAN_POSTGRES_URL: sslmode is missing"))
                .anyMatch(warning -> warning.startsWith("HONGYAN_REDIS_URL: redis:// "))
                .noneMatch(warning -> warning.contains("a8sd7f6ahsdf"));

        environment.put("HONGYAN_CLUSTER_ENABLED", "false");
        environment.put("HONGYAN_POSTGRES_URL", "postgresql://u:a8sd7f6ahsdf@db/x?sslmode=disable");
        environment.put("HONGYAN_REDIS_URL", "rediss://:a8sd7f6ahsdf@cache");
        assertThat(load(environment).warnings()).singleElement().asString().contains("sslmode disable does not");

        environment.put("HONGYAN_POSTGRES_URL", "postgresql://u:a8sd7f6ahsdf@127.0.0.1/x");
        environment.put("HONGYAN_REDIS_URL", "redis://:a8sd7f6ahsdf@localhost");
        assertThat(load(environment).warnings()).isEmpty();
        assertThat(load(Map.of("HONGYAN_REDIS_URL", "redis://:a8sd7f6ahsdf@cache"))
                        .warnings())
                .isEmpty();
    }

    @Test
    void warnings_includeThoseOfFeatures() throws Exception {
        Configuration configuration = Configuration.load(Optional.empty(), directory, Map.of(), List.of(keys -> {
            keys.warn("sticker.limit: too high");
            return Optional.empty();
        }));
        assertThat(configuration.warnings()).containsExactly("sticker.limit: too high");
    }

    @Test
    void load_noSettings_hasDefaults() throws Exception {
        Configuration configuration = load(Map.of());
        Settings settings = configuration.settings();
        assertThat(settings.production()).isFalse();
        assertThat(settings.data()).isEqualTo(directory.resolve("data"));
        assertThat(settings.http().host()).isEqualTo("127.0.0.1");
        assertThat(settings.http().port()).isEqualTo(8080);
        assertThat(settings.http().adminPort()).isEqualTo(9080);
        assertThat(settings.http().origins()).isEmpty();
        assertThat(settings.postgres().url()).isEmpty();
        assertThat(settings.redis().url()).isEmpty();
        assertThat(settings.auth().accessTokenSeconds()).isEqualTo(900);
        assertThat(settings.auth().refreshTokenDays()).isEqualTo(90);
        assertThat(configuration.values()).allMatch(value -> value.origin() == SettingValue.Origin.DEFAULT);
        assertThat(configuration.values())
                .allSatisfy(value -> assertThat(value.description()).endsWith("."));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "127.0.0.1 | 10.0.0.10 | -",
                "localhost | 10.0.0.0/28, fd00::/124 | -",
                "::1 | ::1 | -",
                "0.0.0.0 | 10.0.0.10 | HONGYAN_PRODUCTION",
                ":: | 10.0.0.10 | HONGYAN_PRODUCTION",
                "192.0.2.1 | 10.0.0.10 | HONGYAN_PRODUCTION",
                "127.0.0.1 | 10.0.0.0/8 | 10.0.0.0/8",
                "127.0.0.1 | 172.28.0.0/24 | 172.28.0.0/24",
                "127.0.0.1 | 0.0.0.0/0 | 0.0.0.0/0",
                "127.0.0.1 | fd00::/8 | http.trusted-proxies"
            })
    void warnings_exposedServer_sayWhatToDo(String host, String proxies, String warning) throws Exception {
        Configuration configuration = load(Map.of("HONGYAN_HTTP_HOST", host, "HONGYAN_HTTP_TRUSTED_PROXIES", proxies));

        if (warning.equals("-")) {
            assertThat(configuration.warnings()).isEmpty();
        } else {
            assertThat(configuration.warnings()).singleElement().asString().contains(warning);
        }
    }

    @Test
    void load_environment_overridesFile() throws Exception {
        file("http.port=8081\nauth.issuer=鸿雁\n");
        Configuration configuration = load(Map.of("HONGYAN_HTTP_PORT", "8082", "PATH", "/bin"));
        assertThat(configuration.settings().http().port()).isEqualTo(8082);
        assertThat(configuration.settings().http().adminPort()).isEqualTo(9082);
        assertThat(configuration.settings().auth().issuer()).isEqualTo("鸿雁");
        assertThat(configuration.print())
                .contains("[environment HONGYAN_HTTP_PORT]" + System.lineSeparator() + "http.port=8082")
                .contains("[file " + directory.resolve("hongyan.properties") + "]" + System.lineSeparator()
                        + "auth.issuer=鸿雁")
                .contains("[default]" + System.lineSeparator() + "http.host=127.0.0.1");
    }

    @Test
    void load_printedSettings_roundTrips() throws Exception {
        Configuration first =
                load(Map.of("HONGYAN_LIMITS_EXEMPT_ADDRESSES", "10.0.0.0/8,::1", "HONGYAN_REDIS_URL", "embedded"));
        String text = first.print();
        Files.writeString(directory.resolve("again.properties"), text.replaceAll("(?m)^[a-z.-]+=\\R", ""));
        Configuration second = Configuration.load(
                Optional.of(Path.of("again.properties")), directory, Map.of(), Features.settings(Features.ALL));
        assertThat(second.settings()).isEqualTo(first.settings());
    }

    @Test
    void load_manyProblems_reportsAll() throws Exception {
        file("http.prot=1\nlog.level=LOUD\nlog.level=LOUDER\n");
        assertThat(problems(Map.of(
                        "HONGYAN_HTTP_PORT", "eighty",
                        "HONGYAN_ADMIN_PORT", "70000",
                        "HONGYAN_POSTGRESS_URL", "x",
                        "HONGYAN_COLOUR_OF_THE_SKY", "blue",
                        "HONGYAN_PRODUCTION", "yes",
                        "HONGYAN_HTTP_ORIGINS", "chat.example.org",
                        "HONGYAN_LIMITS_EXEMPT_ADDRESSES", "10.0.0.0/33")))
                .containsExactlyInAnyOrder(
                        "log.level: given twice in " + directory.resolve("hongyan.properties"),
                        "log.level: needs ERROR, WARN, INFO, DEBUG or TRACE, not 'LOUDER'",
                        "HONGYAN_HTTP_PORT: needs a whole number from 0 to 65535, not 'eighty'",
                        "HONGYAN_ADMIN_PORT: needs a whole number from 0 to 65535, not '70000'",
                        "HONGYAN_PRODUCTION: needs true or false, not 'yes'",
                        "HONGYAN_HTTP_ORIGINS: needs an origin such as https://chat.example.org, without a path,"
                                + " not 'chat.example.org'",
                        "HONGYAN_LIMITS_EXEMPT_ADDRESSES: '10.0.0.0/33' needs a number from 0 to 32 after the slash,"
                                + " not '10.0.0.0/33'",
                        "http.prot: unknown setting; did you mean 'http.port'?",
                        "HONGYAN_POSTGRESS_URL: unknown setting; did you mean 'HONGYAN_POSTGRES_URL'?",
                        "HONGYAN_COLOUR_OF_THE_SKY: unknown setting");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POSTGRES_URL | mysql://u:hunter2@h/d | must start with postgres:// or postgresql://",
                "POSTGRES_URL | postgresql://u:hunter2@h | needs a database name",
                "POSTGRES_URL | postgresql://h/d | needs a user",
                "POSTGRES_URL | postgresql://u:hunter2@h/d?sslmode=on | sslmode must be one of",
                "POSTGRES_URL | postgresql://u:hunter2@h/d?ssl=1 | has an unknown parameter 'ssl'; known are",
                "POSTGRES_URL | postgresql://u:hunter2@h h/d | is not a URL",
                "POSTGRES_URL | postgresql://u:hunter2%zz@h/d | is not a URL",
                "REDIS_URL | redis://:hunter2@h/one | needs a database number after the host",
                "REDIS_URL | http://:hunter2@h | must start with redis:// or rediss://",
                "AUTH_KEYS | hunter2 | each key is written as name:base64",
                "AUTH_KEYS | a:hunter2 | the secret of key 'a' has 5 bytes; it needs at least 32",
                "AUTH_KEYS | a:hunter2!! | the secret of key 'a' is not Base64",
                "AUTH_KEYS | a b:hunter2 | a key's name is 1 to 32 of",
            })
    void load_badSecret_isReportedWithoutValue(String variable, String value, String problem) {
        assertThat(problems(Map.of("HONGYAN_" + variable, value)))
                .singleElement()
                .asString()
                .startsWith("HONGYAN_" + variable + ": ")
                .contains(problem)
                .doesNotContain("hunter2");
    }

    @Test
    void load_storeUrls_parsesParts() throws Exception {
        Settings settings = load(Map.of(
                        "HONGYAN_POSTGRES_URL",
                        "postgresql://chat:p%40ss+w@[::1]:6543/hong%20yan?sslmode=verify-full&sslrootcert=/etc/ca.pem",
                        "HONGYAN_REDIS_URL",
                        "rediss://:hunter2@redis.internal/3"))
                .settings();
        StoreUrl postgres = settings.postgres().url().orElseThrow();
        assertThat(postgres.user()).contains("chat");
        assertThat(postgres.password().orElseThrow().text()).isEqualTo("p@ss+w");
        assertThat(postgres.host()).isEqualTo("::1");
        assertThat(postgres.port()).isEqualTo(6543);
        assertThat(postgres.name()).isEqualTo("hong yan");
        assertThat(postgres.parameters())
                .containsEntry("sslmode", "verify-full")
                .containsEntry("sslrootcert", "/etc/ca.pem");
        StoreUrl redis = settings.redis().url().orElseThrow();
        assertThat(redis.user()).isEmpty();
        assertThat(redis.password().orElseThrow().text()).isEqualTo("hunter2");
        assertThat(redis.port()).isEqualTo(6379);
        assertThat(redis.name()).isEqualTo("3");
    }

    @Test
    void load_redisSentinelAndCluster_acceptSeveralHosts() throws Exception {
        Settings.Redis sentinel = load(Map.of(
                        "HONGYAN_REDIS_URL", "rediss://:hunter2@a:26379,[::1]:26380,c/2?cafile=/etc/ca.pem",
                        "HONGYAN_REDIS_MODE", "sentinel",
                        "HONGYAN_REDIS_SENTINEL_MASTER", "chat",
                        "HONGYAN_REDIS_SENTINEL_PASSWORD", "hunter3"))
                .settings()
                .redis();
        assertThat(sentinel.url().orElseThrow().hosts())
                .extracting(StoreUrl.Host::toString)
                .containsExactly("a:26379", "[::1]:26380", "c:6379");
        assertThat(sentinel.url().orElseThrow())
                .hasToString("rediss://:[redacted]@a:26379,[::1]:26380,c:6379/2?cafile=/etc/ca.pem");
        assertThat(sentinel.sentinelPassword().orElseThrow().text()).isEqualTo("hunter3");
        assertThat(load(Map.of("HONGYAN_REDIS_URL", "redis://a,b", "HONGYAN_REDIS_MODE", "cluster"))
                        .settings()
                        .redis()
                        .mode())
                .isEqualTo(RedisMode.CLUSTER);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "redis://a,b | standalone | '' | redis.url: several hosts need redis.mode=sentinel or cluster",
                "redis://a/3 | cluster | '' | redis.url: Redis Cluster supports only database 0, not 3",
                "embedded | cluster | '' | redis.mode: cluster needs redis.url with the addresses of some nodes",
                "redis://a | sentinel | '' | redis.sentinel-master: redis.mode=sentinel needs the name of the master",
                "redis://a | standalone | chat | redis.sentinel-master: requires redis.mode=sentinel",
                "redis://a | ring | '' | HONGYAN_REDIS_MODE: needs one of standalone, sentinel, cluster, not 'ring'",
                "redis://a,,b | cluster | '' | HONGYAN_REDIS_URL: needs host:port, separated by commas",
            })
    void load_inconsistentRedisSettings_areRefused(String url, String mode, String master, String problem) {
        Map<String, String> environment = new HashMap<>(Map.of("HONGYAN_REDIS_URL", url, "HONGYAN_REDIS_MODE", mode));
        if (!master.isEmpty()) {
            environment.put("HONGYAN_REDIS_SENTINEL_MASTER", master);
        }
        assertThat(problems(environment)).containsExactly(problem);
    }

    @Test
    void load_postgresWithSeveralHosts_isRefused() {
        assertThat(problems(Map.of("HONGYAN_POSTGRES_URL", "postgresql://u:p@a,b/d")))
                .containsExactly("HONGYAN_POSTGRES_URL: must name exactly one server");
    }

    @Test
    void print_secrets_areRedacted() throws Exception {
        Configuration configuration = load(Map.of(
                "HONGYAN_POSTGRES_URL", "postgresql://chat:hunter2@db/hongyan",
                "HONGYAN_REDIS_URL", "redis://:hunter2@redis",
                "HONGYAN_REDIS_MODE", "sentinel",
                "HONGYAN_REDIS_SENTINEL_MASTER", "chat",
                "HONGYAN_REDIS_SENTINEL_PASSWORD", "hunter2",
                "HONGYAN_AUTH_KEYS", "a:" + RANDOM));
        assertThat(configuration.print())
                .contains("postgresql://chat:[redacted]@db:5432/hongyan")
                .contains("redis://:[redacted]@redis:6379")
                .contains("redis.sentinel-password=[redacted]")
                .contains("auth.keys=[redacted]");
        assertThat(configuration.print() + configuration)
                .doesNotContain("hunter2")
                .doesNotContain(RANDOM);
    }

    @Test
    void load_duplicateKeyName_isRefused() {
        assertThat(problems(Map.of("HONGYAN_AUTH_KEYS", "a:" + RANDOM + ",a:" + RANDOM)))
                .containsExactly("auth.keys: two keys have the same name");
    }

    @Test
    void load_namedFileMissingOrNotUtf8_isRefused() throws IOException {
        Path latin = Files.write(directory.resolve("latin.properties"), new byte[] {'a', '=', (byte) 0xe9});
        assertThat(problems(Optional.of(directory.resolve("none.properties")), Map.of()))
                .containsExactly("The settings file " + directory.resolve("none.properties")
                        + " cannot be read: there is no such file.");
        assertThat(problems(Optional.of(latin), Map.of()))
                .containsExactly("The settings file " + latin + " is not UTF-8.");
    }

    @Test
    void load_samePortTwice_isRefused() {
        assertThat(problems(Map.of("HONGYAN_HTTP_PORT", "7000", "HONGYAN_ADMIN_PORT", "7000")))
                .containsExactly("admin.port: must differ from http.port");
    }

    @Test
    void production_noSecretsAndStores_isRefused() {
        assertThat(problems(Map.of("HONGYAN_PRODUCTION", "true")))
                .hasSize(3)
                .anyMatch(problem -> problem.startsWith("auth.keys: production mode needs your own signing key"))
                .anyMatch(problem -> problem.startsWith("postgres.url: production mode needs"))
                .anyMatch(problem -> problem.startsWith("redis.url: production mode needs"));
    }

    @Test
    void production_ownSecretsAndNamedStores_isAccepted() throws Exception {
        Settings settings = load(Map.of(
                        "HONGYAN_PRODUCTION", "true",
                        "HONGYAN_AUTH_KEYS", "a:" + RANDOM,
                        "HONGYAN_POSTGRES_URL", "embedded",
                        "HONGYAN_REDIS_URL", "redis://:MZ4vV0qk@redis"))
                .settings();
        assertThat(settings.auth().keys()).extracting(SigningKey::kid).containsExactly("a");
        assertThat(settings.limits().framesPerSecond())
                .isLessThan(load(Map.of()).settings().limits().framesPerSecond());
    }

    @ParameterizedTest
    @CsvSource({
        // 48 zero bytes; "changeme" six times; the bytes 1 to 4 over and over
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "Y2hhbmdlbWVjaGFuZ2VtZWNoYW5nZW1lY2hhbmdlbWVjaGFuZ2VtZWNoYW5nZW1l",
        "AQIDBAECAwQBAgMEAQIDBAECAwQBAgMEAQIDBAECAwQ=",
    })
    void production_wellKnownKey_isRefused(String encoded) {
        assertThat(problems(production("old:" + encoded + ",new:" + RANDOM)))
                .singleElement()
                .asString()
                .startsWith("auth.keys: production mode refuses the key 'old'");
    }

    @Test
    void production_generatedKey_isRefusedUnderAnyName() throws Exception {
        SigningKey generated = GeneratedKey.in(directory.resolve("data"));
        assertThat(problems(production(generated.encoded().replace("generated:", "mine:"))))
                .singleElement()
                .asString()
                .startsWith("auth.keys: production mode refuses the key 'mine'");
        assertThat(problems(production("generated:" + RANDOM))).hasSize(1);
    }

    @Test
    void production_wellKnownPassword_isRefused() {
        Map<String, String> environment = Map.of(
                "HONGYAN_PRODUCTION", "true",
                "HONGYAN_AUTH_KEYS", "a:" + RANDOM,
                "HONGYAN_POSTGRES_URL", "postgresql://postgres:postgres@db/hongyan",
                "HONGYAN_REDIS_URL", "redis://:Foobared@redis");
        assertThat(problems(environment))
                .containsExactly(
                        "postgres.url: production mode refuses this well-known password",
                        "redis.url: production mode refuses this well-known password");
    }

    private static Map<String, String> production(String keys) {
        return Map.of(
                "HONGYAN_PRODUCTION", "true",
                "HONGYAN_AUTH_KEYS", keys,
                "HONGYAN_POSTGRES_URL", "embedded",
                "HONGYAN_REDIS_URL", "embedded");
    }

    private void file(String text) throws IOException {
        Files.writeString(directory.resolve("hongyan.properties"), text);
    }

    private Configuration load(Map<String, String> environment) throws InvalidSettings {
        return Configuration.load(Optional.empty(), directory, environment, Features.settings(Features.ALL));
    }

    private List<String> problems(Map<String, String> environment) {
        return problems(Optional.empty(), environment);
    }

    private List<String> problems(Optional<Path> file, Map<String, String> environment) {
        return catchThrowableOfType(
                        InvalidSettings.class,
                        () -> Configuration.load(file, directory, environment, Features.settings(Features.ALL)))
                .problems();
    }
}
