package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.SyncOptions;
import im.hongyan.loadtest.client.SyncingClient;
import im.hongyan.loadtest.history.History;
import im.hongyan.loadtest.history.HistoryChecker;
import im.hongyan.loadtest.history.Verdict;
import im.hongyan.protocol.ConversationId;
import im.hongyan.store.Processes;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL dies or freezes while users write: nothing acknowledged is lost, and the server recovers by itself. */
@Timeout(180)
class PostgresOutageTest {
    private static final int FLOODS = 4;
    private static final int WIDTH = 8;
    /** Longer than any deadline of the server, so that its own answers are seen. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /** The longest deadline of the server is nine seconds; a busy machine may be late. */
    private static final long DEADLINE_MS = 12_000;

    @TempDir
    static Path directory;

    private final History history = new History();
    private final List<Flood> floods = new ArrayList<>();
    private FragileNode node;
    private SyncingClient reader;
    private TestUser watcher;
    private String group;

    @BeforeEach
    void setUp() throws Exception {
        node = new FragileNode(directory.resolve("data"));
    }

    @AfterEach
    void tearDown() throws Exception {
        node.close();
    }

    /** A group with several writers, a correct client, and one that only receives pushes. */
    private void gather(int length) throws Exception {
        ChatClient client = node.client(PATIENCE);
        List<Credentials> accounts = node.accounts(FLOODS + 2);
        reader = new SyncingClient(
                node.clientVertx(), List.of(client), accounts.get(0), "reader", history, SyncOptions.defaults());
        await(reader.start());
        watcher = TestUser.connect(client, accounts.get(1));
        group = await(reader.createGroup(
                "flood", accounts.stream().skip(1).map(Credentials::user).toList()));
        for (Credentials who : accounts.subList(2, accounts.size())) {
            floods.add(Flood.connect(node.clientVertx(), client, who, group, length, history));
        }
        watcher.receiveEntry(group, 1);
    }

    @Test
    void postgresKilledUnderLoad_losesAndDuplicatesNothing() throws Exception {
        gather(20);
        long told = 1;
        for (String signal : List.of("KILL", "QUIT", "KILL")) {
            floods.forEach(flood -> flood.start(WIDTH));
            for (Flood flood : floods) {
                flood.awaitAcknowledged(60);
            }
            end(signal);
            // No client sends a request any more, so only the server itself can deliver what it may have stored.
            floods.forEach(Flood::halt);
            long back = awaitPostgres();
            List<Long> stored = stored(told);
            for (long seq : stored) {
                watcher.receiveEntry(group, seq);
            }
            told += stored.size();
            assertThat(told).isEqualTo(stored.get(stored.size() - 1));
            for (Flood flood : floods) {
                flood.awaitAnswers();
            }
            floods.forEach(flood -> flood.start(WIDTH));
            for (Flood flood : floods) {
                flood.awaitAcknowledged(1);
            }
            assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - back)).isLessThan(10);
            floods.forEach(Flood::halt);
            for (Flood flood : floods) {
                flood.awaitAnswers();
            }
        }
        judge(0);
    }

    @Test
    void postgresFrozen_requestsFailInTime() throws Exception {
        gather(8_000);
        floods.forEach(flood -> flood.start(50));
        for (Flood flood : floods) {
            flood.awaitAcknowledged(30);
        }
        LoopWatch loops = LoopWatch.on(node.serverVertx());
        long heap = heap();
        floods.forEach(Flood::slowestMs);
        Processes.freeze(node.postgresServer().pid());
        try {
            loops.reset();
            long frozen = System.nanoTime();
            for (Future<Long> call : callsOfAllSorts()) {
                assertThat(await(call)).as("time to the error, in milliseconds").isLessThan(DEADLINE_MS);
            }
            for (Flood flood : floods) {
                await(flood.firstError());
                assertThat(flood.slowestMs()).isLessThan(DEADLINE_MS);
            }
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - frozen);
            assertThat(loops.maxGapMs())
                    .as("time between two ticks of one event loop")
                    .isLessThan(1_000);
            assertThat(loops.fewestTicks()).isGreaterThan(seconds * 25);
            assertThat(heap() - heap).as("heap used by waiting requests").isLessThan(150L << 20);
        } finally {
            Processes.thaw(node.postgresServer().pid());
        }
        long back = System.nanoTime();
        for (Flood flood : floods) {
            flood.awaitAcknowledged(20);
        }
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - back)).isLessThan(10);
        judge(1);
        for (long seq : stored(1)) {
            watcher.receiveEntry(group, seq);
        }
    }

    /** Sends every request that needs the database while it is frozen; returns the time to each expected error. */
    private List<Future<Long>> callsOfAllSorts() {
        ChatConnection link = watcher.connection();
        List<Future<Long>> calls = new ArrayList<>();
        calls.add(refused(link, "conversation.list", Map.of()));
        calls.add(refused(link, "conversation.get", Map.of("conversation", group)));
        calls.add(refused(link, "entries.read", Map.of("conversation", group, "after", 0)));
        calls.add(refused(link, "sync", Map.of()));
        calls.add(refused(link, "read.mark", Map.of("conversation", group, "seq", 1)));
        calls.add(refused(link, "message.send", TestUser.message(group, "frozen", "text")));
        calls.add(refused(link, "group.rename", Map.of("conversation", group, "title", "frozen")));
        calls.add(refused(
                link, "message.react", Map.of("conversation", group, "seq", 2, "clientId", "r", "emoji", "🪿")));
        calls.add(refused(
                link,
                "group.create",
                Map.of(
                        "clientId",
                        "g",
                        "title",
                        "t",
                        "members",
                        List.of(floods.get(0).who().user()))));
        return calls;
    }

    private static Future<Long> refused(ChatConnection link, String type, Object data) {
        long asked = System.nanoTime();
        return link.request(type, data).transform((answer, failure) -> {
            // A change that waited in a queue behind another one has an error of its own.
            boolean inTime = failure instanceof ChatError error
                    && (error.kind() == ChatError.Kind.UNAVAILABLE || error.kind() == ChatError.Kind.LIMITED)
                    && error.retryAfterMs().isPresent();
            return inTime
                    ? Future.succeededFuture(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked))
                    : Future.failedFuture(new AssertionError(type + " was answered " + answer + " " + failure));
        });
    }

    /** Retries everything until it is acknowledged; then checks invariant I on the history and the log. */
    private void judge(int notAskedAgain) throws Exception {
        for (Flood flood : floods) {
            flood.finish();
        }
        await(reader.catchUp());
        Verdict verdict = HistoryChecker.check(history).orThrow();
        int acknowledged = floods.stream().mapToInt(Flood::acknowledged).sum();
        assertThat(verdict.counts().acknowledged()).isEqualTo(acknowledged);
        assertThat(verdict.counts().unknown()).isZero();
        // Above the group's first entry: sends that failed but were stored, from clients that did not retry.
        assertThat(stored(1).size()).isBetween(acknowledged, acknowledged + notAskedAgain);
        for (Flood flood : floods) {
            assertThat(kinds(flood.errors())).isSubsetOf(Set.of("UNAVAILABLE"));
        }
    }

    private static Set<String> kinds(List<Throwable> errors) {
        return errors.stream()
                .map(error -> error instanceof ChatError told ? told.kind().name() : error.toString())
                .collect(Collectors.toSet());
    }

    private void end(String signal) throws Exception {
        long pid = node.postgresServer().pid();
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
        assertThat(Processes.awaitExit(pid, Duration.ofSeconds(60))).isTrue();
    }

    /** Waits until PostgreSQL accepts connections again, and returns that time. */
    private long awaitPostgres() throws Exception {
        boolean back = false;
        while (!back) {
            Future<Boolean> asked = node.postgres().query("SELECT 1").map(true);
            back = await(asked.recover(
                    away -> node.clientVertx().timer(50, TimeUnit.MILLISECONDS).map(false)));
        }
        return System.nanoTime();
    }

    /** The entries above {@code seq}; fails if they are not contiguous. */
    private List<Long> stored(long above) throws Exception {
        List<Long> seqs = new ArrayList<>();
        for (Row row : await(node.postgres()
                .query(
                        "SELECT seq FROM entry WHERE conversation = $1 AND seq > $2 ORDER BY seq",
                        Tuple.of(ConversationId.of(group).value(), above)))) {
            seqs.add(row.getLong("seq"));
            assertThat(seqs.get(seqs.size() - 1)).isEqualTo(above + seqs.size());
        }
        return seqs;
    }

    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
