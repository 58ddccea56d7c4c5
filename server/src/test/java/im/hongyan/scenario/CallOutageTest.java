package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.store.Processes;
import im.hongyan.store.redis.Redis;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The stores fail during a call between two nodes: the call continues. */
@Timeout(180)
class CallOutageTest {
    private static final long RESTORED_WITHIN_MS = 5_000;

    @TempDir
    static Path directory;

    private FragileNode node;
    private ChatClient one;
    private ChatClient other;

    @BeforeEach
    void setUp() throws Exception {
        node = new FragileNode(directory.resolve("data"), CallScenario.SETTINGS);
        one = node.client(Duration.ofSeconds(30));
        other = node.clientOfAnotherNode();
    }

    @AfterEach
    void tearDown() throws Exception {
        node.close();
    }

    private List<CallUser> users(int count) throws Exception {
        List<CallUser> users = new ArrayList<>();
        for (Credentials account : node.accounts(count)) {
            users.add(new CallUser(TestUser.connect(users.size() % 2 == 0 ? one : other, account)));
        }
        return users;
    }

    private static String group(List<CallUser> users) throws Exception {
        TestUser[] others = users.stream().skip(1).map(CallUser::person).toArray(TestUser[]::new);
        return users.get(0).person().createGroup("Callers", others);
    }

    @Test
    void redisFlushed_roomIsRestored_noTenthIsAdmitted() throws Exception {
        List<CallUser> users = users(10);
        String group = group(users);
        CallUser host = users.get(0);
        String call = host.start(group, Map.of("invite", List.of())).get("call").asText();
        for (CallUser user : users.subList(1, 9)) {
            user.join(call);
        }
        List<String> before = host.inCall();
        assertThat(before).hasSize(9);
        CallUser tenth = users.get(9);
        Redis redis = node.redis();

        await(redis.send(Request.cmd(Command.FLUSHALL)));

        long flushed = System.nanoTime();
        CompletableFuture<List<String>> refusals = CompletableFuture.supplyAsync(() -> tries(tenth, call, flushed));
        Map<String, String> joined =
                before.stream().collect(Collectors.toMap(participant -> participant, participant -> "joined"));
        host.askUntil("call.get", Map.of(), answer -> CallUser.states(answer).equals(joined));
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - flushed)).isLessThan(RESTORED_WITHIN_MS);
        assertThat(refusals.get()).isNotEmpty().doesNotContain("ok").contains("call.full");
        assertThat(host.inCall()).containsExactlyInAnyOrderElementsOf(before);
        host.ask("call.signal", host.signal(users.get(1), "v=0"));
        users.get(1).person().receive("call.signal", any -> true);
        // The marks that users are in a call are restored, too.
        for (CallUser user : users.subList(0, 9)) {
            awaitMark(redis, user);
        }
        users.get(1).ask("call.leave");
        // The rate of joins is limited.
        tenth.askUntil("call.join", Map.of("call", call), answer -> true);
        host.ask("call.end");
        JsonNode entry = host.entry(group, call);
        assertThat(entry.at("/content/participants")).hasSize(10);
        assertThat(entry.at("/content/outcome").asText()).isEqualTo("completed");
        await(redis.close());
    }

    private static void awaitMark(Redis redis, CallUser user) throws Exception {
        while (await(redis.send(Request.cmd(Command.EXISTS).arg("hongyan:call:{" + user.id() + "}:current")))
                        .toInteger()
                == 0) {
            user.person().settle();
        }
    }

    /** The results of joins for longer than a restored room admits known participants only. */
    private static List<String> tries(CallUser user, String call, long since) {
        List<String> results = new ArrayList<>();
        while (System.nanoTime() - since < TimeUnit.SECONDS.toNanos(9)) {
            try {
                user.person().ask("call.join", Map.of("call", call));
                results.add("ok");
            } catch (ChatError refused) {
                results.add(refused.reason());
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        return results;
    }

    @Test
    void redisKilled_noParticipantIsRemoved() throws Exception {
        List<CallUser> users = users(4);
        String group = group(users);
        CallUser host = users.get(0);
        String call = host.start(group).get("call").asText();
        users.get(1).accept(call);
        users.get(2).accept(call);
        List<String> before = host.inCall();
        long pid = node.redisServer().pid();

        Processes.freeze(pid);
        assertThat(host.refused("call.media", Map.of("hand", true)).kind()).isEqualTo(ChatError.Kind.UNAVAILABLE);
        // Longer than a lease and the grace period together.
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(6);
        while (System.nanoTime() < end) {
            assertThat(host.refused("call.get", Map.of()).kind()).isEqualTo(ChatError.Kind.UNAVAILABLE);
        }
        Processes.thaw(pid);

        host.askUntil("call.media", Map.of("hand", true), answer -> true);
        assertThat(host.inCall()).containsExactlyInAnyOrderElementsOf(before);
        // The other node may still be connecting to Redis.
        users.get(2).askUntil("call.leave", Map.of(), answer -> true);
        users.get(1).askUntil("call.leave", Map.of(), answer -> true);
        assertThat(host.ended(call).get("reason").asText()).isEqualTo("timed_out");
        assertThat(host.entry(group, call).at("/content/participants")).hasSize(3);
    }

    /** The node could not tell the room that the socket has closed. */
    @Test
    void socketCutWhileRedisIsFrozen_participantIsLost() throws Exception {
        List<CallUser> users = users(2);
        CallUser ada = users.get(0);
        CallUser bob = users.get(1);
        String pair = ada.person().openWith(bob.person());
        String call = ada.start(pair).get("call").asText();
        bob.accept(bob.rings(pair));
        long pid = node.redisServer().pid();

        Processes.freeze(pid);
        await(bob.person().connection().cut());
        // Each answer takes until the deadline of requests to Redis, which that of the closed socket has as well.
        for (int i = 0; i < 3; i++) {
            assertThat(ada.refused("call.media", Map.of("hand", true)).kind()).isEqualTo(ChatError.Kind.UNAVAILABLE);
        }
        Processes.thaw(pid);

        assertThat(ada.ended(call).get("reason").asText()).isEqualTo("lost");
        assertThat(ada.entry(pair, call).at("/content/outcome").asText()).isEqualTo("completed");
    }

    @Test
    void postgresFrozen_callContinues_andItsEndIsRecordedLater() throws Exception {
        List<CallUser> users = users(3);
        CallUser ada = users.get(0);
        CallUser bob = users.get(1);
        CallUser cai = users.get(2);
        String pair = ada.person().openWith(bob.person());
        String another = cai.person().openWith(bob.person());
        String call = ada.start(pair).get("call").asText();
        bob.accept(bob.rings(pair));
        long pid = node.postgresServer().pid();

        Processes.freezeChildren(pid);
        Processes.freeze(pid);
        ChatError refused = cai.person()
                .refused(
                        "call.start",
                        Map.of("conversation", another, "clientId", TestUser.newClientId(), "media", "audio"));
        assertThat(refused.kind()).isEqualTo(ChatError.Kind.UNAVAILABLE);
        ada.ask("call.media", Map.of("microphone", false));
        ada.ask("call.signal", ada.signal(bob, "v=0"));
        bob.person().receive("call.signal", any -> true);
        ada.ask("call.leave");
        assertThat(bob.ended(call).get("reason").asText()).isEqualTo("left");
        Processes.thaw(pid);
        thawChildren(pid);

        assertThat(bob.entry(pair, call).at("/content/outcome").asText()).isEqualTo("completed");
    }

    private static void thawChildren(long pid) throws Exception {
        for (ProcessHandle child :
                ProcessHandle.of(pid).orElseThrow().children().toList()) {
            Processes.thaw(child.pid());
        }
    }
}
