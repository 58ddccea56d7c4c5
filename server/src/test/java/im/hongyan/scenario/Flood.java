package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.async.Repeat;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.history.Event;
import im.hongyan.loadtest.history.History;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One user who writes to one conversation without pause, several messages at a time, and retries sends that fail with
 * {@code unavailable} with the same client id until they are acknowledged. Keeps all answers, and records the sends in
 * a history.
 */
final class Flood {
    private static final long AGAIN_MS = 100;

    private final Vertx vertx;
    private final String conversation;
    private final Credentials who;
    private final String name;
    private final History history;
    private final ChatConnection connection;
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicLong slowestMs = new AtomicLong();
    private final List<Throwable> errors = new ArrayList<>();
    /** Sent at least once, and neither acknowledged nor rejected for good. */
    private final Map<String, String> open = new LinkedHashMap<>();

    private final String text;
    private volatile boolean writing;
    private final Promise<Throwable> firstError = Promise.promise();
    private volatile Promise<Void> nextAck = Promise.promise();
    private List<Future<?>> chains = List.of();

    private Flood(Vertx vertx, Credentials who, String conversation, int length, History history, ChatConnection link) {
        this.vertx = vertx;
        this.who = who;
        this.name = who.username() + "/flood";
        this.conversation = conversation;
        this.history = history;
        this.connection = link;
        this.text = "w".repeat(length);
        history.record(new Event.Started(name, who.user()));
        history.record(new Event.Gone(name));
    }

    /** @param length of each text */
    static Flood connect(
            Vertx vertx, ChatClient client, Credentials who, String conversation, int length, History history)
            throws Exception {
        ChatConnection link = await(client.connect(who.accessToken(), (type, data) -> {}));
        return new Flood(vertx, who, conversation, length, history, link);
    }

    /** Writes {@code width} messages at a time until {@link #halt}. */
    void start(int width) {
        writing = true;
        List<Future<?>> begun = new ArrayList<>();
        List<String> again;
        synchronized (open) {
            again = new ArrayList<>(open.keySet());
        }
        for (int i = 0; i < width; i++) {
            List<String> share = new ArrayList<>();
            for (int each = i; each < again.size(); each += width) {
                share.add(again.get(each));
            }
            begun.add(Repeat.untilLast(() -> write(share)));
        }
        chains = begun;
    }

    private Future<Boolean> write(List<String> first) {
        if (!writing) {
            return Future.succeededFuture(true);
        }
        String clientId = first.isEmpty() ? fresh() : first.remove(0);
        return send(clientId).map(false);
    }

    private String fresh() {
        String clientId = "m" + sent.incrementAndGet();
        synchronized (open) {
            open.put(clientId, text + " " + clientId);
        }
        history.record(new Event.Invoked(name, conversation, clientId, "message", null));
        return clientId;
    }

    private Future<Void> send(String clientId) {
        if (!connection.isOpen()) {
            failed(new AssertionError(
                    "the socket was closed: " + connection.closed().result()));
            writing = false;
            return Future.succeededFuture();
        }
        long asked = System.nanoTime();
        return connection
                .request("message.send", TestUser.message(conversation, clientId, text + " " + clientId))
                .onComplete(answer ->
                        slowestMs.accumulateAndGet(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked), Math::max))
                .compose(
                        answer -> {
                            acknowledged(clientId, answer.get("seq").asLong());
                            return Future.succeededFuture();
                        },
                        failure -> {
                            failed(failure);
                            return writing && isUnavailable(failure)
                                    ? vertx.timer(AGAIN_MS, TimeUnit.MILLISECONDS)
                                            .compose(waited -> writing ? send(clientId) : Future.succeededFuture())
                                    : Future.succeededFuture();
                        });
    }

    private void acknowledged(String clientId, long seq) {
        history.record(new Event.Acknowledged(name, conversation, clientId, seq));
        synchronized (open) {
            open.remove(clientId);
        }
        acknowledged.incrementAndGet();
        Promise<Void> waiting = nextAck;
        nextAck = Promise.promise();
        waiting.complete();
    }

    private void failed(Throwable failure) {
        synchronized (errors) {
            errors.add(failure);
        }
        firstError.tryComplete(failure);
    }

    private static boolean isUnavailable(Throwable failure) {
        return failure instanceof ChatError error && error.kind() == ChatError.Kind.UNAVAILABLE;
    }

    /** Starts no more sends. Sends in flight are still answered. */
    void halt() {
        writing = false;
    }

    /** Waits for the answers to everything sent before {@link #halt}. */
    void awaitAnswers() throws Exception {
        for (Future<?> chain : chains) {
            await(chain);
        }
    }

    /** Halts, and retries unacknowledged sends until they are acknowledged. */
    void finish() throws Exception {
        halt();
        awaitAnswers();
        List<String> left;
        synchronized (open) {
            left = new ArrayList<>(open.keySet());
        }
        writing = true;
        for (String clientId : left) {
            await(send(clientId));
        }
        halt();
    }

    /** Waits for this number of further acks. */
    void awaitAcknowledged(int more) throws Exception {
        int wanted = acknowledged.get() + more;
        while (acknowledged.get() < wanted) {
            await(nextAck.future());
        }
    }

    int acknowledged() {
        return acknowledged.get();
    }

    /** Completes when an answer is an error, or when there was one. */
    Future<Throwable> firstError() {
        return firstError.future();
    }

    /** The longest time to an answer since the last call, in milliseconds. */
    long slowestMs() {
        return slowestMs.getAndSet(0);
    }

    /** The answers that were not acks. */
    List<Throwable> errors() {
        synchronized (errors) {
            return List.copyOf(errors);
        }
    }

    Credentials who() {
        return who;
    }
}
