package im.hongyan.loadtest.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One user on each node, all in one group. What one sends must reach every other as a push. They do not sync or
 * repair, so that a broken route shows.
 */
final class Probes implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PUSH = Duration.ofMillis(1_500);

    private final Cluster cluster;
    private final List<Credentials> users;
    private final ChatConnection[] connections;
    /** The texts that have arrived, and the users who received them. */
    private final Set<String> arrived = ConcurrentHashMap.newKeySet();

    private String group;

    Probes(Cluster cluster) {
        this.cluster = cluster;
        this.users = cluster.users(cluster.nodes().size());
        this.connections = new ChatConnection[users.size()];
        connect();
    }

    private boolean connect() {
        for (int i = 0; i < connections.length; i++) {
            if (connections[i] == null || !connections[i].isOpen()) {
                int number = i;
                try {
                    connections[i] = Await.result(
                            cluster.clients()
                                    .get(i)
                                    .connect(users.get(i).accessToken(), (type, data) -> came(number, type, data)),
                            PATIENCE,
                            "a probe");
                } catch (ExperimentFailure e) {
                    return false;
                }
            }
        }
        return true;
    }

    private void came(int receiver, String type, JsonNode data) {
        if (type.equals("entry")) {
            arrived.add(data.at("/content/text").asText() + " " + receiver);
        }
    }

    /** @return the seconds until every user is reached from every node; NaN if that takes longer than allowed */
    double awaitRoutes(Duration atMost) {
        long began = System.nanoTime();
        return Await.until(this::reach, atMost) ? Await.seconds(began) : Double.NaN;
    }

    private boolean reach() {
        if (!connect()) {
            return false;
        }
        try {
            String round = UUID.randomUUID().toString();
            for (int from = 0; from < connections.length; from++) {
                say(from, round + " " + from);
            }
            return Await.until(() -> allCame(round), PUSH);
        } catch (ExperimentFailure e) {
            return false;
        }
    }

    private boolean allCame(String round) {
        for (int from = 0; from < connections.length; from++) {
            for (int to = 0; to < connections.length; to++) {
                if (from != to && !arrived.contains(round + " " + from + " " + to)) {
                    return false;
                }
            }
        }
        return true;
    }

    private void say(int from, String text) {
        if (group == null) {
            List<String> others = users.stream().skip(1).map(Credentials::user).toList();
            Map<String, Object> wanted = Map.of("clientId", text, "title", "probes", "members", others);
            group = ask(connections[0].request("group.create", wanted))
                    .at("/conversation/id")
                    .asText();
        }
        ask(connections[from].request(
                "message.send",
                Map.of("conversation", group, "clientId", text, "content", Map.of("type", "text", "text", text))));
    }

    private static JsonNode ask(Future<JsonNode> answer) {
        return Await.result(answer, PATIENCE, "a probe");
    }

    @Override
    public void close() {
        for (ChatConnection connection : connections) {
            if (connection != null) {
                connection.close();
            }
        }
    }
}
