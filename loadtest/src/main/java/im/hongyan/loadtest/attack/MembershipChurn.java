package im.hongyan.loadtest.attack;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.ClientOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Removes a user from a group, writes a message and adds the user again, in a loop. Each round may add a window to the
 * user's row. Prints how long {@code sync} takes for this user and for an uninvolved one, before and during the loop,
 * and the reasons of refusals.
 */
public final class MembershipChurn {
    private static final int MAX_ROUNDS = 10_000;
    private static final int SAMPLES = 50;
    private static final int TIMEOUT_SECONDS = 60;

    private final List<ChatClient> clients = new ArrayList<>();
    private final Map<String, Integer> refusals = new TreeMap<>();
    private final String run = UUID.randomUUID().toString().substring(0, 8);

    private MembershipChurn() {}

    /** Arguments: the number of rounds, then the URL of each node; users connect to the nodes in turn. */
    public static void main(String[] args) {
        if (args.length < 2) {
            System.err.println("usage: MembershipChurn ROUNDS URL...");
            System.exit(2);
        }
        int rounds = Math.min(MAX_ROUNDS, Integer.parseInt(args[0]));
        Vertx vertx = Vertx.vertx();
        try {
            MembershipChurn churn = new MembershipChurn();
            for (int i = 1; i < args.length; i++) {
                churn.clients.add(new ChatClient(vertx, URI.create(args[i]), ClientOptions.defaults()));
            }
            churn.run(rounds);
        } finally {
            vertx.close();
        }
    }

    private record User(String id, ChatConnection connection) {}

    private void run(int rounds) {
        User attacker = user("attacker", 0);
        User victim = user("victim", 1);
        User honest = user("honest", 2);
        String group = group(attacker, victim);
        group(honest);
        measure("victim before", victim);
        measure("honest before", honest);
        List<Long> victimNanos = new ArrayList<>();
        List<Long> honestNanos = new ArrayList<>();
        Map<String, Object> members = Map.of("conversation", group, "users", List.of(victim.id));
        for (int round = 1; round <= rounds; round++) {
            attempt(attacker, "group.remove", members);
            attempt(
                    attacker,
                    "message.send",
                    Map.of(
                            "conversation",
                            group,
                            "clientId",
                            UUID.randomUUID().toString(),
                            "content",
                            Map.of("type", "text", "text", "round " + round)));
            attempt(attacker, "group.add", members);
            if (round % Math.max(1, rounds / SAMPLES) == 0) {
                victimNanos.add(sync(victim));
                honestNanos.add(sync(honest));
            }
        }
        print("victim during", victimNanos);
        print("honest during", honestNanos);
        measure("victim after", victim);
        measure("honest after", honest);
        System.out.println("refusals: " + refusals);
    }

    private User user(String name, int index) {
        ChatClient client = clients.get(index % clients.size());
        return get(client.register(name + run, "a long password " + run)
                .compose(credentials -> client.connect(credentials.accessToken(), (type, data) -> {})
                        .map(connection -> new User(credentials.user(), connection))));
    }

    private String group(User owner, User... others) {
        List<String> members = new ArrayList<>();
        for (User other : others) {
            members.add(other.id);
        }
        Map<String, Object> request =
                Map.of("clientId", UUID.randomUUID().toString(), "title", "churn", "members", members);
        return get(owner.connection.request("group.create", request))
                .at("/conversation/id")
                .asText();
    }

    private void attempt(User user, String type, Map<String, Object> request) {
        get(user.connection.request(type, request).<Object>map(answer -> answer).recover(failure -> {
            String reason = failure instanceof ChatError error ? type + " " + error.reason() : failure.toString();
            refusals.merge(reason, 1, Integer::sum);
            return Future.succeededFuture("refused");
        }));
    }

    /** A sync without a token, which reads every window of the user; counts a failure with the time that it took. */
    private long sync(User user) {
        long start = System.nanoTime();
        attempt(user, "sync", Map.of());
        return System.nanoTime() - start;
    }

    private void measure(String what, User user) {
        List<Long> nanos = new ArrayList<>();
        for (int i = 0; i < SAMPLES; i++) {
            nanos.add(sync(user));
        }
        print(what, nanos);
    }

    private static void print(String what, List<Long> nanos) {
        Collections.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "%-14s sync p50 %8.1f ms  p99 %8.1f ms%n",
                what,
                nanos.get(nanos.size() / 2) / 1e6,
                nanos.get(Math.max(0, (int) Math.ceil(nanos.size() * 0.99) - 1)) / 1e6);
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("no answer within " + TIMEOUT_SECONDS + " s", e);
        }
    }
}
