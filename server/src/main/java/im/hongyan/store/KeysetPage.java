package im.hongyan.store;

import java.util.List;
import java.util.function.Function;

/**
 * A page of keyset pagination. The query reads one row more than the page holds; that row only shows that more follow.
 *
 * @param items at most the limit
 * @param more whether another page follows
 */
public record KeysetPage<T>(List<T> items, boolean more) {
    /** @param rows the rows of a query for {@code limit + 1} */
    public static <T> KeysetPage<T> of(List<T> rows, int limit) {
        boolean more = rows.size() > limit;
        return new KeysetPage<>(more ? List.copyOf(rows.subList(0, limit)) : rows, more);
    }

    /**
     * The cursor of the next page.
     *
     * @param key of an item, after which the next page begins
     * @return null if this is the last page
     */
    public <K> K next(Function<? super T, K> key) {
        return more ? key.apply(items.get(items.size() - 1)) : null;
    }
}
