package im.hongyan.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import im.hongyan.Java;
import im.hongyan.loadtest.experiment.Cluster;
import im.hongyan.loadtest.experiment.Outcome;
import im.hongyan.loadtest.experiment.Scale;
import im.hongyan.loadtest.experiment.Scenario;
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
 * Short versions of some reliability experiments, on three processes, each in its own network namespace if possible.
 * {@code scripts/experiment} has the long versions and the other experiments.
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
        run(Scenario.KILL);
    }

    /** Skipped only if the system does not allow network namespaces, which need Linux and root. */
    @Test
    void partition_losesNothingAndHeals() {
        assumeThat(apart).as("network namespaces").isTrue();
        run(Scenario.PARTITION);
    }

    @Test
    void terminatedNode_movesClientsAndLosesNothing() {
        run(Scenario.TERMINATE);
    }

    @Test
    void lostRedis_losesNothingAndIsRebuilt() {
        run(Scenario.REDIS);
    }

    private static void run(Scenario scenario) {
        Outcome outcome = scenario.run(cluster, Scale.brief());
        assertThat(outcome.holds()).as(outcome.toString()).isTrue();
    }
}
