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

/** A node that is gone without a goodbye: what the others do for its people, and for theirs. */
class ClusterCrashTest {
    @RegisterExtension
    static final ClusterExtension cluster = new ClusterExtension(3);

    @Test
    void deadNode_isMissed_andWhatItLeftIsRemoved() throws Exception {
        TestNode dying = cluster.node(2);
        Person alice = cluster.personOn(cluster.node(0));
        Person bob = cluster.personOn(dying);
        Person carol = cluster.personOn(cluster.node(1));
        alice.createGroup("geese", bob, carol);
        alice.ask("presence.watch", Map.of("users", List.of(bob.id())));

        cluster.crash(dying);

        // Something may have been committed there and pushed to nobody.
        alice.receive("sync.required", any -> true);
        carol.receive("sync.required", any -> true);
        JsonNode gone = alice.receive("presence", state -> !state.get("online").asBoolean());
        assertThat(gone.get("user").asText()).isEqualTo(bob.id());
        assertThat(await(cluster.stores()
                                .redis()
                                .send(Request.cmd(Command.HLEN).arg("hongyan:routes:{" + bob.id() + "}")))
                        .toInteger())
                .isZero();
        // It is through only after everybody was told.
        eventually(() -> cleanUps() > 0);
        assertThat(cleanUps()).as("by one of the two").isEqualTo(1);
        // And none of the survivors takes itself for the one that is cut off.
        assertThat(cluster.nodes()).noneMatch(node -> node.cutOff.isDone());
    }

    private static double cleanUps() throws Exception {
        double sum = 0;
        for (TestNode node : cluster.nodes()) {
            sum += ClusterTest.metric(node, "hongyan_cluster_nodes_reaped_total");
        }
        return sum;
    }
}
