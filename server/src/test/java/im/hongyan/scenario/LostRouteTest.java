package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Redis loses one route and nothing else, as after a failover to a lagging replica. */
class LostRouteTest {
    @RegisterExtension
    static final ClusterExtension cluster = new ClusterExtension(2);

    @Test
    void lostRoute_isRestoredAndClientSyncs() throws Exception {
        TestUser alice = cluster.userOn(cluster.node(0));
        TestUser bob = cluster.userOn(cluster.node(1));
        String talk = alice.openWith(bob);
        bob.receiveEntry(talk, alice.say(talk, "before"));
        String routes = "hongyan:routes:{" + bob.id() + "}";
        Response removed =
                await(cluster.stores().redis().send(Request.cmd(Command.DEL).arg(routes)));
        assertThat(removed.toInteger()).isEqualTo(1);

        alice.say(talk, "not pushed, and nothing follows it");
        bob.receive("sync.required", any -> true);

        bob.receiveEntry(talk, alice.say(talk, "pushed again"));
        assertThat(await(cluster.stores().redis().send(Request.cmd(Command.HLEN).arg(routes)))
                        .toInteger())
                .isEqualTo(1);
    }
}
