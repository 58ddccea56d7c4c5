package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.loadtest.history.Event;
import im.hongyan.loadtest.history.History;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * A device's copy of its user's conversations. Pushes are hints, gaps are read after a while, and a sync finds
 * everything that was missed. Used on the client's event loop only.
 */
final class Replica {
    private static final int PARALLEL_READS = 8;
    private static final int MAX_CURSORS = 100;
    /** How many reads in a row may return nothing new before the server is at fault. */
    private static final int MAX_STALLS = 5;

    private static final class Conversation {
        final String id;
        final ConversationCursor cursor = new ConversationCursor();
        String state;
        long readSeq;
        long unread;
        long shownAtSync;
        int stalls;
        boolean waiting;
        Future<Void> repair;

        Conversation(String id) {
            this.id = id;
        }
    }

    private final String client;
    private final String user;
    private final Vertx vertx;
    private final SyncOptions options;
    private final Random random;
    private final RequestRetrier patience;
    private final History history;
    private final Consumer<Entry> shown;
    private final Map<String, Conversation> conversations = new LinkedHashMap<>();
    private String epoch;
    private String since;
    private long repairs;
    private ChatConnection link;

    Replica(String client, String user, RequestRetrier patience, History history, Consumer<Entry> shown) {
        this.client = client;
        this.user = user;
        this.vertx = patience.vertx();
        this.options = patience.options();
        this.random = patience.random();
        this.patience = patience;
        this.history = history;
        this.shown = shown;
    }

    /** Handles a new connection, whose welcome contains the epoch. */
    void connected(ChatConnection connection) {
        link = connection;
        String told = Json.optionalText(connection.welcome(), "epoch");
        if (epoch != null && !epoch.equals(told)) {
            restart();
        }
        epoch = told;
    }

    private void restart() {
        conversations.clear();
        since = null;
        history.record(new Event.Restarted(client));
    }

    void push(String type, JsonNode data) {
        try {
            if (type.equals("entry")) {
                arrived(Entry.of(data));
            } else if (type.equals("read") && user.equals(Json.text(data, "user"))) {
                Conversation conversation = conversation(Json.text(data, "conversation"));
                conversation.readSeq = Math.max(conversation.readSeq, Json.integer(data, "seq"));
            } else if (type.equals("broken")) {
                anomaly(null, data.path("what").asText());
            }
        } catch (IllegalArgumentException e) {
            anomaly(null, "a push of type " + type + " with " + e.getMessage());
        }
    }

    private void arrived(Entry entry) {
        Conversation conversation = conversation(entry.conversation());
        show(conversation.cursor.arrived(entry));
        repairLater(conversation);
    }

    /** Records that the log reaches {@code seq}, according to an answer. */
    void knowOf(String conversation, long seq) {
        Conversation known = conversation(conversation);
        known.cursor.knowOf(seq);
        repairLater(known);
    }

    private void show(List<Entry> entries) {
        for (Entry entry : entries) {
            history.record(entry.observedBy(client));
            shown.accept(entry);
        }
    }

    private void repairLater(Conversation conversation) {
        if (!conversation.cursor.isBehind() || conversation.waiting) {
            return;
        }
        conversation.waiting = true;
        vertx.setTimer(options.repairDelayMs(random), timer -> {
            conversation.waiting = false;
            if (conversation.cursor.isBehind() && link != null && link.isOpen()) {
                ChatConnection current = link;
                repair(conversation).onFailure(e -> {
                    if (current.isOpen()) {
                        repairLater(conversation);
                    }
                });
            }
        });
    }

    /** Reads until nothing is missing. Completes at once if nothing is. */
    private Future<Void> repair(Conversation conversation) {
        if (conversation.repair != null) {
            return conversation.repair;
        }
        Promise<Void> done = Promise.promise();
        conversation.repair = done.future();
        readOn(conversation).onComplete(read -> {
            conversation.repair = null;
            done.handle(read);
        });
        return done.future();
    }

    private Future<Void> readOn(Conversation conversation) {
        ConversationCursor cursor = conversation.cursor;
        if (!cursor.isBehind()) {
            conversation.stalls = 0;
            return Future.succeededFuture();
        }
        repairs++;
        long after = cursor.shown();
        ObjectNode request = Json.object()
                .put("conversation", conversation.id)
                .put("after", after)
                .put("limit", options.page());
        return patience.ask(link, "entries.read", request)
                .compose(answer -> {
                    show(cursor.read(
                            Json.integer(answer, "through"),
                            Json.integer(answer, "lastSeq"),
                            entries(Json.array(answer, "entries"), conversation.id)));
                    return cursor.shown() > after || !cursor.isBehind() ? readOn(conversation) : stalled(conversation);
                })
                .recover(failure -> unreadable(conversation, failure));
    }

    /** A push may arrive before a read sees the entry, so a single read without progress proves nothing. */
    private Future<Void> stalled(Conversation conversation) {
        if (++conversation.stalls < MAX_STALLS) {
            return vertx.timer(options.repairDelayMs(random), java.util.concurrent.TimeUnit.MILLISECONDS)
                    .compose(waited -> readOn(conversation));
        }
        ConversationCursor cursor = conversation.cursor;
        anomaly(
                conversation.id,
                "entries.read after " + cursor.shown() + " returns nothing new, but " + cursor.head() + " is known");
        conversation.stalls = 0;
        cursor.giveUp();
        return Future.succeededFuture();
    }

    private Future<Void> unreadable(Conversation conversation, Throwable failure) {
        boolean refused = failure instanceof ChatError error
                && error.kind() != ChatError.Kind.LIMITED
                && error.kind() != ChatError.Kind.UNAVAILABLE;
        if (refused || failure instanceof IllegalArgumentException) {
            anomaly(conversation.id, "entries.read: " + failure.getMessage());
            conversation.cursor.giveUp();
            return Future.succeededFuture();
        }
        return Future.failedFuture(failure);
    }

    /** Finds everything that was missed. Fails if the connection closes first. */
    Future<Void> sync() {
        ChatConnection current = link;
        conversations.values().forEach(known -> known.shownAtSync = known.cursor.shown());
        return page(current).compose(paged -> repairAll(current));
    }

    private Future<Void> page(ChatConnection on) {
        ObjectNode request = Json.object();
        if (since != null) {
            request.put("since", since);
        }
        ObjectNode cursors = Json.object();
        conversations.values().stream()
                .filter(known -> known.cursor.shown() > 0)
                .limit(MAX_CURSORS)
                .forEach(known -> cursors.put(known.id, known.cursor.shown()));
        if (!cursors.isEmpty()) {
            request.set("cursors", cursors);
        }
        return patience.ask(on, "sync", request).compose(answer -> {
            for (JsonNode change : Json.array(answer, "changes")) {
                if (!apply(change)) {
                    restart();
                    return page(on);
                }
            }
            since = Json.text(answer, "since");
            return answer.path("more").asBoolean(false) ? page(on) : Future.succeededFuture();
        });
    }

    /** Returns false if the log is shorter than this client has seen it, which makes its cursors useless. */
    private boolean apply(JsonNode change) {
        Conversation conversation = conversation(Json.text(change, "conversation"));
        long lastSeq = Json.integer(change, "lastSeq");
        conversation.state = Json.text(change, "state");
        if (conversation.state.equals("member") && conversation.shownAtSync > lastSeq) {
            return false;
        }
        conversation.readSeq = Json.integer(change, "readSeq");
        conversation.unread = Json.integer(change, "unread");
        entries(Json.array(change, "entries"), conversation.id)
                .forEach(entry -> show(conversation.cursor.arrived(entry)));
        conversation.cursor.knowOf(lastSeq);
        return true;
    }

    private Future<Void> repairAll(ChatConnection on) {
        List<Future<Void>> reads = new ArrayList<>();
        for (Conversation known : conversations.values()) {
            if (known.cursor.isBehind() && reads.size() < PARALLEL_READS) {
                reads.add(repair(known));
            }
        }
        if (reads.isEmpty()) {
            return Future.succeededFuture();
        }
        return Future.join(reads)
                .compose(read -> on == link && on.isOpen()
                        ? repairAll(on)
                        : Future.failedFuture(new NoAnswer("the connection ended during the sync")));
    }

    /** Records in the history that the client has seen everything. */
    void settle() {
        for (Conversation known : conversations.values()) {
            history.record(new Event.Settled(client, known.id, known.cursor.shown()));
        }
    }

    Collection<ConversationView> views() {
        return conversations.values().stream()
                .map(known -> new ConversationView(
                        known.id, known.state, known.cursor.shown(), known.cursor.head(), known.readSeq, known.unread))
                .toList();
    }

    /** The number of reads that were made because something was missing. */
    long repairs() {
        return repairs;
    }

    private Conversation conversation(String id) {
        return conversations.computeIfAbsent(id, Conversation::new);
    }

    private static List<Entry> entries(JsonNode array, String conversation) {
        List<Entry> entries = new ArrayList<>(array.size());
        array.forEach(entry -> entries.add(Entry.of(entry, conversation)));
        return entries;
    }

    void anomaly(String conversation, String what) {
        history.record(new Event.Anomaly(client, conversation, what));
    }
}
