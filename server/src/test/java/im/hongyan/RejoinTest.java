package im.hongyan;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.config.Settings;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.store.PostgresAddress;
import im.hongyan.store.StartFailure;
import im.hongyan.store.StoresExtension;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node that was cut off and rejoins. */
class RejoinTest {
    @RegisterExtension
    static final StoresExtension stores =
            StoresExtension.migrated(Features.migrations(Features.ALL).toArray(String[]::new));

    private final List<Server> servers = new ArrayList<>();

    @AfterEach
    void stop() {
        servers.forEach(Server::stop);
    }

    /** Otherwise it would delay Hazelcast's migrations among the other nodes, and keep its own port while it waits. */
    @Test
    void rejoin_otherNodeUnreachable_waits() throws Exception {
        int nobody = freePort();
        up("rift", "127.0.0.1:" + nobody);
        Settings settings = settings();

        for (int tries = 0; tries < 2; tries++) {
            Server refused = new Server(settings, true);
            servers.add(refused);
            assertThatThrownBy(() -> refused.start(() -> {}))
                    .isInstanceOf(StartFailure.class)
                    .hasMessage("The node at 127.0.0.1:" + nobody + " cannot be reached.");
            refused.stop();
            assertThat(bootIds()).containsExactly("rift");
        }

        await(stores.postgres().query("DELETE FROM node", Tuple.tuple()));
        Server back = new Server(settings, true);
        servers.add(back);
        back.start(() -> {});
        assertThat(bootIds()).hasSize(1);
    }

    private static void up(String bootId, String address) throws Exception {
        await(stores.postgres()
                .query(
                        "INSERT INTO node (boot_id, address, seen)"
                                + " VALUES ($1, $2, clock_timestamp() + interval '1 minute')",
                        Tuple.of(bootId, address)));
    }

    private static List<String> bootIds() throws Exception {
        List<String> ids = new ArrayList<>();
        for (Row row : await(stores.postgres().query("SELECT boot_id FROM node", Tuple.tuple()))) {
            ids.add(row.getString(0));
        }
        return ids;
    }

    private static Settings settings() throws Exception {
        PostgresAddress postgres = stores.postgresAddress();
        return NodeExtension.settings(Map.of(
                "HONGYAN_POSTGRES_URL",
                "postgresql://" + postgres.user() + ":" + postgres.password() + "@" + postgres.host() + ":"
                        + postgres.port() + "/" + postgres.database(),
                "HONGYAN_REDIS_URL",
                "redis://:" + stores.redisAddress().password().orElseThrow() + "@"
                        + stores.redisAddress().host() + ":"
                        + stores.redisAddress().port(),
                "HONGYAN_CLUSTER_ENABLED",
                "true",
                "HONGYAN_CLUSTER_PORT",
                Integer.toString(freePort()),
                "HONGYAN_CLUSTER_BUS_PORT",
                Integer.toString(freePort())));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
