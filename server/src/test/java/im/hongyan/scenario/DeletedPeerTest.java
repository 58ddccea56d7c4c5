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
        List<Person> people = node.people(3);
        Person ada = people.get(0);
        Person bo = people.get(1);
        Person cy = people.get(2);
        String withBo = ada.openWith(bo);
        String withCy = ada.openWith(cy);
        Map<String, Object> message = Person.message(withBo, Person.newClientId(), "before");
        JsonNode first = ada.ask("message.send", message);

        delete(bo);

        assertThat(ada.awaitRefusal(withBo).reason()).isEqualTo("user.not_found");
        assertThat(ada.ask("message.send", message)).isEqualTo(first);
        assertThat(ada.say(withCy, "to another user")).isPositive();
    }

    private static void delete(Person user) throws Exception {
        await(node.client()
                .call(
                        HttpMethod.DELETE,
                        "/api/v1/me",
                        user.credentials().accessToken(),
                        Map.of("password", NodeExtension.PASSWORD)));
    }
}
