package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.App;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several nodes with users who are connected to different ones. */
class ClusterTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    static final ClusterExtension cluster = new ClusterExtension(3);

    @Test
    void push_reachesAllDevicesOfAllMembers() throws Exception {
        List<TestUser> devices = new ArrayList<>();
        List<TestUser> users = new ArrayList<>();
        for (Credentials credentials : cluster.accounts(4)) {
            for (ClusterNode node : cluster.nodes()) {
                devices.add(TestUser.connect(node.client, credentials));
            }
            users.add(devices.get(devices.size() - 1));
        }
        String group = users.get(0).createGroup("geese", users.get(1), users.get(2), users.get(3));
        for (int i = 0; i < 30; i++) {
            devices.get(i % devices.size()).say(group, "text " + i);
        }

        for (TestUser device : devices) {
            for (int i = 0; i < 30; i++) {
                String text = "text " + i;
                device.receive(
                        "entry", entry -> entry.at("/content/text").asText().equals(text));
            }
        }
    }

    /** One directory lookup, one message per node and one encoding, however many members there are. */
    @Test
    void fanOut_sendsOneMessagePerNode() throws Exception {
        TestUser alice = cluster.userOn(cluster.node(0));
        List<TestUser> others = cluster.users(60);
        String group = alice.createGroup("geese", others.toArray(TestUser[]::new));
        for (TestUser user : others) {
            user.receiveEntry(group, 1);
        }
        ClusterNode own = cluster.node(0);
        double looks = metric(own, "hongyan_directory_lookups_total");
        double messages = metric(own, "hongyan_cluster_messages_sent_total{type=\"entry\"}");
        double encoded = encodings();

        for (int i = 0; i < 10; i++) {
            long seq = alice.say(group, "text " + i);
            for (TestUser user : others) {
                user.receiveEntry(group, seq);
            }
        }

        assertThat(metric(own, "hongyan_directory_lookups_total") - looks).isEqualTo(10);
        assertThat(metric(own, "hongyan_cluster_messages_sent_total{type=\"entry\"}") - messages)
                .isEqualTo(20);
        assertThat(encodings() - encoded).isEqualTo(10);
    }

    private static double encodings() throws Exception {
        double all = 0;
        for (ClusterNode node : cluster.nodes()) {
            all += metric(node, "hongyan_frames_encoded_total");
        }
        return all;
    }

    @Test
    void sixthSocketOfSession_closesOldestOnAnyNode() throws Exception {
        Credentials alice = cluster.accounts(1).get(0);
        List<TestUser> sockets = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            sockets.add(TestUser.connect(cluster.node(i % 3).client, alice));
        }

        assertThat(await(sockets.get(0).connection().closed()).code()).isEqualTo(4002);
        for (TestUser rest : sockets.subList(1, 6)) {
            rest.ask("ping", Map.of());
        }
    }

    @Test
    void revokedSession_isClosedOnAllNodes() throws Exception {
        Credentials alice = cluster.accounts(1).get(0);
        List<TestUser> sockets = new ArrayList<>();
        for (ClusterNode node : cluster.nodes()) {
            sockets.add(TestUser.connect(node.client, alice));
        }
        HttpRequest signOut = HttpRequest.newBuilder(cluster.node(0).uri().resolve("/api/v1/sessions/current"))
                .header("Authorization", "Bearer " + alice.accessToken())
                .DELETE()
                .build();
        HttpClient.newHttpClient().send(signOut, BodyHandlers.discarding());

        for (TestUser socket : sockets) {
            assertThat(await(socket.connection().closed()).code()).isEqualTo(4001);
        }
    }

    @Test
    void presence_coversAllNodes() throws Exception {
        TestUser alice = cluster.userOn(cluster.node(0));
        TestUser bob = cluster.userOn(cluster.node(1));
        TestUser bobElsewhere = TestUser.connect(cluster.node(2).client, bob.credentials());
        bob.say(alice.createGroup("geese", bob), "honk");
        JsonNode now = alice.ask("presence.watch", Map.of("users", List.of(bob.id())));
        assertThat(now.at("/presence/0/online").asBoolean()).isTrue();

        await(bob.connection().close());
        await(bobElsewhere.connection().close());

        JsonNode gone = alice.receive("presence", state -> !state.get("online").asBoolean());
        assertThat(gone.get("user").asText()).isEqualTo(bob.id());
        TestUser.connect(cluster.node(1).client, bob.credentials());
        alice.receive("presence", state -> state.get("online").asBoolean());
    }

    /** Redis loses the directory for a moment; clients that missed pushes get {@code sync.required}. */
    @Test
    void flushedDirectory_isRebuiltAndPushesAreRecovered() throws Exception {
        TestUser alice = cluster.userOn(cluster.node(0));
        TestUser bob = cluster.userOn(cluster.node(1));
        String talk = alice.openWith(bob);
        await(cluster.stores().redis().send(Request.cmd(Command.FLUSHDB)));
        alice.say(talk, "perhaps not pushed");
        bob.receive("sync.required", any -> true);

        long seq = alice.say(talk, "pushed again");
        bob.receiveEntry(talk, seq);
    }

    /** Only the nodes of this test leave; the others keep running. */
    @Test
    void leavingNode_movesSocketsAndLosesNothing() throws Exception {
        ClusterNode fourth = cluster.add();
        TestUser alice = cluster.userOn(cluster.node(0));
        TestUser bob = cluster.userOn(fourth);
        String talk = alice.openWith(bob);
        bob.receiveEntry(talk, alice.say(talk, "one"));

        cluster.remove(fourth);

        assertThat(await(bob.connection().closed()).code()).isEqualTo(1012);
        alice.say(talk, "two");
        TestUser back = TestUser.connect(cluster.node(1).client, bob.credentials());
        assertThat(back.ask("entries.read", Map.of("conversation", talk)).get("entries"))
                .hasSize(2);
        back.receiveEntry(talk, alice.say(talk, "three"));
    }

    /** A metric's value; 0 if there is no such series yet. */
    static double metric(ClusterNode node, String name) throws IOException, InterruptedException {
        return metric(node.app, name);
    }

    static double metric(App app, String name) throws IOException, InterruptedException {
        URI metrics = URI.create("http://127.0.0.1:" + app.adminPort() + "/metrics");
        return HTTP.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }
}
