package im.hongyan.loadtest.attack;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.experiment.Cluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One account creates groups with the same 499 strangers and watches their presence on four sockets as fast as the
 * server answers. Prints honest users' latencies before, during and after the attack, on the last node. The attacker
 * is on the first.
 *
 * <p>{@code scripts/attack presence --help} describes the options.
 */
public final class PresenceStorm {
    private static final int STRANGERS = 499;
    private static final int SOCKETS = 4;
    private static final int MAX_GROUPS = 1_000;
    private static final int WARM_UP_SECONDS = 15;
    private static final long CREATE_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final long RETRY_MS = 50;

    private final int groups;
    private final int seconds;
    private final AtomicInteger answered = new AtomicInteger();
    private final Map<String, Integer> refused = new TreeMap<>();

    private PresenceStorm(int groups, int seconds) {
        this.groups = groups;
        this.seconds = seconds;
    }

    public static void main(String... args) throws IOException {
        AttackRun.main(
                "attack presence",
                args,
                Set.of("groups", "seconds"),
                arguments -> new PresenceStorm(
                        arguments.number("groups", 400, 1, MAX_GROUPS),
                        arguments.number("seconds", 30, 1, AttackRun.MAX_SECONDS))::run);
    }

    private void run(Cluster cluster) {
        List<Credentials> users = cluster.users(STRANGERS + 1);
        ChatClient first = cluster.clients().get(0);
        List<String> strangers = users.stream().skip(1).map(Credentials::user).toList();
        List<ChatConnection> sockets = new ArrayList<>();
        for (int i = 0; i < SOCKETS; i++) {
            sockets.add(HonestUser.connect(first, users.get(0)));
        }
        createGroups(sockets.get(0), strangers);

        Latencies latencies = new Latencies(cluster.vertx());
        HonestUser.measureOn(cluster.clients().get(cluster.clients().size() - 1), latencies);
        latencies.measure("warm-up", WARM_UP_SECONDS);
        latencies.measure("before", seconds);
        AtomicBoolean attacking = new AtomicBoolean(true);
        sockets.forEach(socket -> watch(cluster, socket, strangers, attacking));
        latencies.measure("during", seconds);
        attacking.set(false);
        latencies.measure("after", WARM_UP_SECONDS);
        System.out.printf("presence.watch: %d answered; refused: %s%n", answered.get(), refused());
    }

    /** Tries to create all groups, whatever the server answers. Ends after two minutes. */
    private void createGroups(ChatConnection socket, List<String> strangers) {
        long end = System.nanoTime() + CREATE_NANOS;
        int created = 0;
        Map<String, Integer> failures = new TreeMap<>();
        for (int i = 0; i < groups && System.nanoTime() < end; i++) {
            try {
                HonestUser.createGroup(socket, strangers);
                created++;
            } catch (RuntimeException e) {
                failures.merge(Latencies.reason(e), 1, Integer::sum);
            }
        }
        System.out.printf(
                "%d of %d groups with the same %d strangers; refused: %s%n", created, groups, STRANGERS, failures);
    }

    /** Sends the next request when the last is answered, and after 50 ms if it is refused. */
    private void watch(Cluster cluster, ChatConnection socket, List<String> strangers, AtomicBoolean attacking) {
        if (!attacking.get() || !socket.isOpen()) {
            return;
        }
        socket.request("presence.watch", Map.of("users", strangers)).onComplete(answer -> {
            if (answer.succeeded()) {
                answered.incrementAndGet();
                watch(cluster, socket, strangers, attacking);
            } else {
                count(answer.cause());
                cluster.vertx().setTimer(RETRY_MS, timer -> watch(cluster, socket, strangers, attacking));
            }
        });
    }

    private synchronized void count(Throwable failure) {
        refused.merge(Latencies.reason(failure), 1, Integer::sum);
    }

    private synchronized String refused() {
        return refused.toString();
    }
}
