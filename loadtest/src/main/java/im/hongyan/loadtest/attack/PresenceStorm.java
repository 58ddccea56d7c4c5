package im.hongyan.loadtest.attack;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.experiment.Cluster;
import io.vertx.core.AsyncResult;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One account creates groups with the same 499 strangers, one after the other, and then watches their presence on four
 * sockets as fast as the server answers. Prints honest users' latencies before, during and after both, on the last
 * node. The attacker is on the first.
 *
 * <p>{@code scripts/attack presence --help} describes the options.
 */
public final class PresenceStorm implements AttackRun.Attack {
    private static final int STRANGERS = 499;
    private static final int SOCKETS = 4;
    private static final int MAX_GROUPS = 1_000;
    private static final int WARM_UP_SECONDS = 15;
    private static final long CREATE_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final long RETRY_MS = 50;

    private final int groups;
    private final int seconds;
    private final Map<String, Integer> answers = new TreeMap<>();

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
                        arguments.number("seconds", 30, 1, AttackRun.MAX_SECONDS)));
    }

    @Override
    public void run(Cluster cluster) {
        List<Credentials> users = cluster.users(STRANGERS + 1);
        ChatClient first = cluster.clients().get(0);
        List<String> strangers = users.stream().skip(1).map(Credentials::user).toList();
        List<ChatConnection> sockets = new ArrayList<>();
        for (int i = 0; i < SOCKETS; i++) {
            sockets.add(HonestUser.connect(first, users.get(0)));
        }
        Latencies latencies = new Latencies(cluster.vertx(), System.out);
        HonestUser.measureOn(cluster.clients().get(cluster.clients().size() - 1), latencies);
        latencies.measure("warm-up", WARM_UP_SECONDS);
        latencies.measure("before", seconds);

        Promise<Void> created = Promise.promise();
        createGroups(groups, sockets.get(0), strangers, System.nanoTime() + CREATE_NANOS, created);
        latencies.measure("creating", () -> !created.future().isComplete());
        AtomicBoolean attacking = new AtomicBoolean(true);
        sockets.forEach(socket -> watch(cluster, socket, strangers, attacking));
        latencies.measure("watching", seconds);
        attacking.set(false);
        latencies.measure("after", WARM_UP_SECONDS);
        counts().forEach((what, count) -> System.out.println(count + " " + what));
    }

    /** Tries to create all groups, one after the other, whatever the server answers. Ends after two minutes. */
    private void createGroups(
            int left, ChatConnection socket, List<String> strangers, long end, Promise<Void> created) {
        if (left == 0 || System.nanoTime() > end || !socket.isOpen()) {
            created.complete();
            return;
        }
        HonestUser.groupCreated(socket, strangers).onComplete(answer -> {
            count("group.create", answer);
            createGroups(left - 1, socket, strangers, end, created);
        });
    }

    /** Sends the next request when the last is answered, and after 50 ms if it is refused. */
    private void watch(Cluster cluster, ChatConnection socket, List<String> strangers, AtomicBoolean attacking) {
        if (!attacking.get() || !socket.isOpen()) {
            return;
        }
        socket.request("presence.watch", Map.of("users", strangers)).onComplete(answer -> {
            count("presence.watch", answer);
            if (answer.succeeded()) {
                watch(cluster, socket, strangers, attacking);
            } else {
                cluster.vertx().setTimer(RETRY_MS, timer -> watch(cluster, socket, strangers, attacking));
            }
        });
    }

    private synchronized void count(String type, AsyncResult<?> answer) {
        String what = answer.succeeded() ? " answered" : " refused: " + Latencies.reason(answer.cause());
        answers.merge(type + what, 1, Integer::sum);
    }

    private synchronized Map<String, Integer> counts() {
        return new TreeMap<>(answers);
    }
}
