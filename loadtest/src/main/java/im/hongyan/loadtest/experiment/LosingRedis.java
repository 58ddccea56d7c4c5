package im.hongyan.loadtest.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The present is lost: all of it, or one route. */
final class LosingRedis {
    private static final Duration CATCH_UP = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Longer than any renewal, to see when it comes if it comes. */
    private static final Duration SILENCE = Duration.ofSeconds(100);

    private static final double REBUILT_SECONDS = 5;
    private static final double LATEST_PUSH_SECONDS = 15;

    private LosingRedis() {}

    static Outcome lose(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("9");
        try (Flock flock = Flock.gather(cluster, scale.people()).groups(scale.groups(), scale.groupSize())) {
            awaitRebuilt(cluster, flock);
            flock.flood(scale.rate());
            Await.pause(scale.calm());
            try (RedisLine redis = RedisLine.open(cluster.redisUrl())) {
                redis.send("FLUSHALL");
            }
            outcome.atMost(
                    "emptied: presence and routes back after", awaitRebuilt(cluster, flock), REBUILT_SECONDS, "s");
            Await.pause(scale.calm().dividedBy(2));
            Commands.run("kill", "-KILL", Long.toString(cluster.redisPid()));
            Await.pause(Duration.ofMillis(100));
            Await.require(() -> RedisLine.answers(cluster.redisUrl()), PATIENCE, "Redis being back");
            outcome.atMost(
                    "killed: presence and routes back after", awaitRebuilt(cluster, flock), REBUILT_SECONDS, "s");
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

    /** @return seconds until everybody has a route, and is online in the eyes of somebody on each node */
    private static double awaitRebuilt(Cluster cluster, Flock flock) {
        long began = System.nanoTime();
        boolean rebuilt =
                Await.until(() -> routes(cluster) >= flock.geese().size() && allOnline(cluster, flock), PATIENCE);
        return rebuilt ? Await.seconds(began) : Double.NaN;
    }

    private static int routes(Cluster cluster) {
        try (RedisLine redis = RedisLine.open(cluster.redisUrl())) {
            return redis.send("KEYS", "hongyan:routes:*").size();
        } catch (ExperimentFailure e) {
            return 0;
        }
    }

    private static boolean allOnline(Cluster cluster, Flock flock) {
        for (Node node : cluster.nodes()) {
            for (Map.Entry<Goose, ChatConnection> asks :
                    flock.on(node.number()).entrySet().stream().limit(1).toList()) {
                // Only those who share a conversation are told.
                Map<String, List<String>> friends = Map.of("users", flock.friends(asks.getKey()));
                Map<String, Boolean> online = new HashMap<>();
                try {
                    JsonNode answer = Await.result(
                            asks.getValue().request("presence.watch", friends), Duration.ofSeconds(5), "presence");
                    answer.path("presence")
                            .forEach(state -> online.put(
                                    state.path("user").asText(),
                                    state.path("online").asBoolean()));
                } catch (ExperimentFailure e) {
                    return false;
                }
                if (online.isEmpty() || online.containsValue(false)) {
                    return false;
                }
            }
        }
        return true;
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
            String key = "hongyan:routes:{" + user + "}";
            List<String> connections = redis.send("HKEYS", key);
            connections.forEach(connection -> redis.send("HDEL", key, connection));
            return connections.size();
        }
    }
}
