package im.hongyan.async;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FairQueueTest {
    private final List<String> started = new ArrayList<>();
    private final Queue<Promise<String>> running = new ArrayDeque<>();

    private FairQueue<String> queue(int maxConcurrent, int maxPending) {
        return new FairQueue<>(
                maxConcurrent, maxPending, Duration.ofMinutes(1), () -> new IllegalStateException("refused"));
    }

    private Future<String> submit(FairQueue<String> queue, String key, String name) {
        return queue.submit(key, () -> {
            started.add(name);
            Promise<String> promise = Promise.promise();
            running.add(promise);
            return promise.future();
        });
    }

    private void finishAll() {
        while (!running.isEmpty()) {
            running.remove().complete("done");
        }
    }

    @Test
    void submit_manyOfOneKey_doesNotDelayOtherKeys() {
        FairQueue<String> queue = queue(1, 100);
        for (int i = 0; i < 5; i++) {
            submit(queue, "crowd", "c" + i);
        }
        submit(queue, "owner", "o0");
        submit(queue, "other", "x0");
        submit(queue, "owner", "o1");

        finishAll();

        assertThat(started).containsExactly("c0", "c1", "o0", "x0", "c2", "o1", "c3", "c4");
    }

    /** If each started the next one inside itself, the stack would overflow. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void submit_workThatEndsAtOnce_runsInOrderWithoutNesting(int maxConcurrent) {
        int many = 100_000;
        FairQueue<String> queue = queue(maxConcurrent, 2 * many);
        for (int i = 0; i < maxConcurrent; i++) {
            submit(queue, "first", "first");
        }
        List<Integer> ended = new ArrayList<>();
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            int nth = i;
            answers.add(queue.submit("key", () -> {
                ended.add(nth);
                return Future.succeededFuture(nth);
            }));
        }
        assertThat(ended).isEmpty();

        finishAll();

        assertThat(ended).isEqualTo(IntStream.range(0, many).boxed().toList());
        assertThat(answers).allSatisfy(answer -> assertThat(answer.succeeded()).isTrue());
        assertThat(queue.submit("key", () -> Future.succeededFuture(many)).result())
                .isEqualTo(many);
    }

    @Test
    void submit_listenerThrows_nextTaskStarts() {
        FairQueue<String> queue = queue(1, 100);
        submit(queue, "a", "a0").onComplete(done -> {
            throw new IllegalStateException("a bug of the caller");
        });
        submit(queue, "a", "a1");

        running.remove().complete("done");

        assertThat(started).containsExactly("a0", "a1");
    }

    @Test
    void submit_queueFull_refusesNewestOfLongestQueue() {
        FairQueue<String> queue = queue(1, 4);
        List<Future<String>> crowd = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            crowd.add(submit(queue, "crowd", "c" + i));
        }
        Future<String> owner = submit(queue, "owner", "o0");
        assertThat(crowd.get(3).failed()).isTrue();
        assertThat(submit(queue, "crowd", "c4").failed()).isTrue();

        finishAll();

        assertThat(owner.succeeded()).isTrue();
        assertThat(started).containsExactly("c0", "c1", "o0", "c2");
    }

    @Test
    void submit_withoutRoom_refuses() {
        assertThat(submit(queue(1, 0), "a", "a0").failed()).isTrue();
        assertThat(started).isEmpty();
    }

    @Test
    void submit_workThrows_failsAndContinues() {
        FairQueue<String> queue = queue(1, 10);
        Future<String> failing = queue.submit("a", () -> {
            throw new IllegalStateException("a bug");
        });
        submit(queue, "a", "a1");

        assertThat(failing.failed()).isTrue();
        assertThat(started).containsExactly("a1");
    }

    @Test
    void submit_waitedTooLong_isRefusedAtItsTurn() {
        FairQueue<String> queue =
                new FairQueue<>(1, 10, Duration.ofNanos(0), () -> new IllegalStateException("refused"));
        submit(queue, "a", "a0").onComplete(done -> {});
        Future<String> late = submit(queue, "a", "a1");
        finishAll();
        assertThat(late.failed()).isTrue();
    }

    /** Everything gets exactly one outcome, in the order of its key, and the bounds hold. */
    @Property(tries = 200)
    void submit_anySequence_completesEachOnceInOrderOfKey(
            @ForAll @Size(max = 60) List<@IntRange(max = 4) Integer> keys,
            @ForAll @IntRange(min = 1, max = 3) int maxConcurrent,
            @ForAll @IntRange(min = 1, max = 20) int maxPending) {
        started.clear();
        running.clear();
        FairQueue<String> queue = queue(maxConcurrent, maxPending);
        List<Future<String>> results = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            results.add(submit(queue, "k" + keys.get(i), "%d %03d".formatted(keys.get(i), i)));
            assertThat(running.size()).isLessThanOrEqualTo(maxConcurrent);
            if (i % 7 == 6 && !running.isEmpty()) {
                running.remove().complete("done");
            }
        }
        finishAll();
        assertThat(results).allMatch(Future::isComplete);
        assertThat(started).doesNotHaveDuplicates();
        assertThat(results.stream().filter(Future::succeeded).count()).isEqualTo(started.size());
        for (int key = 0; key <= 4; key++) {
            String prefix = key + " ";
            assertThat(started.stream().filter(name -> name.startsWith(prefix)).toList())
                    .isSorted();
        }
    }
}
