package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.App;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.protocol.Id;
import im.hongyan.wallet.Reconciliation.Finding;
import im.hongyan.wallet.Wallet;
import io.vertx.sqlclient.Tuple;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The wallet over sockets: Alice's devices and Bob are on two nodes. After each test, the ledger adds up. */
class WalletScenarioTest {
    @RegisterExtension
    static final ClusterExtension cluster = new ClusterExtension(2);

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    @AfterEach
    void ledgerAddsUp() throws Exception {
        List<Finding> findings =
                await(cluster.node(1).app.service(Wallet.class).reconciliation().run());
        assertThat(findings).isNotEmpty().allMatch(Finding::passed);
    }

    @Test
    void transfer_accepted_isPushedToBothUsers() throws Exception {
        TestUser alice = cluster.userOn(cluster.node(0));
        TestUser alicesPhone = alice.otherSocket();
        TestUser bob = cluster.userOn(cluster.node(1));
        topUp(cluster.node(0), alice, 5_000, "first");
        alicesPhone.receive("wallet", has(5_000));

        JsonNode sent = alice.ask(
                "wallet.transfer", Map.of("to", bob.id(), "amount", 1_234, "clientId", "dinner", "note", "for 晚饭"));
        String talk = sent.get("conversation").asText();
        JsonNode told = bob.receiveEntry(talk, 1);
        assertThat(told.get("kind").asText()).isEqualTo("transfer");
        assertThat(told.at("/content/note").asText()).isEqualTo("for 晚饭");
        assertThat(told.get("summary").asText()).isEqualTo("sent a transfer of 12.34 points");
        alicesPhone.receiveEntry(talk, 1);
        alicesPhone.receive("wallet", has(3_766));
        JsonNode conversation = bob.ask("conversation.get", Map.of("conversation", talk));
        assertThat(conversation.at("/conversation/unread").asInt()).isEqualTo(1);

        Map<String, Object> which = Map.of("transfer", sent.get("transfer").asText());
        assertThat(alice.refused("wallet.accept", which).reason()).isEqualTo("transfer.not_found");
        bob.ask("wallet.accept", which);
        bob.ask("wallet.accept", which);
        assertThat(alice.receiveEntry(talk, 2).at("/content/change").asText()).isEqualTo("accepted");
        bob.receive("wallet", has(1_234));
        assertThat(bob.ask("wallet.balance", Map.of()).get("balance").asLong()).isEqualTo(1_234);
        JsonNode lines = bob.ask("wallet.statement", Map.of()).get("postings");
        assertThat(lines).hasSize(1);
        assertThat(lines.at("/0/peer").asText()).isEqualTo(alice.id());
        JsonNode read = alice.ask("entries.read", Map.of("conversation", talk, "view", "messages"));
        assertThat(read.get("entries")).hasSize(2);
    }

    /** Otherwise the recalled message would take the place of the envelope's entry. */
    @Test
    void sendEnvelope_clientIdOfRecalledMessage_isRejected() throws Exception {
        TestUser alice = cluster.userOn(cluster.node(0));
        TestUser bob = cluster.userOn(cluster.node(1));
        topUp(cluster.node(0), alice, 700, "k");
        String group = alice.createGroup("Geese", bob);
        long seq = alice.ask("message.send", TestUser.message(group, "once", "gone"))
                .get("seq")
                .asLong();
        alice.ask("message.recall", Map.of("conversation", group, "seq", seq, "clientId", "recall"));

        ChatError refused = alice.refused(
                "envelope.send",
                Map.of("conversation", group, "clientId", "once", "kind", "lucky", "amount", 100, "count", 2));

        assertThat(refused.reason()).isEqualTo("client_id.reused");
        assertThat(alice.ask("wallet.balance", Map.of()).get("balance").asLong())
                .isEqualTo(700);
    }

    /** The money returns without a request, and both users get a push. */
    @Test
    void transfer_expired_isReturned() throws Exception {
        TestUser alice = cluster.userOn(cluster.node(0));
        TestUser bob = cluster.userOn(cluster.node(1));
        topUp(cluster.node(0), alice, 700, "k");
        JsonNode sent = alice.ask("wallet.transfer", Map.of("to", bob.id(), "amount", 700, "clientId", "c"));
        alice.receive("wallet", has(0));
        await(cluster.stores()
                .postgres()
                .query(
                        "UPDATE transfer SET expires_at = now() WHERE id = $1",
                        Tuple.of(Id.Text.decode(sent.get("transfer").asText()))));
        alice.receive("wallet", has(700));
        String talk = sent.get("conversation").asText();
        for (TestUser each : List.of(alice, bob)) {
            JsonNode entry = each.receiveEntry(talk, 2);
            assertThat(entry.at("/content/change").asText()).isEqualTo("returned");
            assertThat(entry.get("sender").asText()).isEqualTo(alice.id());
        }
        assertThat(bob.refused(
                                "wallet.accept",
                                Map.of("transfer", sent.get("transfer").asText()))
                        .reason())
                .isEqualTo("transfer.expired");
        JsonNode list = bob.ask("wallet.transfers", Map.of()).get("transfers");
        assertThat(list.at("/0/state").asText()).isEqualTo("returned");
        assertThat(list.at("/0/settledAt").asText()).isNotEmpty();
    }

    @Test
    void deleteAccount_pendingTransfers_areReturned() throws Exception {
        TestUser alice = cluster.userOn(cluster.node(0));
        TestUser bob = cluster.userOn(cluster.node(1));
        topUp(cluster.node(0), alice, 700, "k");
        alice.ask("wallet.transfer", Map.of("to", bob.id(), "amount", 300, "clientId", "c"));
        alice.receive("wallet", has(400));
        HttpResponse<String> gone =
                call(cluster.node(1), bob, "DELETE", "/api/v1/me", "{\"password\":\"" + NodeExtension.PASSWORD + "\"}");
        assertThat(gone.statusCode()).isEqualTo(204);
        alice.receive("wallet", has(700));
    }

    @Test
    void topUp_sameKeyOnAnotherNode_creditsOnce() throws Exception {
        TestUser alice = cluster.userOn(cluster.node(0));
        JsonNode first = topUp(cluster.node(0), alice, 700, "k");
        assertThat(topUp(cluster.node(1), alice, 700, "k")).isEqualTo(first);
        assertThat(first.get("balance").asLong()).isEqualTo(700);
        HttpResponse<String> other = topUpCall(cluster.node(1), alice, 701, "k");
        assertThat(other.statusCode()).isEqualTo(409);
        HttpResponse<String> tooMuch = topUpCall(cluster.node(1), alice, 1_000_001, "l");
        assertThat(tooMuch.statusCode()).isEqualTo(400);
    }

    @Test
    void topUp_withoutProvider_isRejected() throws Exception {
        ClusterNode strict = cluster.start(Map.of("HONGYAN_WALLET_SANDBOX", "false"));
        try {
            TestUser alice = cluster.userOn(cluster.node(0));
            HttpResponse<String> refused = topUpCall(strict, alice, 700, "k");
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(JSON.readTree(refused.body()).get("reason").asText()).isEqualTo("wallet.no_provider");
            TestUser there = TestUser.connect(strict.client, alice.credentials());
            assertThat(there.ask("wallet.limits", Map.of()).get("sandbox").asBoolean())
                    .isFalse();
        } finally {
            strict.stop();
        }
    }

    @Test
    void adminPort_servesReports() throws Exception {
        JsonNode anomalies = report(cluster.node(0).app, "/wallet/anomalies");
        assertThat(anomalies.get("reports").findValuesAsText("name")).contains("circles", "top_up_bursts");
        assertThat(report(cluster.node(0).app, "/wallet/reconciliation").has("checks"))
                .isTrue();
    }

    private static JsonNode report(App app, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + app.adminPort() + path))
                .build();
        HttpResponse<String> answer = HTTP.send(request, BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static java.util.function.Predicate<JsonNode> has(long balance) {
        return wallet -> wallet.get("balance").asLong() == balance;
    }

    private static JsonNode topUp(ClusterNode node, TestUser user, long amount, String key) throws Exception {
        HttpResponse<String> answer = topUpCall(node, user, amount, key);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return JSON.readTree(answer.body());
    }

    private static HttpResponse<String> topUpCall(ClusterNode node, TestUser user, long amount, String key)
            throws Exception {
        String body =
                JSON.createObjectNode().put("amount", amount).put("key", key).toString();
        return call(node, user, "POST", "/api/v1/wallet/top-ups", body);
    }

    private static HttpResponse<String> call(ClusterNode node, TestUser user, String method, String path, String body)
            throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + node.app.port() + path);
        return HTTP.send(
                HttpRequest.newBuilder(uri)
                        .header("Authorization", "Bearer " + user.credentials().accessToken())
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }
}
