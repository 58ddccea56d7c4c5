package im.hongyan.redenvelope;

import im.hongyan.store.PostgresAddress;
import im.hongyan.wallet.HeldTransaction;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** A transaction that claims and refunds by calling the SQL functions. */
final class ClaimSession extends HeldTransaction {
    ClaimSession(PostgresAddress address) throws SQLException {
        super(address);
    }

    /** The outcome of {@code envelope_claim}. */
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
