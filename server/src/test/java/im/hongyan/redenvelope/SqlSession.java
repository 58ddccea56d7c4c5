package im.hongyan.redenvelope;

import im.hongyan.store.PostgresAddress;
import im.hongyan.wallet.HeldTransaction;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** One who claims and settles by hand. */
final class SqlSession extends HeldTransaction {
    SqlSession(PostgresAddress address) throws SQLException {
        super(address);
    }

    /** What becomes of a claim: the outcome as {@code envelope_claim} gives it. */
    CompletableFuture<List<String>> claim(UUID envelope, UUID user, Integer idx) {
        return start(
                "SELECT outcome FROM envelope_claim(ARRAY[?]::uuid[], ARRAY[?]::uuid[], ARRAY[?]::int[], 'points')",
                envelope,
                user,
                idx);
    }

    CompletableFuture<List<String>> settle() {
        return start("SELECT refund FROM envelope_settle(100, 'points')");
    }
}
