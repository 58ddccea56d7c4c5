package im.hongyan.redenvelope;

import im.hongyan.protocol.Rejection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.BiFunction;

/**
 * Questions that go together. Of one key there is one request at a time; whoever asks meanwhile goes with the next one. So
 * nobody waits for company, and a crowd costs few requests. Thread-safe.
 */
final class Gathering<K, Q, A> {
    private static final int MOST_TOGETHER = 256;
    private static final int MOST_WAITING = 20_000;

    private record Asked<Q, A>(Q question, Promise<A> answer) {}

    private final BiFunction<K, List<Q>, Future<List<A>>> request;
    /** Under each key of which a request is under way: who waits for the next one. */
    private final Map<K, Queue<Asked<Q, A>>> waiting = new HashMap<>();

    private int allWaiting;

    /** @param request answers some questions of a key, in their order */
    Gathering(BiFunction<K, List<Q>, Future<List<A>>> request) {
        this.request = request;
    }

    /** Fails as the request does, and with {@code unavailable} if too many wait. */
    Future<A> ask(K key, Q question) {
        Asked<Q, A> mine = new Asked<>(question, Promise.promise());
        synchronized (waiting) {
            Queue<Asked<Q, A>> others = waiting.get(key);
            if (others != null) {
                if (allWaiting == MOST_WAITING) {
                    return Future.failedFuture(
                            Rejection.unavailable("envelope.busy", "too many people open envelopes", 1_000));
                }
                allWaiting++;
                others.add(mine);
                return mine.answer.future();
            }
            waiting.put(key, new ArrayDeque<>());
        }
        send(key, List.of(mine));
        return mine.answer.future();
    }

    private void send(K key, List<Asked<Q, A>> together) {
        Future.succeededFuture()
                .compose(none -> request.apply(
                        key, together.stream().map(Asked::question).toList()))
                .map(answers -> {
                    if (answers.size() != together.size()) {
                        throw new IllegalStateException(
                                answers.size() + " answers to " + together.size() + " questions");
                    }
                    return answers;
                })
                .onComplete(done -> {
                    // The next ones first: they need not wait for what these do with their answers.
                    List<Asked<Q, A>> next = next(key);
                    if (!next.isEmpty()) {
                        send(key, next);
                    }
                    for (int i = 0; i < together.size(); i++) {
                        Promise<A> answer = together.get(i).answer;
                        if (done.succeeded()) {
                            answer.complete(done.result().get(i));
                        } else {
                            answer.fail(done.cause());
                        }
                    }
                });
    }

    private List<Asked<Q, A>> next(K key) {
        List<Asked<Q, A>> next = new ArrayList<>();
        synchronized (waiting) {
            Queue<Asked<Q, A>> queue = waiting.get(key);
            while (!queue.isEmpty() && next.size() < MOST_TOGETHER) {
                next.add(queue.remove());
            }
            allWaiting -= next.size();
            if (next.isEmpty()) {
                waiting.remove(key);
            }
        }
        return next;
    }
}
