package im.hongyan.delivery;

import static org.assertj.core.api.Assertions.assertThat;

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
    /** A buffer whose repairs begin and whose log answers when the test says so. */
    private static final class Harness {
        final List<Long> sent = new ArrayList<>();
        final ReorderBuffer buffer = new ReorderBuffer(entry -> sent.add(entry.seq()));
        private final Set<Long> offered = new HashSet<>();
        private int repairs;
        private Gap reading;

        void offer(long seq) {
            offered.add(seq);
            repairs += buffer.offer(entry(seq)) ? 1 : 0;
            assertThat(repairs).isLessThanOrEqualTo(1);
        }

        void beginRepair() {
            if (repairs == 1 && reading == null) {
                reading = buffer.firstGap();
                repairs = reading == null ? 0 : 1;
            }
        }

        void answer(boolean found) {
            if (reading == null) {
                return;
            }
            List<OutboundEntry> log = LongStream.rangeClosed(reading.from(), reading.through())
                    .mapToObj(ReorderBufferTest::entry)
                    .toList();
            boolean more = found ? buffer.fill(reading, log) : buffer.skip(reading);
            repairs = more ? 1 : 0;
            reading = null;
        }

        /** Runs repairs until none is needed. */
        void settle(boolean found) {
            while (repairs > 0) {
                beginRepair();
                answer(found);
            }
        }
    }

    @Test
    void offer_inOrder_sendsAtOnce() {
        Harness harness = new Harness();
        LongStream.rangeClosed(5, 9).forEach(harness::offer);

        assertThat(harness.sent).containsExactly(5L, 6L, 7L, 8L, 9L);
        assertThat(harness.repairs).isZero();
    }

    @Test
    void offer_afterGapFilled_isNotSentTwice() {
        Harness harness = new Harness();
        harness.offer(1);
        harness.offer(3);
        harness.settle(true);
        harness.offer(2);
        harness.offer(3);

        assertThat(harness.sent).containsExactly(1L, 2L, 3L);
    }

    @Test
    void offer_afterGapSkipped_deliversLate() {
        Harness harness = new Harness();
        harness.offer(1);
        harness.offer(3);
        harness.settle(false);
        harness.offer(2);

        assertThat(harness.sent).containsExactly(1L, 3L, 2L);
    }

    /** Two transactions committed close together, and these are the first entries on this node. */
    @Test
    void offer_olderThanFirst_isSent() {
        Harness harness = new Harness();
        harness.offer(8);
        harness.offer(7);

        assertThat(harness.sent).containsExactly(8L, 7L);
    }

    @Test
    void offer_swapped_sendsInOrderWithoutLog() {
        Harness harness = new Harness();
        harness.offer(1);
        harness.offer(3);
        assertThat(harness.sent).containsExactly(1L);
        harness.offer(2);

        assertThat(harness.sent).containsExactly(1L, 2L, 3L);
        harness.beginRepair();
        assertThat(harness.reading).isNull();
        assertThat(harness.repairs).isZero();
    }

    @Test
    void fill_gap_sendsEntriesInOrder() {
        Harness harness = new Harness();
        harness.offer(1);
        harness.offer(4);
        harness.beginRepair();
        assertThat(harness.reading).isEqualTo(new Gap(2, 3));
        harness.answer(true);

        assertThat(harness.sent).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void offer_duringRepair_isSentOnceInOrder() {
        Harness harness = new Harness();
        harness.offer(1);
        harness.offer(6);
        harness.beginRepair();
        harness.offer(3);
        harness.answer(true);

        assertThat(harness.sent).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void fill_secondGap_needsAnotherRepair() {
        Harness harness = new Harness();
        harness.offer(1);
        harness.offer(3);
        harness.beginRepair();
        harness.offer(6);
        harness.answer(true);
        assertThat(harness.sent).containsExactly(1L, 2L, 3L);
        assertThat(harness.repairs).isEqualTo(1);
        harness.settle(true);

        assertThat(harness.sent).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void skip_gap_sendsWaitingEntries() {
        Harness harness = new Harness();
        harness.offer(1);
        harness.offer(3);
        harness.beginRepair();
        harness.answer(false);
        assertThat(harness.sent).containsExactly(1L, 3L);
        // A late entry is not lost; it is sent late.
        harness.offer(2);

        assertThat(harness.sent).containsExactly(1L, 3L, 2L);
    }

    @Test
    void offer_manyWaiting_isBounded() {
        Harness harness = new Harness();
        harness.offer(1);
        LongStream.rangeClosed(3, 1_003).forEach(harness::offer);

        assertThat(harness.sent).hasSize(1_002).startsWith(1L, 3L, 4L).endsWith(1_003L);
    }

    /**
     * Entries arrive in any order, some twice, while gaps are repaired: no offered entry is lost, and if the log fills
     * the gaps, all entries from the first one on are sent in order without a gap.
     */
    @Property(tries = 1_000)
    void anyInterleaving_withLog_sendsInOrder(@ForAll("steps") List<Long> steps) {
        Harness harness = run(steps, true);
        harness.settle(true);

        assertThat(harness.sent).containsAll(harness.offered);
        if (harness.offered.isEmpty()) {
            return;
        }
        long from = harness.sent.get(0);
        List<Long> firstTimes =
                harness.sent.stream().filter(seq -> seq >= from).distinct().toList();
        assertThat(firstTimes)
                .containsExactlyElementsOf(LongStream.rangeClosed(from, firstTimes.get(firstTimes.size() - 1))
                        .boxed()
                        .toList());
    }

    /** Without the log there are gaps, but no entry waits for ever. */
    @Property(tries = 1_000)
    void anyInterleaving_withoutLog_losesNothing(@ForAll("steps") List<Long> steps) {
        Harness harness = run(steps, false);
        harness.settle(false);

        assertThat(harness.sent).containsAll(harness.offered);
        assertThat(harness.offered).containsAll(harness.sent);
    }

    /** Positive: an entry arrives; 0: a repair begins; -1: the log answers. */
    @Provide
    Arbitrary<List<Long>> steps() {
        return Arbitraries.frequencyOf(
                        Tuple.of(8, Arbitraries.longs().between(1, 25)), Tuple.of(3, Arbitraries.of(0L, -1L)))
                .list()
                .ofMaxSize(60);
    }

    private static Harness run(List<Long> steps, boolean found) {
        Harness harness = new Harness();
        for (long step : steps) {
            if (step > 0) {
                harness.offer(step);
            } else if (step == 0) {
                harness.beginRepair();
            } else {
                harness.answer(found);
            }
        }
        return harness;
    }

    private static OutboundEntry entry(long seq) {
        return new OutboundEntry(seq, List.of());
    }

    /** For example, a group whose first message is ready before its creation. */
    @Test
    void expect_laterEntriesWait() {
        Harness harness = new Harness();
        harness.buffer.expect(2);
        harness.buffer.expect(1);
        harness.offer(2);
        assertThat(harness.sent).isEmpty();

        harness.offer(1);

        assertThat(harness.sent).containsExactly(1L, 2L);
        harness.buffer.expect(1);
        harness.offer(3);
        assertThat(harness.sent).containsExactly(1L, 2L, 3L);
    }
}
