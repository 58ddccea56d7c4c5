package im.hongyan.identity;

import static im.hongyan.identity.IdentityNode.PASSWORD;
import static im.hongyan.identity.IdentityNode.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.protocol.HttpRoutes.Method;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BulkUsersTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/identity/migrations");

    private final ObjectMapper json = new ObjectMapper();
    private final String prefix = "x" + Id.Text.encode(Id.next()).substring(12);
    private IdentityNode node;

    @BeforeEach
    void begin() {
        node = new IdentityNode(stores.vertx(), stores.postgres(), stores.redis());
    }

    private List<JsonNode> create(int count, boolean sessions) {
        List<JsonNode> lines = new ArrayList<>();
        await(node.identity.createUsers(new BulkUsersRequest(count, prefix, sessions, PASSWORD), line -> {
            try {
                lines.add(json.readTree(line));
            } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                throw new AssertionError(e);
            }
        }));
        return lines;
    }

    @Test
    void create_withSessions_returnsWorkingTokens() {
        List<JsonNode> lines = create(1_203, true);

        assertThat(lines).hasSize(1_203);
        assertThat(lines.get(0).get("username").textValue()).isEqualTo(prefix + "000001");
        for (JsonNode line : List.of(lines.get(0), lines.get(700), lines.get(1_202))) {
            UserId user = UserId.of(line.get("user").textValue());
            assertThat(await(node.identity.authenticate(line.get("accessToken").textValue()))
                            .user())
                    .isEqualTo(user);
            assertThat(node.refresh(line.get("refreshToken").textValue()).user())
                    .isEqualTo(user);
            IdentityNode.Device device = node.signIn(line.get("username").textValue());
            assertThat(device.user()).isEqualTo(user);
            assertThat(await(node.as(device, Method.GET, "/sessions")).get("sessions"))
                    .hasSize(2);
        }
    }

    @Test
    void create_withoutSessions_returnsNoTokens() {
        assertThat(create(3, false))
                .hasSize(3)
                .allSatisfy(line -> assertThat(line.fieldNames()).toIterable().containsExactly("user", "username"));
    }

    @Test
    void create_again_skipsTakenUsernames() {
        create(700, false);

        assertThat(create(2, false))
                .extracting(line -> line.get("username").textValue())
                .containsExactly(prefix + "000701", prefix + "000702");
    }

    @ParameterizedTest
    @CsvSource({"0, u", "-1, u", "10000001, u", "1, ''", "1, has space", "1, abcdefghijklmnopqrstu"})
    void request_invalid_fails(int count, String prefix) {
        assertThatThrownBy(() -> new BulkUsersRequest(count, prefix, true, PASSWORD))
                .isInstanceOf(Rejection.class);
    }

    @Test
    void create_commonPassword_fails() {
        BulkUsersRequest order = new BulkUsersRequest(1, prefix, true, "password");

        assertThat(IdentityNode.refusal(node.identity.createUsers(order, line -> {}))
                        .reason())
                .isEqualTo("password.common");
    }
}
