package im.hongyan.wallet;

import im.hongyan.wallet.PostingKind.Purpose;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The registered kinds of accounts and postings. Filled while the server is put together, then read by any thread. */
final class KindRegistry {
    /** A name can stand in an SQL statement without quoting rules. */
    private static final Pattern NAME = Pattern.compile("[a-z][a-z_]{0,62}");

    private final Map<String, AccountKind> accounts = new LinkedHashMap<>();
    private final Map<String, PostingKind> postings = new LinkedHashMap<>();

    static void checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "invalid kind name '" + name + "': use lower-case letters and underscores");
        }
    }

    synchronized void add(AccountKind kind) {
        if (accounts.putIfAbsent(kind.name(), kind) != null) {
            throw new IllegalStateException("the account kind '" + kind.name() + "' has two owners");
        }
    }

    synchronized void add(PostingKind kind) {
        if (!kind.opens().equals(accounts.get(kind.opens().name()))) {
            throw new IllegalStateException("the posting kind '" + kind.name() + "' opens accounts of the kind '"
                    + kind.opens().name() + "', which is not registered");
        }
        if (postings.putIfAbsent(kind.name(), kind) != null) {
            throw new IllegalStateException("the posting kind '" + kind.name() + "' has two owners");
        }
    }

    /** @throws IllegalStateException if the kind is not registered */
    synchronized void require(PostingKind kind) {
        if (!kind.equals(postings.get(kind.name()))) {
            throw new IllegalStateException("the posting kind '" + kind.name() + "' is not registered");
        }
    }

    /** The names of all kinds with this purpose, in the order of registration. */
    synchronized List<String> names(Purpose purpose) {
        return postings.values().stream()
                .filter(kind -> kind.purpose() == purpose)
                .map(PostingKind::name)
                .toList();
    }
}
