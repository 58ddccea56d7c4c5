package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** All nodes die during a call: it still ends, with one entry. */
@Timeout(120)
class CallRestartTest {
    @RegisterExtension
    static final NodeExtension node = node();

    private static NodeExtension node() {
        NodeExtension node = new NodeExtension();
        CallScenario.SETTINGS.forEach(node::with);
        return node.with("HONGYAN_CALL_SWEEP_SECONDS", "1");
    }

    @AfterEach
    void nothingIsLeftInRedis() throws Exception {
        eventually(() -> keys().size() == 0);
    }

    private static Response keys() throws Exception {
        return await(node.stores().redis().send(Request.cmd(Command.KEYS).arg("hongyan:call:*")));
    }

    private static void crashAndStart(boolean withRoom) throws Exception {
        node.crash();
        if (!withRoom) {
            for (Response key : keys()) {
                await(node.stores().redis().send(Request.cmd(Command.DEL).arg(key.toString())));
            }
        }
        node.start();
    }

    @Test
    void participantsDoNotResume_callEnds() throws Exception {
        CallUser ada = new CallUser(node.user());
        CallUser bob = new CallUser(node.user());
        String pair = ada.person().openWith(bob.person());
        String call = ada.start(pair).get("call").asText();
        bob.accept(bob.rings(pair));

        crashAndStart(true);

        ada.person().reconnect();
        assertThat(ada.entry(pair, call).at("/content/outcome").asText()).isEqualTo("completed");
    }

    @Test
    void roomLost_callIsRecordedAsFailed() throws Exception {
        CallUser ada = new CallUser(node.user());
        CallUser bob = new CallUser(node.user());
        String pair = ada.person().openWith(bob.person());
        String call = ada.start(pair).get("call").asText();
        bob.accept(bob.rings(pair));

        crashAndStart(false);

        ada.person().reconnect();
        assertThat(ada.refused("call.join", Map.of()).reason()).isIn("call.recovering", "call.ended");
        assertThat(ada.entry(pair, call).at("/content/outcome").asText()).isEqualTo("failed");
        assertThat(ada.refused("call.join", Map.of()).reason()).isEqualTo("call.ended");
        ada.start(pair);
        ada.ask("call.leave");
        ada.entry(pair, ada.call());
    }
}
