package im.hongyan.async;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Batches questions without a timer. Each key has at most one request in flight; questions that arrive meanwhile are sent
 * together as its next request. An idle key sends at once. Thread-safe.
 *
 * @param <K> the key: questions of one key may share a request
 * @param <Q> a question
 * @param <A> the answer to one question
 */
public final class RequestCoalescer<K, Q, A> {
    private record Asked<Q, A>(Q question, Promise<A> answer) {}

    private final int maxBatch;
    private final int maxQueued;
    private final Supplier<? extends Throwable> refusal;
    private final BiFunction<K, List<Q>, Future<List<A>>> request;
    /** The questions that wait for the next request, by key; a key is present while it has a request in flight. */
    private final Map<K, Queue<Asked<Q, A>>> queues = new HashMap<>();

    private int queued;

    /**
     * @param maxBatch the most questions in one request
     * @param maxQueued the most questions that may wait, over all keys
     * @param refusal the failure of a question that finds the queue full
     * @param request answers questions of one key, in their order
     */
    public RequestCoalescer(
            int maxBatch,
            int maxQueued,
            Supplier<? extends Throwable> refusal,
            BiFunction<K, List<Q>, Future<List<A>>> request) {
        this.maxBatch = maxBatch;
        this.maxQueued = maxQueued;
        this.refusal = refusal;
        this.request = request;
    }

    /** Answers {@code question}; fails as its request fails, or with the refusal if too many questions wait. */
    public Future<A> ask(K key, Q question) {
        Asked<Q, A> mine = new Asked<>(question, Promise.promise());
        synchronized (queues) {
            Queue<Asked<Q, A>> others = queues.get(key);
            if (others != null) {
                if (queued == maxQueued) {
                    return Future.failedFuture(refusal.get());
                }
                queued++;
                others.add(mine);
                return mine.answer.future();
            }
            queues.put(key, new ArrayDeque<>());
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
                    // Send the next batch first: it need not wait for what the callers do with these answers.
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
        synchronized (queues) {
            Queue<Asked<Q, A>> queue = queues.get(key);
            while (!queue.isEmpty() && next.size() < maxBatch) {
                next.add(queue.remove());
            }
            queued -= next.size();
            if (next.isEmpty()) {
                queues.remove(key);
            }
        }
        return next;
    }
}
