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

/** In which order what waits is begun, and how. */
class KeyedQueueTest {
    private static final int MANY = 100_000;

    private final KeyedQueue<String> turns =
            new KeyedQueue<>(1, MANY, Duration.ofMinutes(1), () -> Rejection.unavailable("test.waiting", "wait", 1));

    /** Each would begin the next one inside itself, and there are more than a stack holds. */
    @Test
    void workThatEndsWhereItBegins_isBegunInALoop_inItsOrder() {
        Promise<Void> first = Promise.promise();
        turns.take("line", first::future);
        List<Integer> begun = new ArrayList<>();
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            int nth = i;
            answers.add(turns.take("line", () -> {
                begun.add(nth);
                return Future.succeededFuture(nth);
            }));
        }
        assertThat(begun).isEmpty();

        first.complete();

        assertThat(begun).isEqualTo(IntStream.range(0, MANY).boxed().toList());
        assertThat(answers).allSatisfy(answer -> assertThat(answer.succeeded()).isTrue());
    }

    /** What asks while something is begun stands behind those who wait. */
    @Test
    void workThatIsAskedForMeanwhile_passesNobody() {
        Promise<Void> first = Promise.promise();
        turns.take("line", first::future);
        List<String> begun = new ArrayList<>();
        turns.take("line", () -> {
            turns.take("line", () -> begun(begun, "asked inside"));
            return begun(begun, "second");
        });
        turns.take("line", () -> begun(begun, "third"));

        first.complete();

        assertThat(begun).containsExactly("second", "third", "asked inside");
    }

    @Test
    void workThatThrowsWhateverItIs_leavesItsPlace() {
        assertThat(turns.take("line", () -> {
                            throw new StackOverflowError();
                        })
                        .cause())
                .isInstanceOf(StackOverflowError.class);
        assertThat(turns.take("line", () -> Future.succeededFuture("next")).result())
                .isEqualTo("next");
    }

    /** Those before it may hang for as long as they like. */
    @Test
    void workThatWaitsTooLong_isRefused_andItsPlaceIsFree() throws Exception {
        KeyedQueue<String> brief =
                new KeyedQueue<>(1, 1, Duration.ofMillis(20), () -> Rejection.unavailable("test.waiting", "wait", 1));
        Promise<String> hanging = Promise.promise();
        Future<String> first = brief.take("line", hanging::future);
        List<String> begun = new ArrayList<>();

        Future<Void> late = brief.take("line", () -> begun(begun, "late"));

        assertThatThrownBy(() -> late.await(60, TimeUnit.SECONDS)).isInstanceOf(Rejection.class);
        assertThat(first.isComplete()).isFalse();
        Future<Void> next = brief.take("line", () -> begun(begun, "next"));
        hanging.complete("done");
        assertThat(first.result()).isEqualTo("done");
        assertThat(begun).doesNotContain("late");
        next.otherwiseEmpty().await(60, TimeUnit.SECONDS);
        assertThat(brief.take("line", () -> begun(begun, "last")).succeeded()).isTrue();
    }

    private static Future<Void> begun(List<String> all, String what) {
        all.add(what);
        return Future.succeededFuture();
    }
}
