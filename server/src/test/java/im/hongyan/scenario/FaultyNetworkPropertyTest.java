package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.Ack;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.ConversationView;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.Faults;
import im.hongyan.loadtest.client.NoAnswer;
import im.hongyan.loadtest.client.RandomFaults;
import im.hongyan.loadtest.client.SyncOptions;
import im.hongyan.loadtest.client.SyncingClient;
import im.hongyan.loadtest.history.Event;
import im.hongyan.loadtest.history.History;
import im.hongyan.loadtest.history.HistoryChecker;
import im.hongyan.loadtest.history.Rule;
import im.hongyan.loadtest.history.Verdict;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Several users with several devices, on links that drop, duplicate, delay and cut, talk in direct conversations and in
 * groups that they join and leave. In the end all devices have the same state. Other tests show that the check can
 * fail.
 */
@Timeout(120)
class FaultyNetworkPropertyTest {
    private static final int STEPS = 160;

    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    /** Three fixed seeds and a random one. */
    static LongStream seeds() {
        return LongStream.of(1, 2, 3, ThreadLocalRandom.current().nextLong(4, 1_000_000));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void badLinks_loseAndDuplicateNothingAndConverge(long seed) throws Exception {
        Village village = new Village(seed);
        village.settleIn();
        for (int step = 0; step < STEPS; step++) {
            village.step(step);
        }
        village.heal();

        Verdict verdict = HistoryChecker.check(village.history).orThrow();
        assertThat(verdict.counts().acknowledged()).isGreaterThan(STEPS / 2);
        village.checkReadCursors();
        village.leave();
    }

    /** A client that shows pushes as they arrive, on a link that sometimes loses, duplicates and delays them. */
    @Test
    void clientWithoutGapDetection_isDetected() throws Exception {
        History history = new History();
        TestUser alice = node.user();
        Credentials bob = node.accounts(1).get(0);
        history.record(new Event.Started("alice", alice.id()));
        history.record(new Event.Gone("alice"));
        history.record(new Event.Started("naive", bob.user()));
        List<JsonNode> pushed = new ArrayList<>();
        ChatConnection link = await(node.client()
                .connect(
                        bob.accessToken(),
                        (type, data) -> {
                            if (type.equals("entry")) {
                                pushed.add(data);
                            }
                        },
                        new EveryFew()));
        String talk = alice.ask("conversation.open", Map.of("user", bob.user()))
                .at("/conversation/id")
                .asText();
        history.record(new Event.Joined(alice.id(), talk, 1));
        history.record(new Event.Joined(bob.user(), talk, 1));
        for (int i = 1; i <= 30; i++) {
            history.record(new Event.Invoked("alice", talk, "m" + i, "message", null));
            long seq = alice.ask("message.send", TestUser.message(talk, "m" + i, "text " + i))
                    .get("seq")
                    .asLong();
            history.record(new Event.Acknowledged("alice", talk, "m" + i, seq));
        }
        // Entries that she has were sent to all; the answer follows them and carries the delayed ones.
        alice.receiveEntry(talk, 30);
        await(link.request("ping", Map.of()));
        pushed.forEach(entry -> history.record(observed("naive", entry)));
        history.record(new Event.Settled("naive", talk, 30));

        assertThat(HistoryChecker.check(history).broken()).contains(Rule.LOST, Rule.DUPLICATED, Rule.REORDERED);
        await(link.close());
    }

    /** A client that retries with a new id when it gets no answer. */
    @Test
    void clientThatRetriesWithNewId_isDetected() throws Exception {
        History history = new History();
        Credentials alice = node.accounts(1).get(0);
        SyncingClient bob = client(node.accounts(1).get(0), "bob", history, Faults.NONE);
        await(bob.start());
        String talk = await(bob.openDirect(alice.user()));
        history.record(new Event.Started("alice", alice.user()));
        history.record(new Event.Gone("alice"));
        ClientOptions options = ClientOptions.defaults().withRequestTimeout(Duration.ofMillis(500));
        ChatClient impatient = new ChatClient(node.vertx(), node.uri(), options);
        ChatConnection link = await(impatient.connect(alice.accessToken(), (type, data) -> {}, new DropFirst("ok")));

        history.record(new Event.Invoked("alice", talk, "once", "message", null));
        Assertions.assertThatThrownBy(() -> await(link.request("message.send", TestUser.message(talk, "once", "text"))))
                .isInstanceOf(NoAnswer.class);
        long seq = await(link.request("message.send", TestUser.message(talk, "twice", "text")))
                .get("seq")
                .asLong();
        history.record(new Event.Acknowledged("alice", talk, "once", seq));
        await(bob.catchUp());

        assertThat(HistoryChecker.check(history).broken()).contains(Rule.MISPLACED, Rule.FORGED);
        await(bob.stop());
        await(impatient.close());
    }

    /** A valid history in which one shown entry is removed or shown earlier. */
    @Test
    void tamperedHistory_isDetected() throws Exception {
        History history = new History();
        SyncingClient alice = client(node.accounts(1).get(0), "alice", history, Faults.NONE);
        SyncingClient bob = client(node.accounts(1).get(0), "bob", history, Faults.NONE);
        await(alice.start());
        await(bob.start());
        String talk = await(alice.openDirect(bob.user()));
        for (int i = 0; i < 10; i++) {
            await(alice.send(talk, "text " + i));
        }
        await(alice.catchUp());
        await(bob.catchUp());
        List<Event> events = history.events();
        HistoryChecker.check(events).orThrow();
        List<Integer> shown = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i) instanceof Event.Observed seen && seen.client().equals("bob")) {
                shown.add(i);
            }
        }

        List<Event> lost = new ArrayList<>(events);
        lost.remove((int) shown.get(4));
        assertThat(HistoryChecker.check(lost).broken()).containsExactly(Rule.LOST);
        List<Event> swapped = new ArrayList<>(events);
        swapped.set(shown.get(4), events.get(shown.get(5)));
        swapped.set(shown.get(5), events.get(shown.get(4)));
        assertThat(HistoryChecker.check(swapped).broken()).containsExactly(Rule.REORDERED);
        await(alice.stop());
        await(bob.stop());
    }

    private static Event.Observed observed(String client, JsonNode entry) {
        Instant at = Instant.parse(entry.get("at").asText());
        return new Event.Observed(
                client,
                entry.get("conversation").asText(),
                entry.get("seq").asLong(),
                entry.get("kind").asText(),
                entry.get("sender").asText(),
                entry.get("clientId").asText(),
                null,
                null,
                0,
                at.getEpochSecond() * 1_000_000 + at.getNano() / 1_000);
    }

    private static SyncingClient client(Credentials who, String name, History history, Faults faults) {
        ClientOptions options = ClientOptions.defaults().withRequestTimeout(Duration.ofMillis(700));
        SyncOptions how = SyncOptions.defaults()
                .withRepairAfter(Duration.ofMillis(50))
                .withBackoff(Duration.ofMillis(5), Duration.ofMillis(200))
                .withFaults(faults);
        ChatClient link = new ChatClient(node.vertx(), node.uri(), options);
        return new SyncingClient(node.vertx(), List.of(link), who, name, history, how);
    }

    /** Drops the first frame of a type from the server. */
    private static final class DropFirst implements Faults {
        private final String type;
        private boolean dropped;

        DropFirst(String type) {
            this.type = type;
        }

        @Override
        public Fate outbound(String frame) {
            return Fate.PASS;
        }

        @Override
        public Fate inbound(String frame) {
            boolean first = frame.equals(type) && !dropped;
            dropped |= first;
            return first ? Fate.DROP : Fate.PASS;
        }
    }

    /** Loses every seventh pushed entry, duplicates every fifth and delays every third. */
    private static final class EveryFew implements Faults {
        private int entries;

        @Override
        public Fate outbound(String type) {
            return Fate.PASS;
        }

        @Override
        public Fate inbound(String type) {
            if (!type.equals("entry")) {
                return Fate.PASS;
            }
            entries++;
            return entries % 7 == 0
                    ? Fate.DROP
                    : entries % 5 == 0 ? Fate.DUPLICATE : entries % 3 == 0 ? Fate.LATE : Fate.PASS;
        }
    }

    /** The users, their devices and links, and their actions. */
    private static final class Village {
        final History history = new History();
        private final Random random;
        private final List<Credentials> accounts;
        /** To the user who owns it. */
        private final Map<SyncingClient, Integer> devices = new HashMap<>();

        private final List<SyncingClient> present = new ArrayList<>();
        private final List<RandomFaults> links = new ArrayList<>();
        private final List<Future<?>> doings = new ArrayList<>();
        private final Map<String, Set<Integer>> members = new HashMap<>();
        private final Map<String, Integer> owners = new HashMap<>();
        private final Map<Integer, List<Ack>> own = new HashMap<>();
        private final Map<String, Long> highest = new HashMap<>();
        private int names;

        Village(long seed) throws Exception {
            random = new Random(seed);
            accounts = node.accounts(5);
        }

        /** Two users with two devices each, two direct conversations and two groups. */
        void settleIn() throws Exception {
            for (int user : new int[] {0, 0, 1, 1, 2, 3, 4}) {
                device(user);
            }
            await(Future.all(present.stream().map(SyncingClient::start).toList()));
            talk(0, 1);
            talk(2, 3);
            group(0, 1, 2, 3);
            group(1, 0, 4);
        }

        private SyncingClient device(int user) {
            RandomFaults link = new RandomFaults(random.nextLong(), 0.08, 0.02);
            links.add(link);
            SyncingClient device = client(accounts.get(user), user + "/" + ++names, history, link);
            devices.put(device, user);
            present.add(device);
            return device;
        }

        private SyncingClient deviceOf(int user) {
            List<SyncingClient> all = present.stream()
                    .filter(device -> devices.get(device) == user)
                    .toList();
            return all.get(random.nextInt(all.size()));
        }

        private void talk(int one, int other) throws Exception {
            String talk = await(deviceOf(one).openDirect(accounts.get(other).user()));
            members.put(talk, new HashSet<>(Set.of(one, other)));
        }

        private void group(int owner, int... others) throws Exception {
            List<String> users = new ArrayList<>();
            Set<Integer> all = new HashSet<>(Set.of(owner));
            for (int other : others) {
                users.add(accounts.get(other).user());
                all.add(other);
            }
            String group = await(deviceOf(owner).createGroup("geese", users));
            members.put(group, all);
            owners.put(group, owner);
        }

        void step(int step) throws Exception {
            List<String> all = members.keySet().stream().sorted().toList();
            String conversation = all.get(random.nextInt(all.size()));
            List<Integer> inside = members.get(conversation).stream().sorted().toList();
            int who = inside.get(random.nextInt(inside.size()));
            switch (random.nextInt(20)) {
                case 0, 1 -> comeOrGo(conversation);
                case 2, 3 -> change(who);
                case 4 -> markRead(conversation, who);
                case 5 -> present.get(random.nextInt(present.size())).cut();
                default -> say(conversation, who);
            }
            if (step == STEPS / 2) {
                replaceDevice(3);
            }
            if (step % 40 == 39) {
                await(Future.join(doings));
            }
        }

        private void say(String conversation, int who) {
            doings.add(
                    expecting(deviceOf(who).send(conversation, "text " + random.nextInt()), "conversation.not_member")
                            .onSuccess(ack -> acknowledged(who, ack)));
        }

        private void acknowledged(int who, Ack ack) {
            if (ack == null) {
                return;
            }
            synchronized (own) {
                own.computeIfAbsent(who, none -> new ArrayList<>()).add(ack);
                highest.merge(ack.conversation(), ack.seq(), Math::max);
            }
        }

        /** The owner adds or removes a member, or a member leaves. */
        private void comeOrGo(String group) throws Exception {
            Integer owner = owners.get(group);
            if (owner == null) {
                return;
            }
            int who = random.nextInt(accounts.size());
            if (who == owner) {
                return;
            }
            List<String> users = List.of(accounts.get(who).user());
            Set<Integer> inside = members.get(group);
            if (inside.add(who)) {
                await(deviceOf(owner).addToGroup(group, users));
            } else if (random.nextBoolean()) {
                inside.remove(who);
                await(deviceOf(owner).removeFromGroup(group, users));
            } else {
                inside.remove(who);
                await(deviceOf(who).leaveGroup(group));
            }
        }

        private void change(int who) {
            Ack ack;
            synchronized (own) {
                List<Ack> mine = own.getOrDefault(who, List.of());
                if (mine.isEmpty()) {
                    return;
                }
                ack = mine.get(random.nextInt(mine.size()));
            }
            Map<String, Object> data = new HashMap<>(Map.of("conversation", ack.conversation(), "seq", ack.seq()));
            SyncingClient device = deviceOf(who);
            Future<Ack> changing =
                    switch (random.nextInt(3)) {
                        case 0 -> device.submit("message.recall", data);
                        case 1 -> {
                            data.put("content", Map.of("type", "text", "text", "edited " + random.nextInt()));
                            yield device.submit("message.edit", data);
                        }
                        default -> {
                            data.put("emoji", random.nextBoolean() ? "👍" : "🪿");
                            yield device.submit("message.react", data);
                        }
                    };
            doings.add(expecting(changing, "message.recalled", "reaction.exists", "conversation.not_member"));
        }

        private void markRead(String conversation, int who) {
            long seq;
            synchronized (own) {
                seq = highest.getOrDefault(conversation, 1L);
            }
            Map<String, Object> mark = Map.of("conversation", conversation, "seq", seq);
            doings.add(deviceOf(who).ask("read.mark", mark));
        }

        /** A device is lost, and its user starts again with another one. */
        private void replaceDevice(int user) throws Exception {
            SyncingClient lost = deviceOf(user);
            await(Future.join(doings));
            present.remove(lost);
            await(lost.abandon());
            await(device(user).start());
        }

        private static Future<Ack> expecting(Future<Ack> asked, String... reasons) {
            return asked.recover(failure ->
                    failure instanceof ChatError error && Set.of(reasons).contains(error.reason())
                            ? Future.succeededFuture()
                            : Future.failedFuture(failure));
        }

        void heal() throws Exception {
            await(Future.join(doings));
            links.forEach(RandomFaults::heal);
            await(Future.all(present.stream().map(SyncingClient::catchUp).toList()));
        }

        /** Every device has the server's read position of its user. */
        void checkReadCursors() throws Exception {
            for (SyncingClient device : present) {
                for (ConversationView view : await(device.views())) {
                    JsonNode info = await(device.ask("conversation.get", Map.of("conversation", view.conversation())))
                            .get("conversation");
                    assertThat(view.readSeq()).isEqualTo(info.get("readSeq").asLong());
                    assertThat(view.shown()).isEqualTo(view.head());
                    if (members.get(view.conversation()).contains(devices.get(device))) {
                        assertThat(view.state()).isEqualTo("member");
                        assertThat(view.head()).isEqualTo(info.get("lastSeq").asLong());
                    } else {
                        assertThat(view.state()).isEqualTo("left");
                    }
                }
            }
        }

        void leave() throws Exception {
            await(Future.all(present.stream().map(SyncingClient::stop).toList()));
        }
    }
}
