package im.hongyan.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import im.hongyan.Java;
import im.hongyan.loadtest.experiment.Cluster;
import im.hongyan.loadtest.experiment.Outcome;
import im.hongyan.loadtest.experiment.Row;
import im.hongyan.loadtest.experiment.Scale;
import im.hongyan.store.StoresExtension;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rows of the reliability table in a short form, on three processes, each in a network of its own where that can be had.
 * {@code scripts/experiment} has the long form, and the other rows.
 */
@Timeout(180)
@Tag("processes")
class ExperimentTest {
    private static final int NODES = 3;
    private static final int PORT = 24_600;

    @TempDir
    static Path directory;

    private static boolean apart;
    private static Cluster cluster;

    @BeforeAll
    static void start() {
        apart = Cluster.canBeApart();
        List<String> server = Java.server("-Xmx384m");
        cluster = Cluster.start(
                new Cluster.Plan(server, server, StoresExtension.runtime(), directory, PORT, NODES, apart, Map.of()));
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void killedNode_losesNothing() {
        run(Row.KILL);
    }

    /** Skipped, by name, only where the system lets nobody make networks: it takes Linux and root. */
    @Test
    void partition_losesNothing_andHeals() {
        assumeThat(apart).as("network namespaces").isTrue();
        run(Row.PARTITION);
    }

    @Test
    void terminatedNode_sendsItsClientsAway_andLosesNothing() {
        run(Row.TERMINATE);
    }

    @Test
    void lostRedis_losesNothing_andIsRebuilt() {
        run(Row.REDIS);
    }

    private static void run(Row row) {
        Outcome outcome = row.run(cluster, Scale.brief());
        assertThat(outcome.holds()).as(outcome.toString()).isTrue();
    }
}
