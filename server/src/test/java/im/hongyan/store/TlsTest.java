package im.hongyan.store;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.local.stores.DataFolder;
import im.hongyan.local.stores.EmbeddedPostgres;
import im.hongyan.local.stores.EmbeddedRedis;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.RedisAddress;
import im.hongyan.store.redis.RedisLimits;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsTest {
    @TempDir
    static Path directory;

    private static Vertx vertx;
    private static DataFolder folder;
    private static EmbeddedPostgres postgres;
    private static EmbeddedRedis redis;
    private static NetServer redisTls;
    private static Certificate server;
    private static Certificate other;

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        server = Certificate.make(directory, "server");
        other = Certificate.make(directory, "other");
        folder = DataFolder.open(directory.resolve("data"));
        postgres = EmbeddedPostgres.start(
                folder,
                StoresExtension.runtime(),
                List.of(
                        "-c", "ssl=on",
                        "-c", "ssl_cert_file=" + server.certificate(),
                        "-c", "ssl_key_file=" + server.key()));
        redis = EmbeddedRedis.start(folder, StoresExtension.runtime());
        redisTls = tlsInFrontOf(redis.address());
    }

    @AfterAll
    static void stop() throws Exception {
        await(vertx.close());
        postgres.close();
        redis.close();
        folder.close();
    }

    @ParameterizedTest
    @CsvSource({
        "disable, 127.0.0.1, '', false",
        "prefer, 127.0.0.1, '', true",
        "require, 127.0.0.1, '', true",
        "verify-ca, 127.0.0.1, server, true",
        "verify-full, localhost, server, true",
    })
    void postgres_trustedServer_connectsAndMigrates(String mode, String host, String authority, boolean encrypted)
            throws Exception {
        PostgresAddress address = postgres(mode, host, authority);
        new Migrations(1, List.of("im/hongyan/store/first")).run(address, Duration.ZERO);
        Postgres client = Postgres.open(vertx, address, PostgresLimits.DEFAULTS);
        assertThat(await(client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
                        .iterator()
                        .next()
                        .getBoolean(0))
                .isEqualTo(encrypted);
        await(client.close());
    }

    @ParameterizedTest
    @CsvSource({
        // Another authority; Java's authorities; the right authority but another name.
        "verify-ca, 127.0.0.1, other",
        "verify-full, localhost, other",
        "verify-ca, 127.0.0.1, ''",
        "verify-full, localhost, ''",
        "verify-full, 127.0.0.1, server",
    })
    void postgres_untrustedServer_isRefused(String mode, String host, String authority) throws Exception {
        PostgresAddress address = postgres(mode, host, authority);
        assertThatThrownBy(() -> new Migrations(1, List.of("im/hongyan/store/first")).run(address, Duration.ZERO))
                .isInstanceOf(StartFailure.class);
        Postgres client = Postgres.open(vertx, address, PostgresLimits.DEFAULTS);
        assertThatThrownBy(() -> await(client.query("SELECT 1")))
                .isInstanceOfSatisfying(StoreUnavailable.class, refused -> assertThat(refused.outcomeKnown())
                        .isTrue());
        await(client.close());
    }

    @Test
    void redis_tls_connects() throws Exception {
        Redis client = await(Redis.open(vertx, redis("localhost", server), RedisLimits.DEFAULTS));
        assertThat(await(client.send(Request.cmd(Command.PING)))).hasToString("PONG");
        await(client.close());
    }

    @Test
    void redis_untrustedServer_isNotUsed() throws Exception {
        for (RedisAddress address : List.of(redis("localhost", other), redis("127.0.0.1", server))) {
            Redis client = await(Redis.open(vertx, address, RedisLimits.DEFAULTS));
            assertThat(client.isAvailable()).isFalse();
            await(client.close());
        }
    }

    private static PostgresAddress postgres(String mode, String host, String authority) {
        PostgresAddress address = postgres.address();
        Optional<String> file = Optional.of(authority)
                .filter(name -> !name.isEmpty())
                .map(name ->
                        (name.equals("server") ? server : other).certificate().toString());
        return new PostgresAddress(
                host, address.port(), address.user(), address.password(), address.database(), mode, file);
    }

    private static RedisAddress redis(String host, Certificate authority) {
        return new RedisAddress(
                host,
                redisTls.actualPort(),
                Optional.of("default"),
                redis.address().password(),
                0,
                true,
                Optional.of(authority.certificate().toString()));
    }

    /** Terminates TLS in front of Redis, because not every built-in Redis supports TLS. */
    private static NetServer tlsInFrontOf(RedisAddress plain) throws Exception {
        NetClient behind = vertx.createNetClient();
        return await(vertx.createNetServer(new NetServerOptions()
                        .setSsl(true)
                        .setKeyCertOptions(new PemKeyCertOptions()
                                .addCertPath(server.certificate().toString())
                                .addKeyPath(server.key().toString())))
                .connectHandler(front -> {
                    front.pause();
                    behind.connect(plain.port(), plain.host())
                            .onSuccess(back -> {
                                join(front, back);
                                join(back, front);
                                front.resume();
                            })
                            .onFailure(away -> front.close());
                })
                .listen(0, "localhost"));
    }

    private static void join(NetSocket from, NetSocket to) {
        from.handler(to::write);
        from.closeHandler(closed -> to.close());
    }
}
