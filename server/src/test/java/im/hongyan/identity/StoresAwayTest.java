package im.hongyan.identity;

import static im.hongyan.identity.IdentityNode.PASSWORD;
import static im.hongyan.identity.IdentityNode.await;
import static im.hongyan.identity.IdentityNode.failure;
import static im.hongyan.identity.IdentityNode.freshName;
import static im.hongyan.identity.IdentityNode.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.identity.IdentityNode.Device;
import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.HttpRoutes.Method;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresAddress;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.StoresExtension;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.RedisAddress;
import im.hongyan.store.redis.RedisLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoresAwayTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/identity/migrations");

    private IdentityNode sound;
    private Device device;

    @BeforeEach
    void begin() {

        sound = new IdentityNode(stores.vertx(), stores.postgres(), stores.redis());
        device = sound.register(freshName());
    }

    /** A port that accepts connections and never answers, or that refuses them. */
    private static ServerSocket port(boolean silent) throws IOException {
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        if (!silent) {
            socket.close();
        }
        return socket;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anyRequest_postgresUnavailable_failsInTime(boolean silent) throws Exception {
        try (ServerSocket port = port(silent)) {
            Postgres away = Postgres.open(
                    stores.vertx(),
                    new PostgresAddress(
                            "127.0.0.1", port.getLocalPort(), "hongyan", "", "hongyan", "disable", Optional.empty()),
                    new PostgresLimits(1, 1, 100, 300, 200, 500, 300));
            IdentityNode node = new IdentityNode(stores.vertx(), away, stores.redis());
            long since = System.nanoTime();

            assertThat(failure(node.registering(freshName()))).isInstanceOf(StoreUnavailable.class);
            assertThat(failure(node.signingIn(device.username(), PASSWORD))).isInstanceOf(StoreUnavailable.class);
            assertThat(failure(node.refreshing(device.refreshToken()))).isInstanceOf(StoreUnavailable.class);
            assertThat(failure(node.as(device, Method.GET, "/me"))).isInstanceOf(StoreUnavailable.class);
            assertThat(failure(node.as(device, Method.GET, "/sessions"))).isInstanceOf(StoreUnavailable.class);
            assertThat(failure(node.as(device, Method.DELETE, "/sessions/current")))
                    .isInstanceOf(StoreUnavailable.class);
            assertThat(failure(node.as(device, Method.DELETE, "/me", body -> body.put("password", PASSWORD))))
                    .isInstanceOf(StoreUnavailable.class);
            assertThat(failure(node.identity.start())).isInstanceOf(StoreUnavailable.class);
            assertThat(failure(node.identity.pollRevocations())).isInstanceOf(StoreUnavailable.class);
            assertThat((System.nanoTime() - since) / 1_000_000_000).isLessThan(15);
            await(away.close());
        }
        await(sound.as(device, Method.GET, "/me"));
    }

    @Test
    void authenticate_postgresUnavailable_usesKnownRevocations() throws Exception {
        try (ServerSocket port = port(false)) {
            Postgres away = Postgres.open(
                    stores.vertx(),
                    new PostgresAddress(
                            "127.0.0.1", port.getLocalPort(), "hongyan", "", "hongyan", "disable", Optional.empty()),
                    PostgresLimits.DEFAULTS);
            IdentityNode node = new IdentityNode(stores.vertx(), away, stores.redis());

            assertThat(await(node.identity.authenticate(device.accessToken())).user())
                    .isEqualTo(device.user());
            await(away.close());
        }
    }

    @Test
    void signIn_redisUnavailable_worksAndIsLimited() throws Exception {
        try (ServerSocket port = port(false)) {
            Redis away = await(Redis.open(
                    stores.vertx(),
                    new RedisAddress(
                            "127.0.0.1",
                            port.getLocalPort(),
                            Optional.empty(),
                            Optional.empty(),
                            0,
                            false,
                            Optional.empty()),
                    RedisLimits.DEFAULTS));
            IdentityNode node = new IdentityNode(
                    stores.vertx(),
                    stores.postgres(),
                    away,
                    IdentityNode.with(new IdentitySettings.Limits(100, 3, 100, 100, 100, address -> false)));

            for (int i = 0; i < 3; i++) {
                await(node.signingIn(device.username(), PASSWORD));
            }
            assertThat(refusal(node.signingIn(device.username(), PASSWORD)).kind())
                    .isEqualTo(ErrorKind.LIMITED);
            await(away.close());
        }
    }

    /** Revocation does not need Redis: it may be down while a device is signed out everywhere. */
    @Test
    void revoke_redisUnavailable_reachesOtherNode() throws Exception {
        try (ServerSocket port = port(false)) {
            Redis away = await(Redis.open(
                    stores.vertx(),
                    new RedisAddress(
                            "127.0.0.1",
                            port.getLocalPort(),
                            Optional.empty(),
                            Optional.empty(),
                            0,
                            false,
                            Optional.empty()),
                    RedisLimits.DEFAULTS));
            IdentityNode one = new IdentityNode(stores.vertx(), stores.postgres(), away);
            IdentityNode other = new IdentityNode(stores.vertx(), stores.postgres(), away);

            await(one.as(device, Method.DELETE, "/sessions/current"));
            await(other.identity.pollRevocations());

            assertThat(other.ended).contains(device.session());
            await(away.close());
        }
    }
}
