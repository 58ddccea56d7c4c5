package im.hongyan.async;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BatcherTest {
    private static final int MAX_BATCH = 4;
    private static final int MAX_BATCH_WEIGHT = 10;
    private static final int MAX_QUEUED = 6;
    private static final int MAX_QUEUED_WEIGHT = 20;

    /** Takes up to four items of a total weight of ten; an item's weight is its last digit. */
    private static final class Items implements Batcher.Batch<Integer> {
        private final List<Integer> all = new ArrayList<>();
        private final Promise<Void> processed = Promise.promise();
        private int weight;

        @Override
        public boolean add(Integer item) {
            boolean fits = all.isEmpty() || (all.size() < MAX_BATCH && weight + item % 10 <= MAX_BATCH_WEIGHT);
            if (fits) {
                all.add(item);
                weight += item % 10;
            }
            return fits;
        }
    }

    private final List<Items> batches = new ArrayList<>();
    private final Batcher<Integer, Items> batcher =
            new Batcher<>(MAX_QUEUED, MAX_QUEUED_WEIGHT, item -> item % 10, Items::new, this::process, Runnable::run);

    private Future<Void> process(Items batch) {
        batches.add(batch);
        return batch.processed.future();
    }

    @Test
    void offer_batchThrows_dropsTheItemAndContinues() {
        List<String> processed = new ArrayList<>();
        Batcher<String, Batcher.Batch<String>> fragile = new Batcher<>(
                10,
                10,
                item -> 1,
                () -> item -> {
                    if (item.equals("bad")) {
                        throw new IllegalStateException("cannot take it");
                    }
                    return processed.add(item);
                },
                batch -> Future.succeededFuture(),
                Runnable::run);
        assertThat(fragile.offer("bad")).isTrue();
        assertThat(fragile.isIdle()).isTrue();
        fragile.offer("a");
        fragile.offer("b");
        assertThat(processed).containsExactly("a", "b");
    }

    @Test
    void offer_idle_processesAtOnce() {
        assertThat(batcher.offer(1)).isTrue();
        assertThat(batches).singleElement().satisfies(batch -> assertThat(batch.all)
                .containsExactly(1));
        assertThat(batcher.isIdle()).isFalse();

        batches.get(0).processed.complete();
        assertThat(batcher.isIdle()).isTrue();
    }

    @Test
    void offer_batchInFlight_collectsNextBatch() {
        IntStream.of(1, 2, 3).forEach(batcher::offer);
        assertThat(batches).hasSize(1);
        assertThat(batcher.queued()).isEqualTo(2);

        batches.get(0).processed.complete();
        assertThat(batches.get(1).all).containsExactly(2, 3);
        assertThat(batcher.queued()).isZero();
    }

    @Test
    void offer_afterFailedBatch_goesOn() {
        IntStream.of(1, 2).forEach(batcher::offer);
        batches.get(0).processed.fail("away");
        batches.get(1).processed.complete();
        assertThat(batcher.isIdle()).isTrue();
    }

    @Test
    void offer_processThrows_goesOn() {
        Batcher<Integer, Items> broken = new Batcher<>(MAX_QUEUED, Items::new, batch -> {
            batches.add(batch);
            throw new IllegalStateException("broken");
        });
        assertThat(broken.offer(1)).isTrue();
        assertThat(broken.offer(2)).isTrue();
        assertThat(batches).extracting(batch -> batch.all).containsExactly(List.of(1), List.of(2));
        assertThat(broken.isIdle()).isTrue();
    }

    @Test
    void offer_batchesThatEndAtOnce_doNotNest() {
        int many = 100_000;
        AtomicInteger processed = new AtomicInteger();
        Promise<Void> first = Promise.promise();
        Batcher<Integer, Items> quick = new Batcher<>(
                many,
                Items::new,
                batch -> processed.getAndAdd(batch.all.size()) == 0 ? first.future() : Future.succeededFuture());
        IntStream.range(0, many).forEach(quick::offer);
        assertThat(processed).hasValue(1);

        first.complete();
        assertThat(processed).hasValue(many);
    }

    @Test
    void offer_beforeTheExecutorRuns_joinsTheBatch() {
        List<Runnable> scheduled = new ArrayList<>();
        Batcher<Integer, Items> deferred =
                new Batcher<>(MAX_QUEUED, Long.MAX_VALUE, item -> 0, Items::new, this::process, scheduled::add);
        IntStream.of(1, 2).forEach(deferred::offer);
        assertThat(batches).isEmpty();

        assertThat(scheduled).hasSize(1);
        scheduled.get(0).run();
        assertThat(batches.get(0).all).containsExactly(1, 2);
    }

    @Test
    void drainWhile_removesHeadOnly() {
        IntStream.of(0, 1, 2, 13, 4).forEach(batcher::offer);
        assertThat(batcher.drainWhile(item -> item < 10)).containsExactly(1, 2);
        assertThat(batcher.queued()).isEqualTo(2);

        batches.get(0).processed.complete();
        assertThat(batches.get(1).all).containsExactly(13, 4);
    }

    /** A negative step completes the batch in flight; any other offers an item of that weight. */
    @Property
    void batches_anyOrderOfOffersAndCompletions_areBoundedAndInOrder(
            @ForAll @Size(max = 200) List<@IntRange(min = -5, max = 9) Integer> steps) {
        // Tries of a property share the instance of the test.
        new BatcherTest().play(steps);
    }

    private void play(List<Integer> steps) {
        List<Integer> accepted = new ArrayList<>();
        for (int step : steps) {
            if (step < 0) {
                complete();
            } else {
                offer(accepted.size() * 10 + step, accepted);
            }
            long open = batches.stream()
                    .filter(batch -> !batch.processed.future().isComplete())
                    .count();
            assertThat(open).isEqualTo(batcher.isIdle() ? 0 : 1);
        }
        while (!batcher.isIdle()) {
            complete();
        }

        assertThat(batches.stream().flatMap(batch -> batch.all.stream())).containsExactlyElementsOf(accepted);
        assertThat(batches).allSatisfy(batch -> {
            assertThat(batch.all).hasSizeBetween(1, MAX_BATCH);
            assertThat(batch.weight).isLessThanOrEqualTo(MAX_BATCH_WEIGHT);
        });
    }

    private void complete() {
        if (!batches.isEmpty()) {
            batches.get(batches.size() - 1).processed.tryComplete();
        }
    }

    private void offer(int item, List<Integer> accepted) {
        int taken = batches.stream().mapToInt(batch -> batch.all.size()).sum();
        List<Integer> queued = accepted.subList(taken, accepted.size());
        boolean fits = queued.size() < MAX_QUEUED
                && queued.stream().mapToInt(one -> one % 10).sum() + item % 10 <= MAX_QUEUED_WEIGHT;
        assertThat(batcher.queued()).isEqualTo(queued.size());
        // Counted before: an idle batcher processes the item inside offer.
        if (fits) {
            accepted.add(item);
        }
        assertThat(batcher.offer(item)).isEqualTo(fits);
    }

    @Test
    void offer_manyThreads_processesEachOnceAndOneBatchAtATime() throws Exception {
        int threads = 4;
        int each = 5_000;
        ExecutorService executor = Executors.newFixedThreadPool(threads + 1);
        AtomicInteger inFlight = new AtomicInteger();
        AtomicInteger maxInFlight = new AtomicInteger();
        List<Integer> processed = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(threads * each);
        Batcher<Integer, Items> shared = new Batcher<>(threads * each, Items::new, batch -> {
            maxInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
            Promise<Void> done = Promise.promise();
            executor.execute(() -> {
                processed.addAll(batch.all);
                inFlight.decrementAndGet();
                batch.all.forEach(item -> all.countDown());
                done.complete();
            });
            return done.future();
        });
        for (int thread = 0; thread < threads; thread++) {
            int from = thread * each;
            executor.execute(() -> IntStream.range(from, from + each).forEach(shared::offer));
        }

        assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
        executor.shutdown();
        assertThat(executor.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        assertThat(maxInFlight).hasValue(1);
        assertThat(processed)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, threads * each).boxed().toList());
        assertThat(shared.isIdle()).isTrue();
    }
}
