package im.hongyan.scenario;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.timeline.Timeline;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The users on two nodes in turn. */
class ClusterNearbyScenarioTest extends NearbyScenario {
    @RegisterExtension
    static final ClusterExtension cluster = new ClusterExtension(2).with(features());

    @Override
    TestUsers people() {
        return cluster;
    }

    @Override
    ChatClient client() {
        return cluster.node(1).client;
    }

    @Override
    Timeline timeline() {
        return cluster.node(0).app.service(Timeline.class);
    }

    @Test
    void nodeWithOtherCells_doesNotStart() {
        assertThatThrownBy(() -> cluster.start(Map.of("HONGYAN_NEARBY_CELL_KM", "5")))
                .hasMessage("The cells of this database have 1 km, but nearby.cell-km is 5. Cells of two sizes would"
                        + " reveal more about users than one: set nearby.cell-km to 1.");
    }
}
