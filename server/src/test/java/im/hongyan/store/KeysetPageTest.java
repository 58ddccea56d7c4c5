package im.hongyan.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class KeysetPageTest {
    @Test
    void of_fewerRowsThanTheLimit_isTheLastPage() {
        KeysetPage<String> page = KeysetPage.of(List.of("a", "b"), 3);
        assertThat(page.items()).containsExactly("a", "b");
        assertThat(page.more()).isFalse();
        assertThat(page.next(Function.identity())).isNull();
    }

    @Test
    void of_oneRowMoreThanTheLimit_continuesAfterTheLastItem() {
        KeysetPage<String> page = KeysetPage.of(List.of("a", "b", "c"), 2);
        assertThat(page.items()).containsExactly("a", "b");
        assertThat(page.next(Function.identity())).isEqualTo("b");
    }

    @Property
    void next_followedToTheEnd_readsEveryRowOnce(
            @ForAll @IntRange(max = 40) int size, @ForAll @IntRange(min = 1, max = 10) int limit) {
        List<Integer> table = IntStream.rangeClosed(1, size).boxed().toList();
        List<Integer> read = new ArrayList<>();
        int pages = 0;
        Integer after = 0;
        while (after != null) {
            int cursor = after;
            KeysetPage<Integer> page = KeysetPage.of(
                    table.stream().filter(row -> row > cursor).limit(limit + 1L).toList(), limit);
            read.addAll(page.items());
            after = page.next(Function.identity());
            pages++;
        }
        assertThat(read).isEqualTo(table);
        assertThat(pages).isEqualTo(Math.max(1, (size + limit - 1) / limit));
    }
}
