package im.hongyan.loadtest.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** Scenarios of group calls. */
final class CallScenarios {
    static final Map<String, String> SETTINGS = Map.of("HONGYAN_CALL_RECONNECT_SECONDS", "15");

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** The reconnect time, and what it takes to notice that a node is gone. */
    private static final Duration GRACE = Duration.ofSeconds(60);

    private static final int JOINERS = 50;
    private static final int MAX_PARTICIPANTS = 9;

    private CallScenarios() {}

    /** One device of a user. It records the largest number of participants that it was ever told. */
    private static final class Caller {
        private final Credentials who;
        private final AtomicInteger largest;
        private ChatConnection connection;
        /** The answer to a join; null if it was refused or lost. */
        private JsonNode joined;

        Caller(Credentials who, AtomicInteger largest) {
            this.who = who;
            this.largest = largest;
        }

        void connect(Cluster cluster, int node) {
            connection = Await.result(
                    cluster.client(node).connect(who.accessToken(), this::pushed), PATIENCE, "a caller's socket");
        }

        private void pushed(String type, JsonNode data) {
            if (type.equals("call.state")) {
                largest.accumulateAndGet(in(data).size(), Math::max);
            }
        }

        JsonNode ask(String type, Map<String, ?> data) {
            return Await.result(connection.request(type, data), PATIENCE, type);
        }

        /** Completes with {@code ok}, the reason of the refusal, or {@code no answer}. */
        Future<String> join(String call) {
            return connection
                    .request("call.join", Map.of("call", call))
                    .map(answer -> {
                        joined = answer;
                        largest.accumulateAndGet(in(answer).size(), Math::max);
                        return "ok";
                    })
                    .otherwise(e -> e instanceof ChatError refused ? refused.reason() : "no answer");
        }

        void resume(Cluster cluster, int node) {
            connect(cluster, node);
            ask(
                    "call.resume",
                    Map.of(
                            "call", joined.get("call"),
                            "participant", joined.get("participant"),
                            "resumeToken", joined.get("resumeToken")));
        }

        String participant() {
            return joined.get("participant").asText();
        }
    }

    /** The ids of the participants that hold a place. */
    private static Set<String> in(JsonNode snapshot) {
        Set<String> in = new HashSet<>();
        for (JsonNode one : snapshot.path("participants")) {
            if (Set.of("joined", "reconnecting").contains(one.path("state").asText())) {
                in.add(one.get("participant").asText());
            }
        }
        return in;
    }

    /**
     * Fifty users join at once, and a node is killed after the first of them is in. Of the participants of that node,
     * every other one resumes on another node.
     */
    static Outcome join(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("19");
        Random random = new Random(scale.seed());
        for (int round = 0; round < scale.rounds(); round++) {
            int victim = 1 + round % cluster.nodes().size();
            new Join(cluster, outcome, victim, Duration.ofMillis(random.nextInt(30))).run();
            cluster.mend();
        }
        return outcome;
    }

    /** One round. The host is on another node than the one that dies. */
    private static final class Join {
        private final Cluster cluster;
        private final Outcome outcome;
        private final int victim;
        private final int other;
        private final Duration delay;
        private final AtomicInteger largest = new AtomicInteger();
        private final List<Caller> callers = new ArrayList<>();
        private final List<Caller> dying = new ArrayList<>();
        private final Caller host;
        private String call;

        Join(Cluster cluster, Outcome outcome, int victim, Duration delay) {
            this.cluster = cluster;
            this.outcome = outcome;
            this.victim = victim;
            this.other = 1 + victim % cluster.nodes().size();
            this.delay = delay;
            List<Credentials> users = cluster.users(JOINERS + 1);
            host = caller(users.get(0), other);
            for (int i = 1; i <= JOINERS; i++) {
                int node = 1 + i % cluster.nodes().size();
                Caller caller = caller(users.get(i), node);
                callers.add(caller);
                if (node == victim) {
                    dying.add(caller);
                }
            }
        }

        private Caller caller(Credentials who, int node) {
            Caller caller = new Caller(who, largest);
            caller.connect(cluster, node);
            return caller;
        }

        void run() {
            start();
            Set<String> survivors = joinAndKill();
            Set<String> stay = resumeEveryOther(survivors);
            outcome.must(
                    Await.until(() -> members().equals(stay), GRACE),
                    stay.size() + " stay, and the others leave after the grace period");
            fillAgain();
            outcome.must(largest.get() <= MAX_PARTICIPANTS, "nobody was ever told of more than nine");
            host.ask("call.end", Map.of("call", call));
            outcome.must(Await.until(this::isGone, GRACE), "nothing is left in Redis");
            callers.forEach(caller -> caller.connection.cut());
            host.connection.cut();
        }

        private void start() {
            List<String> members =
                    callers.stream().map(caller -> caller.who.user()).toList();
            String group = host.ask(
                            "group.create",
                            Map.of("clientId", UUID.randomUUID().toString(), "title", "Callers", "members", members))
                    .at("/conversation/id")
                    .asText();
            Map<String, Object> start = Map.of(
                    "conversation",
                    group,
                    "clientId",
                    UUID.randomUUID().toString(),
                    "media",
                    "video",
                    "invite",
                    List.of());
            host.joined = host.ask("call.start", start);
            call = host.joined.get("call").asText();
        }

        /** @return the participants on the other nodes */
        private Set<String> joinAndKill() {
            List<Future<String>> joins =
                    callers.stream().map(caller -> caller.join(call)).toList();
            Await.result(Future.any(joins), PATIENCE, "the first join");
            Await.pause(delay);
            cluster.node(victim).process().kill();
            Await.result(Future.join(joins), PATIENCE, "the joins");
            Set<String> survivors = new HashSet<>(Set.of(host.participant()));
            Set<String> answers = new HashSet<>();
            int lost = 0;
            for (int i = 0; i < JOINERS; i++) {
                Caller caller = callers.get(i);
                String answer = joins.get(i).result();
                if (dying.contains(caller)) {
                    lost += answer.equals("no answer") ? 1 : 0;
                } else {
                    answers.add(answer);
                    if (caller.joined != null) {
                        survivors.add(caller.participant());
                    }
                }
            }
            outcome.must(Set.of("ok", "call.full").containsAll(answers), "the others are admitted or told " + answers);
            outcome.must(members().size() == MAX_PARTICIPANTS, "exactly nine are in");
            outcome.figure("%d of them on %s, %d joins lost", MAX_PARTICIPANTS - survivors.size(), victim, lost);
            return survivors;
        }

        /** @return the participants that must stay */
        private Set<String> resumeEveryOther(Set<String> survivors) {
            Set<String> stay = new HashSet<>(survivors);
            List<Caller> lost =
                    dying.stream().filter(caller -> caller.joined != null).toList();
            for (int i = 0; i < lost.size(); i += 2) {
                lost.get(i).resume(cluster, other);
                stay.add(lost.get(i).participant());
            }
            return stay;
        }

        /** The free places go to the users who were refused, and no more. */
        private void fillAgain() {
            int free = MAX_PARTICIPANTS - members().size();
            List<Future<String>> joins = callers.stream()
                    .filter(caller -> caller.joined == null && !dying.contains(caller))
                    .map(caller -> caller.join(call))
                    .toList();
            Await.result(Future.join(joins), PATIENCE, "joining again");
            long admitted =
                    joins.stream().filter(join -> join.result().equals("ok")).count();
            outcome.must(
                    admitted == free && members().size() == MAX_PARTICIPANTS,
                    free + " free places are taken (" + admitted + " admitted)");
        }

        private Set<String> members() {
            JsonNode state = host.ask("call.get", Map.of("call", call));
            Set<String> in = in(state);
            largest.accumulateAndGet(in.size(), Math::max);
            return in;
        }

        private boolean isGone() {
            try (RedisConnection redis = RedisConnection.open(cluster.redisUrl())) {
                return redis.send("KEYS", "hongyan:call:*").isEmpty();
            }
        }
    }
}
