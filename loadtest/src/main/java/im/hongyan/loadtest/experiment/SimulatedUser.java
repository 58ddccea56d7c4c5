package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.client.Ack;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.Entry;
import im.hongyan.loadtest.client.SyncOptions;
import im.hongyan.loadtest.client.SyncingClient;
import im.hongyan.loadtest.history.History;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/** One correct client among the simulated users, and how far it has shown each conversation. Thread-safe. */
final class SimulatedUser {
    private final String name;
    private final SyncingClient client;
    private final PushLatencies latencies;
    private final AtomicReference<ChatConnection> watched = new AtomicReference<>();
    private final Map<URI, Long> losses = new ConcurrentHashMap<>();
    private final Map<String, Long> shown = new ConcurrentHashMap<>();

    SimulatedUser(
            Vertx vertx,
            List<ChatClient> nodes,
            Credentials who,
            History history,
            SyncOptions options,
            PushLatencies latencies) {
        this.name = who.username();
        this.latencies = latencies;
        this.client = new SyncingClient(vertx, nodes, who, name, history, options).onEntry(this::seen);
    }

    private void seen(Entry entry) {
        shown.merge(entry.conversation(), entry.seq(), Math::max);
        latencies.seen(name, entry, client.connection());
    }

    String name() {
        return name;
    }

    String user() {
        return client.user();
    }

    SyncingClient client() {
        return client;
    }

    /** The current connection, or null. */
    ChatConnection connection() {
        return client.connection();
    }

    /** Checks now and then whether the connection is a new one, and counts its end. */
    void watch() {
        ChatConnection now = client.connection();
        if (now != null && watched.getAndSet(now) != now) {
            now.closed().onSuccess(closure -> losses.merge(now.server(), 1L, Long::sum));
        }
    }

    /** The number of connections to one node that have ended. */
    double maxLossesOnOneNode() {
        return losses.values().stream().mapToDouble(Long::doubleValue).max().orElse(0);
    }

    long shown(String conversation) {
        return shown.getOrDefault(conversation, 0L);
    }

    Future<Ack> send(String conversation, String text) {
        return client.send(conversation, text);
    }
}
