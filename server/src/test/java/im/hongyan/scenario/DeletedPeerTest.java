package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A user deletes their account: the partners of their direct conversations can no longer write to them. */
class DeletedPeerTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    @Test
    void messageToDeletedAccount_isRefused_andRetryIsAnswered() throws Exception {
        List<TestUser> users = node.users(3);
        TestUser ada = users.get(0);
        TestUser bo = users.get(1);
        TestUser cy = users.get(2);
        String withBo = ada.openWith(bo);
        String withCy = ada.openWith(cy);
        Map<String, Object> message = TestUser.message(withBo, TestUser.newClientId(), "before");
        JsonNode first = ada.ask("message.send", message);

        delete(bo);

        assertThat(ada.awaitRefusal(withBo).reason()).isEqualTo("user.not_found");
        assertThat(ada.ask("message.send", message)).isEqualTo(first);
        assertThat(ada.say(withCy, "to another user")).isPositive();
    }

    private static void delete(TestUser user) throws Exception {
        await(node.client()
                .call(
                        HttpMethod.DELETE,
                        "/api/v1/me",
                        user.credentials().accessToken(),
                        Map.of("password", NodeExtension.PASSWORD)));
    }
}
