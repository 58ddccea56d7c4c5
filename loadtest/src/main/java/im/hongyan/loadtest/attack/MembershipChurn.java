package im.hongyan.loadtest.attack;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.experiment.Cluster;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * One account removes a user from a group, writes a message and adds the user again, in a loop. Each round may add a
 * window to the user's row, which {@code sync} reads. Prints honest users' latencies and those of the victim's
 * {@code sync}, before, during and after the attack, on the last node. The attacker is on the first.
 *
 * <p>{@code scripts/attack membership --help} describes the options.
 */
public final class MembershipChurn implements AttackRun.Attack {
    private static final int MAX_ROUNDS = 10_000;
    private static final int WARM_UP_SECONDS = 15;

    private final int rounds;
    private final int seconds;
    private final Map<String, Integer> refused = new TreeMap<>();
    private int done;

    private MembershipChurn(int rounds, int seconds) {
        this.rounds = rounds;
        this.seconds = seconds;
    }

    public static void main(String... args) throws IOException {
        AttackRun.main(
                "attack membership",
                args,
                Set.of("rounds", "seconds"),
                arguments -> new MembershipChurn(
                        arguments.number("rounds", 2_600, 1, MAX_ROUNDS),
                        arguments.number("seconds", 90, 1, AttackRun.MAX_SECONDS)));
    }

    @Override
    public void run(Cluster cluster) {
        ChatClient first = cluster.clients().get(0);
        ChatClient last = cluster.clients().get(cluster.clients().size() - 1);
        ChatConnection attacker = HonestUser.connect(first, HonestUser.register(first, "attacker"));
        Credentials victim = HonestUser.register(last, "victim");
        ChatConnection victimSocket = HonestUser.connect(last, victim);
        String group = HonestUser.createGroup(attacker, List.of(victim.user()));

        Latencies latencies = new Latencies(cluster.vertx(), System.out);
        HonestUser.measureOn(last, latencies);
        latencies.add("victim sync", () -> victimSocket.request("sync", Map.of()));
        latencies.measure("warm-up", WARM_UP_SECONDS);
        latencies.measure("before", WARM_UP_SECONDS);

        Promise<Void> attack = Promise.promise();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        churn(attacker, group, victim.user(), end, attack);
        latencies.measure("during", () -> !attack.future().isComplete());
        latencies.measure("after", WARM_UP_SECONDS);
        System.out.printf("%d rounds; requests refused: %s%n", done, refused);
    }

    private void churn(ChatConnection attacker, String group, String victim, long end, Promise<Void> over) {
        if (done == rounds || System.nanoTime() > end || !attacker.isOpen()) {
            over.complete();
            return;
        }
        Map<String, Object> members = Map.of("conversation", group, "users", List.of(victim));
        attempt("group.remove", attacker.request("group.remove", members))
                .compose(removed -> attempt("message.send", HonestUser.send(attacker, group)))
                .compose(sent -> attempt("group.add", attacker.request("group.add", members)))
                .onComplete(added -> {
                    done++;
                    churn(attacker, group, victim, end, over);
                });
    }

    /** Never fails, but counts refusals. */
    private Future<?> attempt(String type, Future<?> request) {
        return request.onFailure(e -> refused.merge(type + " " + Latencies.reason(e), 1, Integer::sum))
                .otherwiseEmpty();
    }
}
