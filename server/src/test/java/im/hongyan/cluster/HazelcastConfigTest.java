package im.hongyan.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.OperationTimeoutException;
import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.internal.serialization.impl.HeapData;
import im.hongyan.store.StartFailure;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hazelcast's configuration, with and without an operator's file. */
class HazelcastConfigTest {
    private static final Path SHIPPED = Path.of("..", "cluster-config", "hazelcast.yaml");

    private static final ClusterOptions OPTIONS = new ClusterOptions(
            "geese", "127.0.0.1", 5701, 5801, List.of("127.0.0.2:5701"), Optional.empty(), Optional.empty());

    @TempDir
    Path folder;

    @AfterEach
    void clearProperty() {
        System.clearProperty("hazelcast.config");
    }

    private static Config config() {
        return HazelcastConfig.create(OPTIONS, "boot", List.of());
    }

    private static Config with(Path file) {
        System.setProperty("hazelcast.config", file.toString());
        return config();
    }

    /** The shipped file contains every default of {@link HazelcastConfig}, with the same values. */
    @Test
    void create_withShippedFile_equalsDefaults() {
        Config own = config();
        Config shipped = with(SHIPPED);
        assertThat(shipped.getProperties()).isEqualTo(own.getProperties());
        assertThat(shipped.getMultiMapConfigs()).isEqualTo(own.getMultiMapConfigs());
        assertThat(shipped.getMapConfigs()).isEqualTo(own.getMapConfigs());
        assertThat(shipped.getSerializationConfig()).isEqualTo(own.getSerializationConfig());
        assertThat(shipped.getNetworkConfig()).isEqualTo(own.getNetworkConfig());
        assertThat(shipped.getClusterName()).isEqualTo("geese");
        assertThat(shipped.getMemberAttributeConfig().getAttribute("boot")).isEqualTo("boot");
    }

    @Test
    void create_withOperatorFile_keepsItsPropertiesButNotItsNetwork() throws Exception {
        Path file = Files.writeString(
                folder.resolve("own.yaml"),
                """
                hazelcast:
                  cluster-name: ducks
                  network:
                    port:
                      port: 9999
                    join:
                      multicast:
                        enabled: true
                  properties:
                    hazelcast.max.no.heartbeat.seconds: "30"
                  multimap:
                    __vertx.subs:
                      backup-count: 1
                """);
        Config config = with(file);
        assertThat(config.getProperty("hazelcast.max.no.heartbeat.seconds")).isEqualTo("30");
        assertThat(config.getProperty("hazelcast.heartbeat.interval.seconds")).isEqualTo("1");
        assertThat(config.getMultiMapConfig("__vertx.subs").getBackupCount()).isEqualTo(1);
        assertThat(config.getClusterName()).isEqualTo("geese");
        assertThat(config.getNetworkConfig().getPort()).isEqualTo(5701);
        JoinConfig join = config.getNetworkConfig().getJoin();
        assertThat(join.getMulticastConfig().isEnabled()).isFalse();
        assertThat(join.getTcpIpConfig().getMembers()).containsExactly("127.0.0.2:5701");
    }

    @Test
    void create_unusableFile_failsNamingTheFile() throws Exception {
        Path file = Files.writeString(folder.resolve("own.yaml"), "hazelcast:\n  wings: 2\n");
        assertThatThrownBy(() -> with(file)).isInstanceOf(StartFailure.class).hasMessageContaining(file.toString());
        assertThatThrownBy(() -> with(folder.resolve("none.yaml")))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("none.yaml");
    }

    /** Members may send objects of Hazelcast's and Vert.x's classes only. */
    @ParameterizedTest
    @MethodSource("foreign")
    void deserialize_foreignClass_isRefused(Serializable foreign) {
        InternalSerializationService own = serialization(config());
        InternalSerializationService unfiltered = serialization(new Config());
        byte[] bytes = unfiltered.toBytes(foreign);
        Object accepted = unfiltered.toObject(new HeapData(bytes));
        assertThat(accepted).isInstanceOf(foreign.getClass());

        assertThatThrownBy(() -> own.toObject(new HeapData(bytes)))
                .hasStackTraceContaining("SecurityException")
                .hasStackTraceContaining(foreign.getClass().getName());
    }

    static Stream<Serializable> foreign() throws Exception {
        return Stream.of(new Foreign(), URI.create("http://127.0.0.1/").toURL());
    }

    @Test
    void deserialize_callFailure_isAccepted() {
        InternalSerializationService own = serialization(config());
        OperationTimeoutException failure = new OperationTimeoutException("late", new IllegalStateException("why"));
        Throwable back = own.toObject(new HeapData(own.toBytes(failure)));

        assertThat(back).isInstanceOf(OperationTimeoutException.class).hasRootCauseMessage("why");
    }

    private static InternalSerializationService serialization(Config config) {
        return new DefaultSerializationServiceBuilder()
                .setConfig(config.getSerializationConfig())
                .build();
    }

    private static final class Foreign implements Serializable {
        private static final long serialVersionUID = 1;
    }
}
