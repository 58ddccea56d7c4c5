package im.hongyan.identity;

import im.hongyan.protocol.Rejection;
import java.util.Locale;

/**
 * A request to create many users.
 *
 * @param prefix of their usernames, followed by a number of at least six digits: {@code u} gives {@code u000001}
 * @param sessions whether each user is signed in and gets tokens
 * @param password of all users
 */
public record BulkUsersRequest(int count, String prefix, boolean sessions, String password) {
    static final long HIGHEST = 999_999_999;

    public BulkUsersRequest {
        if (count < 1 || count > 10_000_000) {
            throw Rejection.field("count", "field.out_of_range", "the count must be from 1 to 10000000");
        }
        if (prefix.isEmpty() || prefix.length() > 20) {
            throw Rejection.field("prefix", "field.too_long", "the prefix must have 1 to 20 characters");
        }
        // The longest possible username tells whether the prefix is valid.
        new Username(prefix + HIGHEST);
        prefix = prefix.toLowerCase(Locale.ROOT);
    }

    static String digits(long number) {
        return "%06d".formatted(number);
    }

    @Override
    public String toString() {
        return "BulkUsersRequest[" + count + " of " + prefix + "]";
    }
}
