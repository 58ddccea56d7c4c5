package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocket;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Measures the CPU time of the server's event loops for each relayed signal, beside a bare Vert.x relay of the same
 * text in the same run. Run it with {@code -Dtest=SignalBenchmark}; it prints the medians of several rounds.
 */
class SignalBenchmark {
    private static final int ROUNDS = 5;
    private static final int SIGNALS = 3_000;
    private static final int AT_ONCE = 20;
    private static final int TEXT_BYTES = 1_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private static Vertx clientVertx;
    private static Set<Long> clientThreads;

    /** The event loops of the clients start first, so that all others belong to servers. */
    @RegisterExtension
    static final BeforeAllCallback clientsFirst = context -> {
        clientVertx = Vertx.vertx();
        List<Future<Void>> started = new ArrayList<>();
        for (int i = 0; i < 4 * Runtime.getRuntime().availableProcessors(); i++) {
            Promise<Void> loop = Promise.promise();
            clientVertx.getOrCreateContext().runOnContext(none -> loop.complete());
            started.add(loop.future());
        }
        await(Future.all(started));
        clientThreads = eventLoops();
    };

    @RegisterExtension
    static final NodeExtension node = new NodeExtension()
            .with("HONGYAN_CALL_SIGNALS_PER_SECOND", "1000")
            .with("HONGYAN_CALL_SIGNAL_BURST", "10000");

    private static Set<Long> eventLoops() {
        Set<Long> ids = new HashSet<>();
        for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().startsWith("vert.x-eventloop")) {
                ids.add(thread.getThreadId());
            }
        }
        return ids;
    }

    private static long serverNanos() {
        return eventLoops().stream()
                .filter(id -> !clientThreads.contains(id))
                .mapToLong(THREADS::getThreadCpuTime)
                .sum();
    }

    @Test
    void relay() throws Exception {
        double[] ours = new double[ROUNDS];
        double[] bare = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            ours[round] = call();
            bare[round] = bareRelay();
        }
        System.out.printf(
                Locale.ROOT,
                "server CPU per relayed signal of %d bytes: %.1f µs, bare Vert.x relay %.1f µs%n",
                TEXT_BYTES,
                median(ours),
                median(bare));
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    /** In µs for each signal. */
    private static double measured(Supplier<Future<?>> signal) throws Exception {
        send(signal, SIGNALS);
        long before = serverNanos();
        send(signal, SIGNALS);
        return (serverNanos() - before) / 1e3 / SIGNALS;
    }

    private static void send(Supplier<Future<?>> signal, int count) throws Exception {
        for (int i = 0; i < count; i += AT_ONCE) {
            List<Future<?>> batch = new ArrayList<>();
            for (int j = 0; j < AT_ONCE; j++) {
                batch.add(signal.get());
            }
            await(Future.all(batch));
        }
    }

    private static double call() throws Exception {
        ChatClient client = new ChatClient(clientVertx, node.uri(), ClientOptions.defaults());
        List<CallUser> users = new ArrayList<>();
        for (Credentials account : node.accounts(2)) {
            users.add(new CallUser(TestUser.connect(client, account)));
        }
        CallUser ada = users.get(0);
        CallUser bob = users.get(1);
        String pair = ada.person().openWith(bob.person());
        String call = ada.start(pair).get("call").asText();
        bob.accept(call);
        Map<String, Object> signal = new HashMap<>(ada.signal(bob, "x".repeat(TEXT_BYTES)));
        signal.put("call", call);
        double micros = measured(() -> ada.person().connection().request("call.signal", signal));
        ada.ask("call.leave");
        await(client.close());
        return micros;
    }

    /** Sends each text to all other sockets, and a short answer to its sender. */
    private static double bareRelay() throws Exception {
        Vertx vertx = Vertx.vertx();
        Set<ServerWebSocket> sockets = ConcurrentHashMap.newKeySet();
        HttpServer server = await(vertx.createHttpServer()
                .webSocketHandler(socket -> {
                    sockets.add(socket);
                    socket.textMessageHandler(text -> {
                        sockets.forEach(other -> {
                            if (other != socket) {
                                other.writeTextMessage(text);
                            }
                        });
                        socket.writeTextMessage("{\"type\":\"ok\",\"id\":\"7\",\"data\":{}}");
                    });
                })
                .listen(0, "127.0.0.1"));
        var client = clientVertx.createWebSocketClient();
        WebSocket ada = await(client.connect(server.actualPort(), "127.0.0.1", "/"));
        await(client.connect(server.actualPort(), "127.0.0.1", "/"));
        Queue<Promise<Void>> answers = new ConcurrentLinkedQueue<>();
        ada.textMessageHandler(text -> answers.remove().complete());
        String text = "{\"type\":\"call.signal\",\"id\":\"7\",\"data\":{\"sdp\":\"" + "x".repeat(TEXT_BYTES) + "\"}}";
        double micros = measured(() -> {
            Promise<Void> answered = Promise.promise();
            answers.add(answered);
            ada.writeTextMessage(text);
            return answered.future();
        });
        await(client.close());
        await(vertx.close());
        return micros;
    }
}
