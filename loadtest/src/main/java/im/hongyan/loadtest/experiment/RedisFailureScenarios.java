package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.client.ChatConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Scenarios in which Redis loses everything, or one route. */
final class RedisFailureScenarios {
    private static final Duration CATCH_UP = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    /** Longer than any renewal, to measure when the renewal happens. */
    private static final Duration SILENCE = Duration.ofSeconds(100);

    private static final double REBUILT_SECONDS = 5;
    private static final double LATEST_PUSH_SECONDS = 15;

    private RedisFailureScenarios() {}

    static Outcome lose(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("9");
        try (SimulatedUsers users = SimulatedUsers.gather(cluster, scale.users())
                .groups(scale.groups(), scale.groupSize())
                .readGroups()) {
            requireRoutes(outcome, "before", cluster, users);
            users.startSending(scale.rate());
            Await.pause(scale.calm());
            try (RedisConnection redis = RedisConnection.open(cluster.redisUrl())) {
                redis.send("FLUSHALL");
            }
            requireRoutes(outcome, "emptied", cluster, users);
            Await.pause(scale.calm().dividedBy(2));
            Commands.run("kill", "-KILL", Long.toString(cluster.redisPid()));
            Await.pause(Duration.ofMillis(100));
            Await.require(() -> RedisConnection.answers(cluster.redisUrl()), PATIENCE, "Redis is back");
            requireRoutes(outcome, "killed", cluster, users);
            Await.pause(scale.calm());
            users.stopSending();
            users.awaitOutcomes(CATCH_UP);
            outcome.must(
                    users.awaitAllShown(Duration.ofSeconds(20)) == 0, "all entries shown without a request to sync");
            double slowest = users.latencies().slowestSeconds();
            outcome.judge(users, users.judge(CATCH_UP));
            outcome.atMost("slowest push", slowest, LATEST_PUSH_SECONDS, "s");
            outcome.must(users.failed() == 0, "no send failed");
        }
        return outcome;
    }

    /** Requires that all users have a route and are shown as online by each node, soon enough. */
    private static void requireRoutes(Outcome outcome, String when, Cluster cluster, SimulatedUsers users) {
        long began = System.nanoTime();
        boolean whole = Await.until(() -> lacking(cluster, users).isEmpty(), PATIENCE);
        outcome.atMost(
                when + ": presence and routes complete after",
                whole ? Await.seconds(began) : Double.NaN,
                REBUILT_SECONDS,
                "s");
        if (!whole) {
            outcome.figure("lacking %s: %s", when, lacking(cluster, users));
        }
    }

    /** The users without a route, and the users that some node shows as offline. */
    private static List<String> lacking(Cluster cluster, SimulatedUsers users) {
        List<String> lacking = new ArrayList<>();
        try (RedisConnection redis = RedisConnection.open(cluster.redisUrl())) {
            List<String> keys = redis.send("KEYS", "hongyan:routes:*");
            users.all().stream()
                    .filter(simulatedUser -> !keys.contains(routes(simulatedUser.user())))
                    .forEach(simulatedUser -> lacking.add("the route of " + simulatedUser.name()));
        } catch (ExperimentFailure e) {
            lacking.add("Redis: " + e.getMessage());
        }
        for (Node node : cluster.nodes()) {
            users.on(node.number()).entrySet().stream()
                    .limit(1)
                    .forEach(asks -> lacking.addAll(offline(node, asks.getKey(), asks.getValue(), users)));
        }
        return lacking;
    }

    private static List<String> offline(
            Node node, SimulatedUser asks, ChatConnection connection, SimulatedUsers users) {
        // Presence is shown only of users who take part in a shared conversation.
        List<String> friends = users.friends(asks);
        Set<String> unseen = new HashSet<>(friends);
        try {
            Await.result(connection.request("presence.watch", Map.of("users", friends)), ANSWER, "presence")
                    .path("presence")
                    .forEach(state -> {
                        if (state.path("online").asBoolean()) {
                            unseen.remove(state.path("user").asText());
                        }
                    });
        } catch (ExperimentFailure e) {
            return List.of("an answer of " + node.name() + " to " + asks.name() + ": " + e.getMessage());
        }
        if (friends.isEmpty()) {
            return List.of("friends of " + asks.name());
        }
        return unseen.stream()
                .map(user -> user + " as seen by " + asks.name() + " on " + node.name())
                .toList();
    }

    private static String routes(String user) {
        return "hongyan:routes:{" + user + "}";
    }

    /** The directory has lost a user's route, as after a failover to a Redis that latencies behind. */
    static Outcome loseRoute(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("21c");
        try (SimulatedUsers users = SimulatedUsers.gather(cluster, 6).groups(1, 6)) {
            double slowest = 0;
            for (int round = 0; round < scale.rounds(); round++) {
                List<SimulatedUser> here = new ArrayList<>(users.on(1).keySet());
                List<SimulatedUser> there = new ArrayList<>(users.on(2).keySet());
                if (here.isEmpty() || there.isEmpty()) {
                    throw new ExperimentFailure("no client on one of the nodes");
                }
                SimulatedUser lost = there.get(0);
                int removed = removeRoutes(cluster, lost.user());
                users.latencies().resetSlowest();
                users.say(here.get(0), lost);
                int lacking = users.awaitAllShown(SILENCE);
                outcome.must(removed > 0 && lacking == 0, "all clients have it, with " + removed + " route missing");
                slowest = Math.max(slowest, users.latencies().slowestSeconds());
            }
            outcome.judge(users, users.judge(CATCH_UP));
            outcome.atMost("slowest push", slowest, LATEST_PUSH_SECONDS, "s");
        }
        return outcome;
    }

    private static int removeRoutes(Cluster cluster, String user) {
        try (RedisConnection redis = RedisConnection.open(cluster.redisUrl())) {
            String key = routes(user);
            List<String> connections = redis.send("HKEYS", key);
            connections.forEach(connection -> redis.send("HDEL", key, connection));
            return connections.size();
        }
    }
}
