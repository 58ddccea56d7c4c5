package im.hongyan.identity;

import im.hongyan.protocol.Rejection;
import java.util.Locale;

/**
 * How many users to make at once, and how they are called.
 *
 * @param prefix of their names; a number of at least six digits follows, so that {@code u} gives {@code u000001}
 * @param sessions whether each is signed in and gets tokens
 * @param password of all of them
 */
public record BulkUsersRequest(int count, String prefix, boolean sessions, String password) {
    static final long HIGHEST = 999_999_999;

    public BulkUsersRequest {
        if (count < 1 || count > 10_000_000) {
            throw Rejection.field("count", "field.out_of_range", "the count is from 1 to 10000000");
        }
        if (prefix.isEmpty() || prefix.length() > 20) {
            throw Rejection.field("prefix", "field.too_long", "the prefix has 1 to 20 characters");
        }
        // The longest name that it can lead to says whether the prefix will do.
        new Username(prefix + HIGHEST);
        prefix = prefix.toLowerCase(Locale.ROOT);
    }

    static String digits(long number) {
        return "%06d".formatted(number);
    }

    @Override
    public String toString() {
        return "BulkOrder[" + count + " of " + prefix + "]";
    }
}
