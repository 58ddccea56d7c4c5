package im.hongyan.redenvelope;

import im.hongyan.wallet.Reconciliation.Violations;
import im.hongyan.wallet.Wallet;
import java.util.List;

/** The checks and reports that red envelopes add to the ledger's. */
final class EnvelopeAudit {
    /** Within this time a reservation is claimed or released, even if nodes die. */
    private static final long MAX_RESERVATION_MS = 10_000;

    /**
     * An envelope's account holds what is not claimed, or nothing after the refund. Each claim has the amount of its
     * share, and the shares add up to the total.
     */
    private static final String BALANCES =
            """
            SELECT e.id, e.total, c.amount AS claimed, a.balance, e.settled_at
            FROM envelope e LEFT JOIN ledger_account a ON a.id = e.id
            LEFT JOIN (SELECT c.envelope, sum(c.amount) AS amount,
                              count(*) FILTER (WHERE c.amount <> e.shares[c.idx + 1]) AS wrong
                       FROM claim c JOIN envelope e ON e.id = c.envelope GROUP BY c.envelope) c ON c.envelope = e.id
            WHERE coalesce(a.balance, 0)
                  <> CASE WHEN e.settled_at IS NULL THEN e.total - coalesce(c.amount, 0) ELSE 0 END
               OR c.amount > e.total OR c.wrong > 0 OR e.total <> (SELECT sum(s) FROM unnest(e.shares) s)
            """;

    private static final String OVERDUE =
            "SELECT id FROM envelope WHERE settled_at IS NULL AND expires_at < now() - interval '5 minutes'";

    /** Users who open many of a day's newest envelopes faster than is possible by hand. */
    private static final String FAST =
            """
            SELECT c.user_id AS user, count(*) AS times, count(DISTINCT e.conversation) AS conversations,
                   sum(c.amount)::bigint AS amount
            FROM (SELECT * FROM envelope ORDER BY id DESC LIMIT 20000) e JOIN claim c ON c.envelope = e.id
            WHERE e.at > now() - interval '24 hours' AND c.at < e.at + interval '1 second' AND c.user_id <> e.sender
            GROUP BY c.user_id HAVING count(*) >= 10 ORDER BY times DESC
            """;

    private EnvelopeAudit() {}

    static void register(Wallet wallet, ShareAllocatorStore allocator) {
        wallet.reconciliation().check("envelopes", BALANCES);
        wallet.reconciliation().check("envelopes_overdue", OVERDUE);
        wallet.reconciliation().check("reservations", () -> allocator
                .countUnconfirmed(MAX_RESERVATION_MS)
                .map(count -> new Violations(count, List.of())));
        wallet.anomalyReports()
                .add("fast_openers", "users who opened many envelopes within a second of their sending", FAST);
    }
}
