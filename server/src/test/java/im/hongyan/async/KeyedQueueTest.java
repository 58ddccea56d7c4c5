package im.hongyan.async;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.protocol.Rejection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeyedQueueTest {
    private static final int MANY = 100_000;

    private final KeyedQueue<String> queue =
            new KeyedQueue<>(1, MANY, Duration.ofMinutes(1), () -> Rejection.unavailable("test.waiting", "wait", 1));

    /** If each started the next one inside itself, the stack would overflow. */
    @Test
    void submit_workThatEndsAtOnce_runsInOrderWithoutNesting() {
        Promise<Void> first = Promise.promise();
        queue.submit("key", first::future);
        List<Integer> started = new ArrayList<>();
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            int nth = i;
            answers.add(queue.submit("key", () -> {
                started.add(nth);
                return Future.succeededFuture(nth);
            }));
        }
        assertThat(started).isEmpty();

        first.complete();

        assertThat(started).isEqualTo(IntStream.range(0, MANY).boxed().toList());
        assertThat(answers).allSatisfy(answer -> assertThat(answer.succeeded()).isTrue());
    }

    @Test
    void submit_fromRunningWork_doesNotOvertakeWaitingWork() {
        Promise<Void> first = Promise.promise();
        queue.submit("key", first::future);
        List<String> started = new ArrayList<>();
        queue.submit("key", () -> {
            queue.submit("key", () -> started(started, "inner"));
            return started(started, "second");
        });
        queue.submit("key", () -> started(started, "third"));

        first.complete();

        assertThat(started).containsExactly("second", "third", "inner");
    }

    @Test
    void submit_listenerThrows_waitingWorkStarts() {
        Promise<Void> first = Promise.promise();
        queue.submit("key", first::future);
        List<String> started = new ArrayList<>();
        queue.submit("key", () -> started(started, "second")).onComplete(done -> {
            throw new IllegalStateException("a bug of the caller");
        });
        queue.submit("key", () -> started(started, "third"));

        first.complete();
        queue.submit("key", () -> started(started, "fourth"));

        assertThat(started).containsExactly("second", "third", "fourth");
    }

    @Test
    void submit_workThrowsAnError_freesItsPlace() {
        assertThat(queue.submit("key", () -> {
                            throw new StackOverflowError();
                        })
                        .cause())
                .isInstanceOf(StackOverflowError.class);
        assertThat(queue.submit("key", () -> Future.succeededFuture("next")).result())
                .isEqualTo("next");
    }

    @Test
    void submit_waitsTooLongBehindWorkThatHangs_isRefusedAndFreesItsPlace() throws Exception {
        KeyedQueue<String> brief =
                new KeyedQueue<>(1, 1, Duration.ofMillis(20), () -> Rejection.unavailable("test.waiting", "wait", 1));
        Promise<String> hanging = Promise.promise();
        Future<String> first = brief.submit("key", hanging::future);
        List<String> started = new ArrayList<>();

        Future<Void> late = brief.submit("key", () -> started(started, "late"));

        assertThatThrownBy(() -> late.await(60, TimeUnit.SECONDS)).isInstanceOf(Rejection.class);
        assertThat(first.isComplete()).isFalse();
        Future<Void> next = brief.submit("key", () -> started(started, "next"));
        hanging.complete("done");
        assertThat(first.result()).isEqualTo("done");
        assertThat(started).doesNotContain("late");
        next.otherwiseEmpty().await(60, TimeUnit.SECONDS);
        assertThat(brief.submit("key", () -> started(started, "last")).succeeded())
                .isTrue();
    }

    private static Future<Void> started(List<String> all, String what) {
        all.add(what);
        return Future.succeededFuture();
    }
}
