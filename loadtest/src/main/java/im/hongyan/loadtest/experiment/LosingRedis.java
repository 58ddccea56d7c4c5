package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.client.ChatConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The present is lost: all of it, or one route. */
final class LosingRedis {
    private static final Duration CATCH_UP = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    /** Longer than any renewal, to see when it comes if it comes. */
    private static final Duration SILENCE = Duration.ofSeconds(100);

    private static final double REBUILT_SECONDS = 5;
    private static final double LATEST_PUSH_SECONDS = 15;

    private LosingRedis() {}

    static Outcome lose(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("9");
        try (Flock flock = Flock.gather(cluster, scale.people()).groups(scale.groups(), scale.groupSize())) {
            mustBeWhole(outcome, "before", cluster, flock);
            flock.flood(scale.rate());
            Await.pause(scale.calm());
            try (RedisLine redis = RedisLine.open(cluster.redisUrl())) {
                redis.send("FLUSHALL");
            }
            mustBeWhole(outcome, "emptied", cluster, flock);
            Await.pause(scale.calm().dividedBy(2));
            Commands.run("kill", "-KILL", Long.toString(cluster.redisPid()));
            Await.pause(Duration.ofMillis(100));
            Await.require(() -> RedisLine.answers(cluster.redisUrl()), PATIENCE, "Redis being back");
            mustBeWhole(outcome, "killed", cluster, flock);
            Await.pause(scale.calm());
            flock.hush();
            flock.awaitOutcomes(CATCH_UP);
            outcome.must(flock.awaitAllShown(Duration.ofSeconds(20)) == 0, "all shown without being asked");
            double slowest = flock.lags().slowestSeconds();
            outcome.judge(flock, flock.judge(CATCH_UP));
            outcome.atMost("slowest push", slowest, LATEST_PUSH_SECONDS, "s");
            outcome.must(flock.failed() == 0, "no send failed");
        }
        return outcome;
    }

    /** That everybody has a route, and is online in the eyes of somebody on each node, soon enough. */
    private static void mustBeWhole(Outcome outcome, String when, Cluster cluster, Flock flock) {
        long began = System.nanoTime();
        boolean whole = Await.until(() -> lacking(cluster, flock).isEmpty(), PATIENCE);
        outcome.atMost(
                when + ": presence and routes whole after",
                whole ? Await.seconds(began) : Double.NaN,
                REBUILT_SECONDS,
                "s");
        if (!whole) {
            outcome.figure("lacking %s: %s", when, lacking(cluster, flock));
        }
    }

    /** Whose route is missing, and who is offline in the eyes of somebody on a node. */
    private static List<String> lacking(Cluster cluster, Flock flock) {
        List<String> lacking = new ArrayList<>();
        try (RedisLine redis = RedisLine.open(cluster.redisUrl())) {
            List<String> keys = redis.send("KEYS", "hongyan:routes:*");
            flock.geese().stream()
                    .filter(goose -> !keys.contains(routes(goose.user())))
                    .forEach(goose -> lacking.add("the route of " + goose.name()));
        } catch (ExperimentFailure e) {
            lacking.add("Redis: " + e.getMessage());
        }
        for (Node node : cluster.nodes()) {
            flock.on(node.number()).entrySet().stream()
                    .limit(1)
                    .forEach(asks -> lacking.addAll(offline(node, asks.getKey(), asks.getValue(), flock)));
        }
        return lacking;
    }

    private static List<String> offline(Node node, Goose asks, ChatConnection connection, Flock flock) {
        // Only those who share a conversation are told.
        List<String> friends = flock.friends(asks);
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
                .map(user -> user + " in the eyes of " + asks.name() + " on " + node.name())
                .toList();
    }

    private static String routes(String user) {
        return "hongyan:routes:{" + user + "}";
    }

    /** The directory has forgotten how somebody is reached, as after a failover to a Redis that lags behind. */
    static Outcome loseRoute(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("21c");
        try (Flock flock = Flock.gather(cluster, 6).groups(1, 6)) {
            double slowest = 0;
            for (int round = 0; round < scale.rounds(); round++) {
                List<Goose> here = new ArrayList<>(flock.on(1).keySet());
                List<Goose> there = new ArrayList<>(flock.on(2).keySet());
                if (here.isEmpty() || there.isEmpty()) {
                    throw new ExperimentFailure("nobody on one of the nodes");
                }
                Goose lost = there.get(0);
                int removed = removeRoutes(cluster, lost.user());
                flock.lags().forgetSlowest();
                flock.say(here.get(0), lost);
                int lacking = flock.awaitAllShown(SILENCE);
                outcome.must(removed > 0 && lacking == 0, "everybody has it, with " + removed + " route less");
                slowest = Math.max(slowest, flock.lags().slowestSeconds());
            }
            outcome.judge(flock, flock.judge(CATCH_UP));
            outcome.atMost("slowest push", slowest, LATEST_PUSH_SECONDS, "s");
        }
        return outcome;
    }

    private static int removeRoutes(Cluster cluster, String user) {
        try (RedisLine redis = RedisLine.open(cluster.redisUrl())) {
            String key = routes(user);
            List<String> connections = redis.send("HKEYS", key);
            connections.forEach(connection -> redis.send("HDEL", key, connection));
            return connections.size();
        }
    }
}
