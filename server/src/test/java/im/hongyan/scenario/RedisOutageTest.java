package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.SyncOptions;
import im.hongyan.loadtest.client.SyncingClient;
import im.hongyan.loadtest.history.History;
import im.hongyan.loadtest.history.HistoryChecker;
import im.hongyan.store.Processes;
import im.hongyan.store.redis.Redis;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Redis is flushed or dies while users write: they do not notice, and presence is restored. */
@Timeout(120)
class RedisOutageTest {
    private static final long WITHIN_MS = 5_000;

    @TempDir
    static Path directory;

    private final History history = new History();
    private FragileNode node;
    private ChatClient client;
    private List<Credentials> accounts;
    private Flood flood;
    private SyncingClient reader;
    /** On another node, which learns of the first node's users through Redis. */
    private TestUser observer;

    private List<String> users;

    @BeforeEach
    void setUp() throws Exception {
        node = new FragileNode(directory.resolve("data"));
        client = node.client(Duration.ofSeconds(10));
        accounts = node.accounts(4);
        reader = new SyncingClient(
                node.clientVertx(), List.of(client), accounts.get(0), "reader", history, SyncOptions.defaults());
        await(reader.start());
        String group = await(reader.createGroup(
                "geese", accounts.stream().skip(1).map(Credentials::user).toList()));
        flood = Flood.connect(node.clientVertx(), client, accounts.get(1), group, 20, history);
        observer = TestUser.connect(node.clientOfAnotherNode(), accounts.get(2));
        users = List.of(reader.user(), flood.who().user());
        flood.start(4);
        flood.awaitAcknowledged(20);
        awaitOnline(users);
    }

    @AfterEach
    void tearDown() throws Exception {
        node.close();
    }

    @Test
    void redisFlushed_presenceIsRestored() throws Exception {
        Redis redis = node.redis();
        for (int round = 0; round < 2; round++) {
            await(redis.send(Request.cmd(Command.FLUSHALL)));
            assertThat(awaitOnline(users)).isLessThan(WITHIN_MS);
            flood.awaitAcknowledged(20);
        }
        await(redis.close());
        judge();
    }

    @Test
    void redisKilled_presenceIsRestored() throws Exception {
        long pid = node.redisServer().pid();
        Processes.kill(pid);
        assertThat(Processes.awaitExit(pid, Duration.ofSeconds(60))).isTrue();

        flood.awaitAcknowledged(20);
        TestUser late = TestUser.connect(client, accounts.get(3));
        JsonNode conversations = late.ask("conversation.list", Map.of()).get("conversations");
        assertThat(conversations).hasSize(1);
        // Others see the presence of those who have opened the group.
        late.ask(
                "read.mark",
                Map.of(
                        "conversation", conversations.at("/0/id").asText(),
                        "seq", conversations.at("/0/lastSeq").asLong()));

        Redis redis = awaitRedis();
        users = new ArrayList<>(users);
        users.add(late.id());
        assertThat(awaitOnline(users)).isLessThan(WITHIN_MS);
        flood.awaitAcknowledged(20);
        await(redis.close());
        judge();
    }

    private void judge() throws Exception {
        flood.finish();
        await(reader.catchUp());
        HistoryChecker.check(history).orThrow();
        assertThat(flood.errors()).isEmpty();
    }

    /** Polls until the observer sees all users online; returns the time that took, in milliseconds. */
    private long awaitOnline(List<String> users) throws Exception {
        long began = System.nanoTime();
        Map<String, Boolean> states = new HashMap<>();
        while (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) < 4 * WITHIN_MS) {
            JsonNode answer = observer.ask("presence.watch", Map.of("users", users));
            answer.get("presence")
                    .forEach(state -> states.put(
                            state.get("user").asText(), state.get("online").asBoolean()));
            if (users.stream().allMatch(user -> states.getOrDefault(user, false))) {
                return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
            }
            // Within the rate limit of the frame.
            await(node.clientVertx().timer(500, TimeUnit.MILLISECONDS));
        }
        throw new AssertionError("not all online again: " + states);
    }

    /** Returns a connection as soon as Redis, which restarts by itself, answers. */
    private Redis awaitRedis() throws Exception {
        Redis redis = node.redis();
        while (!redis.isAvailable()) {
            await(node.clientVertx().timer(20, TimeUnit.MILLISECONDS));
        }
        return redis;
    }
}
