package im.hongyan.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.timeline.ConversationStore.VisibleRange;
import im.hongyan.timeline.ConversationStore.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** How far a request reads that examines a number of visible entries. */
class VisibleRangeTest {
    /** @param lengths of a window and of the absence before it, in turn */
    @Property(tries = 500)
    void bounds_ofAnyWindows_coverAsManyVisibleEntries(
            @ForAll @Size(min = 1, max = 12) List<@IntRange(min = 1, max = 6) Integer> lengths,
            @ForAll @IntRange(min = 0, max = 80) int seq,
            @ForAll @IntRange(min = 1, max = 12) int count) {
        List<Window> windows = new ArrayList<>();
        List<Long> visible = new ArrayList<>();
        long end = 0;
        for (int i = 0; i + 1 < lengths.size(); i += 2) {
            Window window = new Window(end + 1 + lengths.get(i), end + lengths.get(i) + lengths.get(i + 1));
            windows.add(window);
            LongStream.rangeClosed(window.from(), window.through()).forEach(visible::add);
            end = window.through();
        }
        VisibleRange range = new VisibleRange(1, end, true, windows);

        List<Long> after = visible.stream().filter(each -> each > seq).toList();
        assertThat(range.endOfNext(count, seq)).isEqualTo(after.size() < count ? Long.MAX_VALUE : after.get(count - 1));
        List<Long> before = visible.stream().filter(each -> each < seq).toList();
        assertThat(range.startOfPrevious(count, seq))
                .isEqualTo(before.size() < count ? 1 : before.get(before.size() - count));
    }
}
