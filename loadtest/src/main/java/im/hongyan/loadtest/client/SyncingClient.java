package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.loadtest.history.Event;
import im.hongyan.loadtest.history.History;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * A correct client for one device of a user. It connects and reconnects (to the next node each time), syncs, shows
 * every visible entry once and in order, and sends so that each message is stored once, whatever breaks. It records
 * what it does and sees in a {@link History}.
 *
 * <p>Methods may be called from any thread. Futures complete and handlers run on the client's event loop.
 */
public final class SyncingClient {
    /** A failed sync is repeated after the same wait as after this many failures. */
    private static final int SYNC_RETRY = 3;

    private final Vertx vertx;
    private final Context context;
    private final String name;
    private final History history;
    private final SyncOptions options;
    private final Random random;
    private final RequestRetrier patience;
    private final Reconnector uplink;
    private final Replica replica;
    private final Outbox outbox;
    private final Promise<Void> started = Promise.promise();
    private volatile Consumer<Entry> onEntry = entry -> {};
    private volatile PushHandler onPush = (type, data) -> {};

    // The fields below are used on the event loop only.
    private List<Promise<Void>> caughtUp = new ArrayList<>();
    private boolean syncing;
    private boolean syncAgain;
    private long ids;

    /**
     * Creates a client that waits for {@link #start}.
     *
     * @param name unique in the history, such as {@code alice/phone}
     * @param nodes at least one; each new connection uses the next
     */
    public SyncingClient(
            Vertx vertx, List<ChatClient> nodes, Credentials who, String name, History history, SyncOptions options) {
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("a client needs at least one node");
        }
        this.vertx = vertx;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.name = name;
        this.history = history;
        this.options = options;
        this.random = new Random();
        this.patience = new RequestRetrier(vertx, options, random);
        this.uplink = new Reconnector(List.copyOf(nodes), who, patience, new Events());
        this.replica = new Replica(name, who.user(), patience, history, entry -> onEntry.accept(entry));
        this.outbox = new Outbox(name, patience, history);
        history.record(new Event.Started(name, who.user()));
    }

    /** Called with every entry, once and in order within each conversation. Set it before {@link #start}. */
    public SyncingClient onEntry(Consumer<Entry> handler) {
        onEntry = handler;
        return this;
    }

    /** Called with every push as it arrives, including entries. Set it before {@link #start}. */
    public SyncingClient onPush(PushHandler handler) {
        onPush = handler;
        return this;
    }

    /** Connects and keeps trying. Completes when the client has caught up for the first time. */
    public Future<Void> start() {
        run(uplink::connect);
        return started.future();
    }

    public Credentials who() {
        return uplink.who();
    }

    public String user() {
        return who().user();
    }

    /** Completes when the server tells this client to stop, or after {@link #stop}. */
    public Future<Closure> ended() {
        return uplink.ended();
    }

    /** The current connection, or null. */
    public ChatConnection connection() {
        return uplink.link();
    }

    private final class Events implements Reconnector.Owner {
        @Override
        public void connected(ChatConnection connection) {
            replica.connected(connection);
            outbox.connected(connection);
            sync();
        }

        @Override
        public void pushed(String type, JsonNode data) {
            replica.push(type, data);
            if (type.equals("sync.required")) {
                sync();
            }
            onPush.push(type, data);
        }

        @Override
        public void ended(Closure closure) {
            NoAnswer why = new NoAnswer("the client has ended: " + closure);
            started.tryFail(why);
            outbox.stop(why);
            caughtUp.forEach(waiter -> waiter.tryFail(why));
        }
    }

    private void sync() {
        if (syncing) {
            syncAgain = true;
            return;
        }
        ChatConnection on = uplink.link();
        if (on == null) {
            return; // The next connection syncs.
        }
        syncing = true;
        syncAgain = false;
        List<Promise<Void>> waiting = caughtUp;
        caughtUp = new ArrayList<>();
        replica.sync().onComplete(synced -> {
            syncing = false;
            if (uplink.isStopped()) {
                waiting.forEach(waiter -> waiter.tryFail(new NoAnswer("the client has ended")));
            } else if (synced.succeeded() && uplink.link() == on) {
                synced(waiting);
            } else {
                caughtUp.addAll(waiting);
                notSynced(on, synced.cause());
            }
            if (syncAgain) {
                sync();
            }
        });
    }

    private void synced(List<Promise<Void>> waiting) {
        uplink.caughtUp();
        started.tryComplete();
        if (!waiting.isEmpty()) {
            replica.settle();
            waiting.forEach(Promise::tryComplete);
        }
    }

    private void notSynced(ChatConnection on, Throwable why) {
        if (uplink.link() != on || !on.isOpen()) {
            return;
        }
        if (!(why instanceof NoAnswer)) {
            replica.anomaly(null, "sync: " + why);
        }
        vertx.setTimer(options.backoffMs(SYNC_RETRY, random), again -> sync());
    }

    /** Sends a text. See {@link #submit}. */
    public Future<Ack> send(String conversation, String text) {
        ObjectNode data = Json.object().put("conversation", conversation);
        data.putObject("content").put("type", "text").put("text", text);
        return submit("message.send", data);
    }

    /**
     * Sends a request that stores something, and adds a client id to it. Requests of one conversation are sent in
     * order, and each is repeated until its outcome is known. Fails with {@link ChatError} if the server refuses, and
     * with {@link NoAnswer} if the outcome is still unknown after {@link SyncOptions#giveUpAfter}.
     *
     * @param data anything that Jackson can write as an object, such as a map
     */
    public Future<Ack> submit(String type, Object data) {
        return onLoop(() -> outbox.submit(type, newId(), Json.objectOf(data)));
    }

    /** Like {@link #submit}, with the caller's client id. */
    public Future<Ack> submit(String type, String clientId, Object data) {
        return onLoop(() -> outbox.submit(type, clientId, Json.objectOf(data)));
    }

    private String newId() {
        return Long.toString(random.nextLong() >>> 1, Character.MAX_RADIX) + "-" + ++ids;
    }

    /** Sends a request once, on the current connection. For requests that may be lost or that the caller handles. */
    public Future<JsonNode> request(String type, Object data) {
        ChatConnection open = uplink.link();
        return open == null ? Future.failedFuture(new NoAnswer("not connected")) : open.request(type, data);
    }

    /**
     * Sends a request and repeats it after a lost connection, a timeout or a busy server. It must be safe to repeat.
     */
    public Future<JsonNode> ask(String type, Object data) {
        return onLoop(
                () -> ask(type, data, System.nanoTime() + options.giveUpAfter().toNanos()));
    }

    private Future<JsonNode> ask(String type, Object data, long deadline) {
        ChatConnection open = uplink.link();
        Future<JsonNode> answer =
                open == null ? Future.failedFuture(new NoAnswer("not connected")) : patience.ask(open, type, data);
        return answer.recover(failure -> {
            if (!(failure instanceof NoAnswer) || uplink.isStopped() || System.nanoTime() > deadline) {
                return Future.failedFuture(failure);
            }
            return vertx.timer(options.backoffMs(0, random), java.util.concurrent.TimeUnit.MILLISECONDS)
                    .compose(waited -> ask(type, data, deadline));
        });
    }

    /** Opens the direct conversation with a user and records the windows of both. */
    public Future<String> openDirect(String user) {
        return ask("conversation.open", Json.object().put("user", user)).map(answer -> {
            String conversation = Json.conversationId(answer);
            history.record(new Event.Joined(user(), conversation, 1));
            history.record(new Event.Joined(user, conversation, 1));
            return conversation;
        });
    }

    /** Creates a group that this user owns and records the windows of all members. */
    public Future<String> createGroup(String title, List<String> users) {
        ObjectNode data = Json.object().put("title", title);
        ArrayNode members = data.putArray("members");
        users.forEach(members::add);
        return submit("group.create", data).map(ack -> {
            String group = Json.conversationId(ack.data());
            history.record(new Event.Joined(user(), group, 1));
            users.forEach(member -> history.record(new Event.Joined(member, group, 1)));
            return group;
        });
    }

    /** Adds users who are not members. Their window begins with the entry that adds them. */
    public Future<Ack> addToGroup(String group, List<String> users) {
        return changeGroup("group.add", group, users)
                .onSuccess(ack -> users.forEach(user -> history.record(new Event.Joined(user, group, ack.seq()))));
    }

    /** Removes members. The entry that removes them is the last that they see. */
    public Future<Ack> removeFromGroup(String group, List<String> users) {
        return changeGroup("group.remove", group, users)
                .onSuccess(ack -> users.forEach(user -> history.record(new Event.Left(user, group, ack.seq()))));
    }

    public Future<Ack> leaveGroup(String group) {
        return submit("group.leave", Json.object().put("conversation", group))
                .onSuccess(ack -> history.record(new Event.Left(user(), group, ack.seq())));
    }

    private Future<Ack> changeGroup(String type, String group, List<String> users) {
        ObjectNode data = Json.object().put("conversation", group);
        ArrayNode list = data.putArray("users");
        users.forEach(list::add);
        return submit(type, data);
    }

    /**
     * Completes when the client has everything that was stored before this call. Records that claim in the history, so
     * that the checker verifies it. The caller sets the deadline.
     */
    public Future<Void> catchUp() {
        Promise<Void> done = Promise.promise();
        run(() -> {
            if (uplink.isStopped()) {
                done.fail(new NoAnswer("the client has ended"));
                return;
            }
            caughtUp.add(done);
            sync();
        });
        return done.future();
    }

    /** What the client has, per conversation. */
    public Future<Collection<ConversationView>> views() {
        return onLoop(() -> Future.succeededFuture(replica.views()));
    }

    public Future<SyncStats> stats() {
        return onLoop(() -> Future.succeededFuture(uplink.stats(outbox.retries(), replica.repairs())));
    }

    /** Breaks the current connection without a close frame. The client reconnects by itself. */
    public void cut() {
        ChatConnection open = uplink.link();
        if (open != null) {
            open.cut();
        }
    }

    /** Closes the connection and does not reconnect. Requests without an outcome fail with {@link NoAnswer}. */
    public Future<Closure> stop() {
        run(uplink::stop);
        return uplink.ended();
    }

    /** Like {@link #stop}, and records in the history that this client will not catch up. */
    public Future<Closure> abandon() {
        history.record(new Event.Gone(name));
        return stop();
    }

    private <T> Future<T> onLoop(Callable<Future<T>> task) {
        Promise<T> promise = Promise.promise();
        run(() -> {
            try {
                task.call().onComplete(promise);
            } catch (Exception e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }

    private void run(Runnable task) {
        if (Vertx.currentContext() == context) {
            task.run();
        } else {
            context.runOnContext(go -> task.run());
        }
    }
}
