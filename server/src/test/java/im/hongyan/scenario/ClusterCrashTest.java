package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node dies: what the other nodes do for its users and their own. */
class ClusterCrashTest {
    @RegisterExtension
    static final ClusterExtension cluster = new ClusterExtension(3);

    @Test
    void deadNode_isDetectedAndReaped() throws Exception {
        ClusterNode dying = cluster.node(2);
        TestUser alice = cluster.userOn(cluster.node(0));
        TestUser bob = cluster.userOn(dying);
        TestUser carol = cluster.userOn(cluster.node(1));
        bob.say(alice.createGroup("geese", bob, carol), "honk");
        alice.ask("presence.watch", Map.of("users", List.of(bob.id())));

        cluster.crash(dying);

        // The dead node may have committed entries without pushing them.
        alice.receive("sync.required", any -> true);
        carol.receive("sync.required", any -> true);
        JsonNode gone = alice.receive("presence", state -> !state.get("online").asBoolean());
        assertThat(gone.get("user").asText()).isEqualTo(bob.id());
        assertThat(await(cluster.stores()
                                .redis()
                                .send(Request.cmd(Command.HLEN).arg("hongyan:routes:{" + bob.id() + "}")))
                        .toInteger())
                .isZero();
        // It ends only after all clients were notified.
        eventually(() -> reaps() > 0);
        assertThat(reaps()).as("one of the two survivors reaps").isEqualTo(1);
        // None of the survivors considers itself cut off.
        assertThat(cluster.nodes()).noneMatch(node -> node.cutOff.isDone());
    }

    private static double reaps() throws Exception {
        double sum = 0;
        for (ClusterNode node : cluster.nodes()) {
            sum += ClusterTest.metric(node, "hongyan_cluster_nodes_reaped_total");
        }
        return sum;
    }
}
