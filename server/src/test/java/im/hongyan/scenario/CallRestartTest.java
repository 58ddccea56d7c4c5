package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.call.CallId;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.store.Postgres;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
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

    /** Ada's call started after the backup that was restored, and Cai's before it. */
    @Test
    void historyRestored_callWithoutARowEnds_anotherContinues() throws Exception {
        CallUser ada = new CallUser(node.user());
        CallUser bob = new CallUser(node.user());
        String pair = ada.person().openWith(bob.person());
        String call = ada.start(pair).get("call").asText();
        bob.accept(bob.rings(pair));
        CallUser cai = new CallUser(node.user());
        CallUser dan = new CallUser(node.user());
        String other = cai.person().openWith(dan.person());
        String older = cai.start(other).get("call").asText();
        dan.accept(dan.rings(other));
        Postgres postgres = node.stores().postgres();

        await(postgres.query("DELETE FROM call WHERE id = '" + CallId.of(call).value() + "'"));
        // The row that names the history came from another system, as after a restore.
        await(postgres.query("UPDATE epoch SET system = system + 1"));

        // The clients must drop what they know, so the node closes their sockets.
        for (CallUser user : List.of(cai, dan, ada, bob)) {
            await(user.person().connection().closed());
        }
        CallUser caiAgain = cai.otherSocket();
        CallUser danAgain = dan.otherSocket();
        caiAgain.resume();
        danAgain.resume();
        CallUser adaAgain = ada.otherSocket();
        CallUser bobAgain = bob.otherSocket();
        eventually(() -> {
            ChatError refused = bobAgain.refused("call.get", Map.of());
            return refused != null && refused.reason().startsWith("call.");
        });
        // Neither of them is busy any more, and the call without a row has left no entry.
        bobAgain.start(pair);
        adaAgain.accept(adaAgain.rings(pair));
        bobAgain.ask("call.leave");
        JsonNode entry = adaAgain.entry(pair, bobAgain.call());
        assertThat(entry.at("/content/outcome").asText()).isEqualTo("completed");
        assertThat(entries(adaAgain, pair)).hasSize(1);
        assertThat(caiAgain.inCall()).containsExactlyInAnyOrder(cai.participant(), dan.participant());
        caiAgain.ask("call.signal", caiAgain.signal(danAgain, "v=0"));
        danAgain.person().receive("call.signal", any -> true);
        caiAgain.ask("call.leave");
        JsonNode recorded = danAgain.entry(other, older);
        assertThat(recorded.at("/content/outcome").asText()).isEqualTo("completed");
        assertThat(entries(danAgain, other)).hasSize(1);
    }

    private static JsonNode entries(CallUser user, String conversation) throws Exception {
        return user.person()
                .ask("entries.read", Map.of("conversation", conversation, "limit", 10))
                .get("entries");
    }
}
