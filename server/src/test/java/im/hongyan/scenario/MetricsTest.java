package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.gateway.RawSocket;
import io.vertx.core.Promise;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The metrics exist, and change when what they count happens. */
class MetricsTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void frames_areCountedByTypeAndOutcome() throws Exception {
        TestUser alice = node.user();
        String ok = "hongyan_requests_seconds_count{outcome=\"ok\",type=\"conversation.list\"}";
        String refused = "hongyan_requests_seconds_count{outcome=\"forbidden\",type=\"conversation.get\"}";
        String unknown = "hongyan_requests_seconds_count{outcome=\"invalid\",type=\"unknown\"}";
        List<Double> before = values(ok, refused, unknown);
        alice.ask("conversation.list", Map.of());
        alice.refused("conversation.get", Map.of("conversation", alice.id()));
        alice.refused("no.such.type", Map.of());
        alice.refused("nor.this.one", Map.of());
        assertThat(values(ok, refused, unknown))
                .containsExactly(before.get(0) + 1, before.get(1) + 1, before.get(2) + 2);
        assertThat(metrics()).doesNotContain("no.such.type");
    }

    @Test
    void httpRequests_areCountedByRouteAndOutcome() throws Exception {
        String signIn = "hongyan_http_requests_seconds_count"
                + "{outcome=\"unauthenticated\",route=\"POST /sessions\",status=\"4xx\"}";
        String unknown = "hongyan_http_requests_seconds_count{outcome=\"not_found\",route=\"unknown\",status=\"4xx\"}";
        List<Double> before = values(signIn, unknown);
        post("/api/v1/sessions", "{\"username\":\"nobody-here\",\"password\":\"not this one\"}");
        post("/api/v1/something", "{}");
        assertThat(values(signIn, unknown)).containsExactly(before.get(0) + 1, before.get(1) + 1);
    }

    @Test
    void closeCodes_areCounted() throws Exception {
        String token = node.user().credentials().accessToken();
        String binary = "hongyan_sockets_closed_total{code=\"1003\"}";
        String other = "hongyan_sockets_closed_total{code=\"other\"}";
        List<Double> before = values(binary, other);
        try (RawSocket socket = RawSocket.open(node.app().port(), token)) {
            socket.write(RawSocket.frame(RawSocket.FIN | 2, new byte[1]));
            socket.readClose();
        }
        try (RawSocket socket = RawSocket.open(node.app().port(), token)) {
            socket.write(RawSocket.closeFrame(3999, "mine"));
            socket.readEnd();
        }
        assertThat(values(binary, other)).containsExactly(before.get(0) + 1, before.get(1) + 1);
    }

    @Test
    void lanes_areMeasured() throws Exception {
        TestUser alice = node.user();
        TestUser bob = node.user();
        String batches = "hongyan_log_batch_duration_seconds_count";
        double before = values(batches).get(0);
        alice.ask(
                "message.send",
                Map.of(
                        "conversation", alice.openWith(bob),
                        "clientId", TestUser.newClientId(),
                        "content", Map.of("type", "text", "text", "hello")));
        assertThat(values(batches).get(0)).isGreaterThan(before);
        assertThat(metrics())
                .contains("hongyan_log_queued{lane=\"0\"}")
                .contains("hongyan_log_queued{lane=\"1\"}")
                .contains("hongyan_log_batch_size_count");
    }

    @Test
    void connectionsInUse_areMeasured() throws Exception {
        String used = "hongyan_postgres_connections_used{pool=\"transactions\"}";
        assertThat(values(used)).containsExactly(0.0);
        TestUser alice = node.user();
        String group = alice.createGroup("geese");
        Promise<Void> release = Promise.promise();
        Promise<Void> locked = Promise.promise();
        var holder = node.stores().postgres().transaction(tx -> tx.query(
                        "LOCK TABLE conversation IN EXCLUSIVE MODE", io.vertx.sqlclient.Tuple.tuple())
                .compose(none -> {
                    locked.complete();
                    return release.future();
                }));
        await(locked.future());
        var renamed = alice.connection().request("group.rename", Map.of("conversation", group, "title", "swans"));
        // Polls, because the request is still on its way to the node.
        while (values(used).get(0) == 0.0) {
            assertThat(renamed.isComplete()).isFalse();
        }
        release.complete();
        await(holder);
        await(renamed);
        assertThat(values(used)).containsExactly(0.0);
        assertThat(metrics()).contains("hongyan_postgres_calls_waiting{pool=\"reads\"}");
    }

    /** 0 if there is none yet. */
    private List<Double> values(String... names) throws Exception {
        String text = metrics();
        return List.of(names).stream()
                .map(name -> text.lines()
                        .filter(line -> line.startsWith(name + " "))
                        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                        .findFirst()
                        .orElse(0))
                .toList();
    }

    private String metrics() throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + node.app().adminPort() + "/metrics");
        return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private void post(String path, String body) throws Exception {
        http.send(
                HttpRequest.newBuilder(node.uri().resolve(path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.discarding());
    }
}
