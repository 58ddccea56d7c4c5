package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.loadtest.history.Digest;
import im.hongyan.loadtest.history.Event;
import im.hongyan.loadtest.history.History;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A user's requests, kept until their outcome is known. Sends one request per conversation at a time, in order, and
 * repeats each with the same client id after a lost connection, a timeout or a busy server. Used on the client's event
 * loop only.
 */
final class Outbox {
    /** Requests that append one entry with the request's client id, and the kind of that entry. */
    private static final Map<String, String> APPENDS = Map.of(
            "message.send", "message",
            "message.recall", "recall",
            "message.edit", "edit",
            "message.react", "reaction");

    private static final class Submission {
        final String type;
        final String conversation;
        final String clientId;
        final ObjectNode data;
        final Promise<Ack> outcome = Promise.promise();
        boolean inFlight;
        /** Whether an earlier attempt may have been stored without an answer. */
        boolean perhapsStored;

        int attempts;
        long timer;

        Submission(String type, String conversation, String clientId, ObjectNode data) {
            this.type = type;
            this.conversation = conversation;
            this.clientId = clientId;
            this.data = data;
        }

        boolean isRecorded() {
            return APPENDS.containsKey(type) && conversation != null;
        }
    }

    private final String client;
    private final RequestRetrier patience;
    private final History history;
    private final Map<String, Deque<Submission>> queues = new HashMap<>();
    private ChatConnection link;
    private long retries;

    Outbox(String client, RequestRetrier patience, History history) {
        this.client = client;
        this.patience = patience;
        this.history = history;
    }

    /**
     * Completes with the outcome. Fails with {@link ChatError}, or with {@link NoAnswer} if the outcome stays unknown.
     */
    Future<Ack> submit(String type, String clientId, ObjectNode data) {
        String conversation = Json.optionalText(data, "conversation");
        Submission submission = new Submission(type, conversation, clientId, data.put("clientId", clientId));
        if (submission.isRecorded()) {
            history.record(
                    new Event.Invoked(client, conversation, clientId, APPENDS.get(type), expectedDigest(type, data)));
        }
        long giveUpMs = patience.options().giveUpAfter().toMillis();
        submission.timer = patience.vertx()
                .setTimer(giveUpMs, late -> giveUp(submission, new NoAnswer("no outcome of " + type + " in time")));
        Deque<Submission> queue = queues.computeIfAbsent(key(submission), key -> new ArrayDeque<>());
        queue.add(submission);
        pump(queue);
        return submission.outcome.future();
    }

    /** The digest of the entry's expected content. It is null if the server completes the content. */
    private static String expectedDigest(String type, ObjectNode data) {
        if (!type.equals("message.send")) {
            return null;
        }
        ObjectNode content = Json.object(data, "content").deepCopy();
        if (data.has("replyTo")) {
            content.set("replyTo", data.get("replyTo"));
        }
        return Digest.of(content);
    }

    private static String key(Submission submission) {
        return submission.conversation == null ? "" : submission.conversation;
    }

    void connected(ChatConnection connection) {
        link = connection;
        List.copyOf(queues.values()).forEach(this::pump);
    }

    private void pump(Deque<Submission> queue) {
        Submission next = queue.peek();
        if (next == null || next.inFlight || link == null || !link.isOpen()) {
            return;
        }
        next.inFlight = true;
        retries += next.attempts > 0 ? 1 : 0;
        link.request(next.type, next.data).onComplete(answer -> {
            next.inFlight = false;
            if (queue.peek() != next) {
                return; // Given up meanwhile.
            }
            if (answer.succeeded()) {
                acknowledged(queue, next, answer.result());
            } else {
                failed(queue, next, answer.cause());
            }
        });
    }

    private void acknowledged(Deque<Submission> queue, Submission done, JsonNode answer) {
        long seq = answer.path("seq").asLong(0);
        if (done.isRecorded() && seq < 1) {
            history.record(new Event.Anomaly(client, done.conversation, done.type + " answered without a seq"));
        } else if (done.isRecorded()) {
            history.record(new Event.Acknowledged(client, done.conversation, done.clientId, seq));
        }
        remove(queue, done);
        done.outcome.complete(new Ack(done.conversation, done.clientId, seq, answer));
        pump(queue);
    }

    private void failed(Deque<Submission> queue, Submission failed, Throwable failure) {
        boolean known = failure instanceof ChatError error
                && error.kind() != ChatError.Kind.UNAVAILABLE
                && error.kind() != ChatError.Kind.INTERNAL;
        failed.perhapsStored |= !known;
        long wait = patience.waitMs(failure, failed.attempts++);
        if (wait >= 0) {
            // Without a connection, the next connection sends it.
            patience.vertx().setTimer(wait, again -> pump(queue));
        } else if (failed.perhapsStored) {
            giveUp(failed, failure);
        } else {
            if (failed.isRecorded()) {
                String reason = ((ChatError) failure).reason();
                history.record(new Event.Refused(client, failed.conversation, failed.clientId, reason));
            }
            remove(queue, failed);
            failed.outcome.fail(failure);
            pump(queue);
        }
    }

    private void giveUp(Submission submission, Throwable why) {
        Deque<Submission> queue = queues.get(key(submission));
        if (queue == null || !queue.contains(submission)) {
            return;
        }
        if (submission.isRecorded()) {
            history.record(new Event.Unknown(client, submission.conversation, submission.clientId));
        }
        remove(queue, submission);
        submission.outcome.fail(why);
        pump(queue);
    }

    private void remove(Deque<Submission> queue, Submission done) {
        patience.vertx().cancelTimer(done.timer);
        queue.remove(done);
        if (queue.isEmpty()) {
            queues.remove(key(done), queue);
        }
    }

    /** No more connections will open. */
    void stop(Throwable why) {
        List<Submission> waiting = new ArrayList<>();
        queues.values().forEach(waiting::addAll);
        waiting.forEach(submission -> giveUp(submission, why));
    }

    /** The number of requests that were sent again. */
    long retries() {
        return retries;
    }
}
