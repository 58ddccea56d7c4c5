package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.wallet.Reconciliation.Finding;
import im.hongyan.wallet.Wallet;
import io.vertx.core.Future;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A crowd on three nodes: everybody in a group, with four sockets each, opens at the same moment. {@code
 * -Dcrowd.users=500 -Dcrowd.envelopes=1000} makes it 2,000 sockets, which takes a minute more.
 */
class EnvelopeCrowdTest {
    private static final int USERS = Integer.getInteger("crowd.users", 150);
    private static final int ENVELOPES = Integer.getInteger("crowd.envelopes", 200);
    private static final int SOCKETS = 4;
    private static final long PATIENCE_SECONDS = 60;

    @RegisterExtension
    static final ClusterExtension cluster = new ClusterExtension(3);

    private static final List<ChatConnection> sockets = new ArrayList<>();
    private static TestUser sender;
    private static String group;

    @BeforeAll
    static void gather() throws Exception {
        List<Credentials> users = cluster.accounts(USERS);
        sender = TestUser.connect(cluster.node(0).client, users.get(0));
        group = sender.ask(
                        "group.create",
                        Map.of(
                                "clientId",
                                "crowd",
                                "title",
                                "Crowd",
                                "members",
                                users.stream().skip(1).map(Credentials::user).toList()))
                .at("/conversation/id")
                .asText();
        for (int i = 0; i < USERS; i++) {
            List<Future<ChatConnection>> some = new ArrayList<>();
            for (int k = 0; k < SOCKETS; k++) {
                some.add(cluster.node((i + k) % 3).client.connect(users.get(i).accessToken(), (type, data) -> {}));
            }
            Future.all(some).await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            some.forEach(socket -> sockets.add(socket.result()));
        }
        topUp(900_000);
    }

    @AfterAll
    static void ledgerAddsUp() throws Exception {
        List<Finding> findings =
                await(cluster.node(1).app.service(Wallet.class).reconciliation().run());
        assertThat(findings).isNotEmpty().allMatch(Finding::passed);
    }

    @Test
    void open_oneEnvelope_winnersMatchShares() throws Exception {
        String envelope = send("lucky-one", Map.of("kind", "lucky", "amount", 12_345, "count", 100));

        List<Future<JsonNode>> answers = sockets.stream()
                .map(socket -> socket.request("envelope.open", Map.of("envelope", envelope)))
                .toList();
        Future.join(answers).await(PATIENCE_SECONDS, TimeUnit.SECONDS);

        Map<Integer, Long> winners = new HashMap<>();
        int empty = 0;
        int opened = 0;
        for (int i = 0; i < answers.size(); i++) {
            JsonNode answer = answers.get(i).result();
            if (answer.has("amount")) {
                opened += answer.get("outcome").asText().equals("opened") ? 1 : 0;
                Long before =
                        winners.putIfAbsent(i / SOCKETS, answer.get("amount").asLong());
                assertThat(before).isIn(null, answer.get("amount").asLong());
            } else {
                assertThat(answer.get("outcome").asText()).isEqualTo("empty");
                empty++;
            }
        }
        assertThat(winners).hasSize(100);
        assertThat(opened).isEqualTo(100);
        assertThat(winners.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(12_345);
        assertThat(empty).isEqualTo((USERS - 100) * SOCKETS);
        JsonNode view = sender.ask("envelope.view", Map.of("envelope", envelope));
        assertThat(view.get("state").asText()).isEqualTo("exhausted");
        assertThat(view.get("openers")).hasSize(100);
    }

    @Test
    void open_manyEnvelopes_winnersMatchShares() throws Exception {
        List<String> envelopes = new ArrayList<>();
        for (int i = 0; i < ENVELOPES; i++) {
            envelopes.add(send("many-" + i, Map.of("kind", "equal", "amountEach", 7, "count", 2)));
        }

        List<Future<JsonNode>> answers = new ArrayList<>();
        for (int i = 0; i < envelopes.size(); i++) {
            for (int k = 0; k < 4; k++) {
                int who = (i * 4 + k) % USERS;
                answers.add(
                        sockets.get(who * SOCKETS + k).request("envelope.open", Map.of("envelope", envelopes.get(i))));
            }
        }
        Future.join(answers).await(PATIENCE_SECONDS, TimeUnit.SECONDS);

        for (int i = 0; i < envelopes.size(); i++) {
            List<String> outcomes = answers.subList(i * 4, i * 4 + 4).stream()
                    .map(answer -> answer.result().get("outcome").asText())
                    .sorted()
                    .toList();
            assertThat(outcomes).containsExactly("empty", "empty", "opened", "opened");
        }
    }

    private static String send(String clientId, Map<String, Object> what) throws Exception {
        Map<String, Object> envelope = new HashMap<>(what);
        envelope.put("conversation", group);
        envelope.put("clientId", clientId);
        return sender.ask("envelope.send", envelope).get("envelope").asText();
    }

    private static void topUp(long amount) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(cluster.node(0).uri().resolve("/api/v1/wallet/top-ups"))
                .header("Authorization", "Bearer " + sender.credentials().accessToken())
                .POST(BodyPublishers.ofString("{\"amount\":" + amount + ",\"key\":\"crowd\"}"))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(request, BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(201);
    }
}
