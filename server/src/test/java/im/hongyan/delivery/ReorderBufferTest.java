package im.hongyan.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.delivery.Delivery.OutboundEntry;
import im.hongyan.delivery.ReorderBuffer.Gap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;

class ReorderBufferTest {
    /** A stream whose gaps are looked after when the test says so, and whose log answers when the test says so. */
    private static final class Course {
        final List<Long> sent = new ArrayList<>();
        final ReorderBuffer stream = new ReorderBuffer(parcel -> sent.add(parcel.seq()));
        private final Set<Long> offered = new HashSet<>();
        private int watches;
        private Gap reading;

        void offer(long seq) {
            offered.add(seq);
            watches += stream.offer(parcel(seq)) ? 1 : 0;
            assertThat(watches).isLessThanOrEqualTo(1);
        }

        void look() {
            if (watches == 1 && reading == null) {
                reading = stream.gap();
                watches = reading == null ? 0 : 1;
            }
        }

        void answer(boolean found) {
            if (reading == null) {
                return;
            }
            List<OutboundEntry> log = LongStream.rangeClosed(reading.from(), reading.through())
                    .mapToObj(ReorderBufferTest::parcel)
                    .toList();
            boolean more = found ? stream.fill(reading, log) : stream.giveUp(reading);
            watches = more ? 1 : 0;
            reading = null;
        }

        /** Every watch is kept until there is nothing left to watch. */
        void settle(boolean found) {
            while (watches > 0) {
                look();
                answer(found);
            }
        }
    }

    @Test
    void inOrder_goesOutAtOnce() {
        Course course = new Course();
        LongStream.rangeClosed(5, 9).forEach(course::offer);

        assertThat(course.sent).containsExactly(5L, 6L, 7L, 8L, 9L);
        assertThat(course.watches).isZero();
    }

    @Test
    void lateOne_thatTheLogHadAlready_goesOutOnce() {
        Course course = new Course();
        course.offer(1);
        course.offer(3);
        course.settle(true);
        course.offer(2);
        course.offer(3);

        assertThat(course.sent).containsExactly(1L, 2L, 3L);
    }

    @Test
    void lateOne_thatWasGivenUp_goesOutAfterAll() {
        Course course = new Course();
        course.offer(1);
        course.offer(3);
        course.settle(false);
        course.offer(2);

        assertThat(course.sent).containsExactly(1L, 3L, 2L);
    }

    /** Two transactions that committed close together, on a node that had none of the conversation before. */
    @Test
    void olderOne_thanTheFirst_goesOut() {
        Course course = new Course();
        course.offer(8);
        course.offer(7);

        assertThat(course.sent).containsExactly(8L, 7L);
    }

    @Test
    void swapped_goesOutInOrder_withoutTheLog() {
        Course course = new Course();
        course.offer(1);
        course.offer(3);
        assertThat(course.sent).containsExactly(1L);
        course.offer(2);

        assertThat(course.sent).containsExactly(1L, 2L, 3L);
        course.look();
        assertThat(course.reading).isNull();
        assertThat(course.watches).isZero();
    }

    @Test
    void gap_isFilledFromTheLog() {
        Course course = new Course();
        course.offer(1);
        course.offer(4);
        course.look();
        assertThat(course.reading).isEqualTo(new Gap(2, 3));
        course.answer(true);

        assertThat(course.sent).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void entryThatComesWhileTheLogIsRead_isSentOnce_inItsPlace() {
        Course course = new Course();
        course.offer(1);
        course.offer(6);
        course.look();
        course.offer(3);
        course.answer(true);

        assertThat(course.sent).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void secondGap_isLookedAfterToo() {
        Course course = new Course();
        course.offer(1);
        course.offer(3);
        course.look();
        course.offer(6);
        course.answer(true);
        assertThat(course.sent).containsExactly(1L, 2L, 3L);
        assertThat(course.watches).isEqualTo(1);
        course.settle(true);

        assertThat(course.sent).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void gapThatCannotBeFilled_holdsNothingUp() {
        Course course = new Course();
        course.offer(1);
        course.offer(3);
        course.look();
        course.answer(false);
        assertThat(course.sent).containsExactly(1L, 3L);
        // What comes late is not lost either: it goes out late.
        course.offer(2);

        assertThat(course.sent).containsExactly(1L, 3L, 2L);
    }

    @Test
    void whatWaits_isBounded() {
        Course course = new Course();
        course.offer(1);
        LongStream.rangeClosed(3, 1_003).forEach(course::offer);

        assertThat(course.sent).hasSize(1_002).startsWith(1L, 3L, 4L).endsWith(1_003L);
    }

    /**
     * In whatever order entries come, some twice, with the log being read in between: nothing that was offered is lost,
     * and if the log fills the gaps all goes out in order, without a hole, from the first one on.
     */
    @Property(tries = 1_000)
    void anyInterleaving_comesOutInOrder(@ForAll("courses") List<Long> steps) {
        Course course = run(steps, true);
        course.settle(true);

        assertThat(course.sent).containsAll(course.offered);
        if (course.offered.isEmpty()) {
            return;
        }
        long from = course.sent.get(0);
        List<Long> firstTimes =
                course.sent.stream().filter(seq -> seq >= from).distinct().toList();
        assertThat(firstTimes)
                .containsExactlyElementsOf(LongStream.rangeClosed(from, firstTimes.get(firstTimes.size() - 1))
                        .boxed()
                        .toList());
    }

    /** Without the log there are holes, but nothing waits for ever. */
    @Property(tries = 1_000)
    void anyInterleaving_withoutTheLog_losesNothing(@ForAll("courses") List<Long> steps) {
        Course course = run(steps, false);
        course.settle(false);

        assertThat(course.sent).containsAll(course.offered);
        assertThat(course.offered).containsAll(course.sent);
    }

    /** Positive: an entry comes; 0: somebody looks at the gap; -1: the log answers. */
    @Provide
    Arbitrary<List<Long>> courses() {
        return Arbitraries.frequencyOf(
                        Tuple.of(8, Arbitraries.longs().between(1, 25)), Tuple.of(3, Arbitraries.of(0L, -1L)))
                .list()
                .ofMaxSize(60);
    }

    private static Course run(List<Long> steps, boolean found) {
        Course course = new Course();
        for (long step : steps) {
            if (step > 0) {
                course.offer(step);
            } else if (step == 0) {
                course.look();
            } else {
                course.answer(found);
            }
        }
        return course;
    }

    private static OutboundEntry parcel(long seq) {
        return new OutboundEntry(seq, List.of());
    }

    /** As of a group whose first message is ready to go out before its creation is. */
    @Test
    void expected_isNotOvertakenByWhatFollows() {
        Course course = new Course();
        course.stream.expect(2);
        course.stream.expect(1);
        course.offer(2);
        assertThat(course.sent).isEmpty();

        course.offer(1);

        assertThat(course.sent).containsExactly(1L, 2L);
        course.stream.expect(1);
        course.offer(3);
        assertThat(course.sent).containsExactly(1L, 2L, 3L);
    }
}
