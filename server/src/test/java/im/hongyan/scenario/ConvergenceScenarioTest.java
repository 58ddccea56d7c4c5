package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.loadtest.client.Ack;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.RandomFaults;
import im.hongyan.loadtest.client.SyncOptions;
import im.hongyan.loadtest.client.SyncingClient;
import im.hongyan.loadtest.history.History;
import im.hongyan.loadtest.history.HistoryChecker;
import im.hongyan.loadtest.history.Verdict;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients on bad links converge, and invariant I holds for everything that they did and saw. */
class ConvergenceScenarioTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    private final History history = new History();
    private final List<RandomFaults> links = new ArrayList<>();

    @Test
    void concurrentSenders_getOneOrderForAll() throws Exception {
        List<SyncingClient> clients = clients(8, 0, 0);
        String group = group(clients);
        for (int round = 0; round < 20; round++) {
            List<Future<Ack>> sends = new ArrayList<>();
            for (int i = 0; i < 20 * clients.size(); i++) {
                sends.add(clients.get(i % clients.size()).send(group, "message " + i + " 鸿雁 🪿"));
            }
            await(Future.all(sends));
        }

        assertThat(verdict(clients).orThrow().counts().acknowledged()).isEqualTo(3_200);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void badLinks_loseAndDuplicateNothing(long seed) throws Exception {
        Random random = new Random(seed);
        List<SyncingClient> clients = clients(6, 0.08, 0.02);
        String group = group(clients.subList(0, 4));
        Set<Integer> members = new HashSet<>(Set.of(0, 1, 2, 3));
        List<Future<?>> doings = new ArrayList<>();
        Map<Integer, List<Ack>> sent = new HashMap<>();
        for (int step = 0; step < 250; step++) {
            int who = random.nextInt(4);
            SyncingClient client = clients.get(who);
            switch (random.nextInt(20)) {
                case 0 -> {
                    int guest = 4 + random.nextInt(2);
                    List<String> users = List.of(clients.get(guest).user());
                    await(
                            members.contains(guest)
                                    ? clients.get(0).removeFromGroup(group, users)
                                    : clients.get(0).addToGroup(group, users));
                    if (!members.remove(guest)) {
                        members.add(guest);
                    }
                }
                case 1, 2 -> change(client, group, sent.getOrDefault(who, List.of()), random, doings);
                default -> {
                    int sender = who;
                    doings.add(client.send(group, "text " + random.nextInt()).onSuccess(ack -> {
                        synchronized (sent) {
                            sent.computeIfAbsent(sender, w -> new ArrayList<>()).add(ack);
                        }
                    }));
                }
            }
            if (step % 50 == 49) {
                await(Future.join(doings));
            }
        }
        await(Future.join(doings));
        links.forEach(RandomFaults::heal);

        // A send without outcome has failed above, except a change of a message that was recalled after the first
        // attempt was lost.
        assertThat(verdict(clients).orThrow().counts().acknowledged()).isGreaterThan(150);
    }

    private static void change(
            SyncingClient client, String group, List<Ack> own, Random random, List<Future<?>> doings) {
        if (own.isEmpty()) {
            return;
        }
        long seq = own.get(random.nextInt(own.size())).seq();
        Map<String, Object> content = Map.of("type", "text", "text", "edited");
        Future<Ack> changing =
                switch (random.nextInt(3)) {
                    case 0 -> client.submit("message.recall", Map.of("conversation", group, "seq", seq));
                    case 1 ->
                        client.submit("message.edit", Map.of("conversation", group, "seq", seq, "content", content));
                    default -> client.submit("message.react", Map.of("conversation", group, "seq", seq, "emoji", "👍"));
                };
        doings.add(changing.recover(ConvergenceScenarioTest::recalledBefore));
    }

    private static Future<Ack> recalledBefore(Throwable refusal) {
        boolean expected = refusal instanceof ChatError error && "message.recalled".equals(error.reason());
        return expected ? Future.succeededFuture() : Future.failedFuture(refusal);
    }

    private List<SyncingClient> clients(int count, double faults, double cuts) throws Exception {
        ClientOptions options = ClientOptions.defaults().withRequestTimeout(Duration.ofMillis(700));
        ChatClient client = new ChatClient(node.vertx(), node.uri(), options);
        List<SyncingClient> clients = new ArrayList<>();
        for (Credentials who : node.accounts(count)) {
            RandomFaults link = new RandomFaults(clients.size(), faults, cuts);
            links.add(link);
            SyncOptions how = SyncOptions.defaults()
                    .withRepairAfter(Duration.ofMillis(50))
                    .withBackoff(Duration.ofMillis(5), Duration.ofMillis(200))
                    .withFaults(link);
            clients.add(new SyncingClient(node.vertx(), List.of(client), who, who.username(), history, how));
        }
        await(Future.all(clients.stream().map(SyncingClient::start).toList()));
        return clients;
    }

    private static String group(List<SyncingClient> clients) throws Exception {
        return await(clients.get(0)
                .createGroup(
                        "g", clients.stream().skip(1).map(SyncingClient::user).toList()));
    }

    private Verdict verdict(List<SyncingClient> clients) throws Exception {
        await(Future.all(clients.stream().map(SyncingClient::catchUp).toList()));
        Verdict verdict = HistoryChecker.check(history);
        await(Future.all(clients.stream().map(SyncingClient::stop).toList()));
        return verdict;
    }
}
