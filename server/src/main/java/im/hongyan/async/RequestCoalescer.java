package im.hongyan.async;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Batches questions without a timer. Each key has at most one request in flight; questions that arrive meanwhile are
 * sent together as its next request. An idle key sends at once. Thread-safe.
 *
 * @param <K> the key: questions of one key may share a request
 * @param <Q> a question
 * @param <A> the answer to one question
 */
public final class RequestCoalescer<K, Q, A> {
    private record Asked<Q, A>(Q question, Promise<A> answer) {}

    private final class Questions implements Batcher.Batch<Asked<Q, A>> {
        private final List<Asked<Q, A>> all = new ArrayList<>(1);

        @Override
        public boolean add(Asked<Q, A> asked) {
            if (all.size() == maxBatch) {
                return false;
            }
            queued.decrementAndGet();
            return all.add(asked);
        }

        void answer(AsyncResult<List<A>> answers) {
            for (int i = 0; i < all.size(); i++) {
                if (answers.succeeded()) {
                    Promises.complete(all.get(i).answer, answers.result().get(i));
                } else {
                    Promises.fail(all.get(i).answer, answers.cause());
                }
            }
        }
    }

    private final int maxBatch;
    private final int maxQueued;
    private final Supplier<? extends Throwable> refusal;
    private final BiFunction<K, List<Q>, Future<List<A>>> request;
    /** The keys that have a request in flight. */
    private final Map<K, Batcher<Asked<Q, A>, Questions>> batchers = new HashMap<>();

    private final AtomicInteger queued = new AtomicInteger();

    /**
     * @param maxBatch the maximum number of questions in one request
     * @param maxQueued the maximum number of waiting questions, over all keys
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
        Batcher<Asked<Q, A>, Questions> batcher;
        boolean idle;
        synchronized (batchers) {
            batcher = batchers.get(key);
            if (batcher != null && queued.get() >= maxQueued) {
                return Future.failedFuture(refusal.get());
            }
            if (batcher == null) {
                batcher = new Batcher<>(maxQueued, Questions::new, questions -> send(key, questions));
                batchers.put(key, batcher);
            }
            queued.incrementAndGet();
            idle = batcher.enqueue(mine);
        }
        if (idle) {
            batcher.run();
            removeIfIdle(key);
        }
        return mine.answer.future();
    }

    /** To be called whenever the batcher of the key has run. */
    private void removeIfIdle(K key) {
        synchronized (batchers) {
            batchers.computeIfPresent(key, (same, batcher) -> batcher.isIdle() ? null : batcher);
        }
    }

    private Future<Void> send(K key, Questions questions) {
        Promise<Void> sent = Promise.promise();
        Future.succeededFuture()
                .compose(none -> request.apply(
                        key, questions.all.stream().map(Asked::question).toList()))
                .map(answers -> {
                    if (answers.size() != questions.all.size()) {
                        throw new IllegalStateException(
                                answers.size() + " answers to " + questions.all.size() + " questions");
                    }
                    return answers;
                })
                .onComplete(answers -> {
                    // The next request goes first: it need not wait for what the callers do with these answers.
                    sent.complete();
                    removeIfIdle(key);
                    questions.answer(answers);
                });
        return sent.future();
    }
}
