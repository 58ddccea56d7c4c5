package im.hongyan.redenvelope;

import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/** Refunds expired envelopes. */
final class RefundStore {
    /** @param amount what went back to the sender; 0 if all shares were taken */
    record Refund(EnvelopeId envelope, UserId sender, long amount) {}

    private static final String REFUND = "SELECT id, sender, refund FROM envelope_settle($1, $2, $3)";

    private final Postgres postgres;
    private final String currency;

    RefundStore(Postgres postgres, String currency) {
        this.postgres = postgres;
        this.currency = currency;
    }

    /** Refunds up to {@code limit} expired envelopes. Each is refunded exactly once, even across nodes. */
    Future<List<Refund>> refund(int limit) {
        return refund(limit, 0);
    }

    /**
     * Refunds up to {@code limit} expired envelopes.
     *
     * @param skip how many of those that expired first are skipped, because they cannot be refunded
     */
    Future<List<Refund>> refund(int limit, int skip) {
        return postgres.write(REFUND, Tuple.of(limit, currency, skip)).map(rows -> {
            List<Refund> refunds = new ArrayList<>();
            rows.forEach(row -> refunds.add(new Refund(
                    new EnvelopeId(row.getUUID("id")), new UserId(row.getUUID("sender")), row.getLong("refund"))));
            return refunds;
        });
    }
}
