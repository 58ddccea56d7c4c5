package im.hongyan.loadtest.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ConversationCursorTest {
    private final ConversationCursor cursor = new ConversationCursor();

    private static Entry entry(long seq) {
        return new Entry("c", seq, "message", "u", "id" + seq, 0, Json.object());
    }

    private static List<Entry> entries(long... seqs) {
        return LongStream.of(seqs).mapToObj(ConversationCursorTest::entry).toList();
    }

    @Test
    void arrived_inOrder_isShownAtOnce() {
        assertThat(cursor.arrived(entry(1))).isEqualTo(entries(1));
        assertThat(cursor.arrived(entry(2))).isEqualTo(entries(2));
        assertThat(cursor.isBehind()).isFalse();
    }

    @Test
    void arrived_twice_isShownOnce() {
        assertThat(cursor.arrived(entry(1))).hasSize(1);
        assertThat(cursor.arrived(entry(1))).isEmpty();
    }

    @Test
    void arrived_afterAGap_waitsForIt() {
        cursor.arrived(entry(1));

        assertThat(cursor.arrived(entry(3))).isEmpty();
        assertThat(cursor.isBehind()).isTrue();
        assertThat(cursor.arrived(entry(2))).isEqualTo(entries(2, 3));
        assertThat(cursor.isBehind()).isFalse();
    }

    @Test
    void read_closesTheGapAndReleasesWhatWaited() {
        cursor.arrived(entry(4));

        assertThat(cursor.read(3, 4, entries(1, 2, 3))).isEqualTo(entries(1, 2, 3, 4));
        assertThat(cursor.shown()).isEqualTo(4);
    }

    @Test
    void read_whereSomeAreNotMine_passesOverThem() {
        assertThat(cursor.read(10, 10, entries(7, 8))).isEqualTo(entries(7, 8));
        assertThat(cursor.shown()).isEqualTo(10);
        assertThat(cursor.arrived(entry(11))).isEqualTo(entries(11));
    }

    @Test
    void read_beyondWhatWaits_showsItInItsPlace() {
        cursor.arrived(entry(5));

        assertThat(cursor.read(6, 6, entries(3, 6))).isEqualTo(entries(3, 5, 6));
    }

    @Test
    void read_ofAPage_leavesItBehind() {
        cursor.knowOf(250);
        cursor.read(100, 250, List.of());

        assertThat(cursor.isBehind()).isTrue();
        assertThat(cursor.head()).isEqualTo(250);
    }

    @Test
    void read_whenTheEndIsNearerThanTold_isNotBehind() {
        cursor.knowOf(250);
        cursor.read(40, 40, List.of());

        assertThat(cursor.isBehind()).as("a member who left").isFalse();
    }

    @Test
    void arrived_tooFarAhead_isDroppedButKnownOf() {
        for (long seq = 2; seq < ConversationCursor.MAX_AHEAD + 100; seq++) {
            cursor.arrived(entry(seq));
        }

        assertThat(cursor.arrived(entry(1))).hasSize(ConversationCursor.MAX_AHEAD + 1);
        assertThat(cursor.isBehind()).isTrue();
        assertThat(cursor.head()).isEqualTo(ConversationCursor.MAX_AHEAD + 99);
    }

    @Property(tries = 200)
    void anyOrderWithDoubles_isShownInOrderOnce(@ForAll @IntRange(min = 1, max = 60) int count, @ForAll long seed) {
        Random random = new Random(seed);
        List<Long> arrivals = new ArrayList<>();
        LongStream.rangeClosed(1, count).forEach(arrivals::add);
        LongStream.rangeClosed(1, count).filter(seq -> random.nextBoolean()).forEach(arrivals::add);
        Collections.shuffle(arrivals, random);

        List<Long> shown = new ArrayList<>();
        ConversationCursor fresh = new ConversationCursor();
        arrivals.forEach(seq -> fresh.arrived(entry(seq)).forEach(entry -> shown.add(entry.seq())));

        assertThat(shown).isEqualTo(LongStream.rangeClosed(1, count).boxed().toList());
    }
}
