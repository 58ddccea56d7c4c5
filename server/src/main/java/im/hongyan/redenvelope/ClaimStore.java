package im.hongyan.redenvelope;

import static im.hongyan.redenvelope.EnvelopeStore.instant;

import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.ClaimOutcome.Refusal;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The table {@code claim}: claims shares, and reads the claims of many envelopes or users at once. */
final class ClaimStore {
    /**
     * The amount of each user who has a share of an envelope.
     *
     * @param count the number of shares
     * @param refunded the rest has gone back to the sender
     */
    record Holdings(int count, boolean refunded, Map<UserId, Long> amounts) {
        boolean isExhausted() {
            return amounts.size() == count;
        }

        /** No share can be taken any more. */
        boolean isClosed() {
            return isExhausted() || refunded;
        }
    }

    /** All claims of an envelope so far, and whether the rest has gone back to the sender. */
    record News(List<ClaimedShare> claims, boolean refunded) {}

    /** One row with arrays, because it is read repeatedly while the last shares of an envelope are claimed. */
    private static final String HOLDINGS =
            """
            SELECT cardinality(e.shares) AS count, e.settled_at IS NOT NULL AS settled, c.users, c.amounts
            FROM envelope e CROSS JOIN LATERAL (
              SELECT array_agg(user_id) AS users, array_agg(amount) AS amounts FROM claim WHERE envelope = e.id
            ) c
            WHERE e.id = $1 AND e.seq IS NOT NULL
            """;

    /** Returns the envelopes that have more claims than the caller knows or are refunded, with all of their claims. */
    private static final String NEWS =
            """
            SELECT e.id, e.settled_at, c.user_id, c.idx, c.amount, c.at AS claimed_at
            FROM unnest($1::uuid[], $2::int[]) AS seen (id, taken)
            JOIN LATERAL (SELECT id, settled_at FROM envelope e WHERE e.id = seen.id LIMIT 1) e ON true
            JOIN LATERAL (SELECT count(*) AS taken FROM claim k WHERE k.envelope = seen.id) n
              ON n.taken > seen.taken OR e.settled_at IS NOT NULL
            LEFT JOIN claim c ON c.envelope = e.id
            ORDER BY e.id, c.at, c.idx
            """;

    private static final String CLAIM =
            "SELECT place, outcome, idx, amount, at, taken, remaining FROM envelope_claim($1, $2, $3, $4, $5)";

    private final Postgres postgres;
    private final String currency;

    ClaimStore(Postgres postgres, String currency) {
        this.postgres = postgres;
        this.currency = currency;
    }

    /**
     * Claims shares in one transaction. The batch must not contain the same user and envelope twice.
     *
     * @param id the same for each attempt of a batch whose outcome was unknown
     * @return an outcome for each request, in order
     */
    Future<List<ClaimOutcome>> claim(UUID id, List<ClaimRequest> batch) {
        Tuple arguments = Tuple.tuple()
                .addArrayOfUUID(
                        batch.stream().map(one -> one.envelope().value()).toArray(UUID[]::new))
                .addArrayOfUUID(batch.stream().map(one -> one.user().value()).toArray(UUID[]::new))
                .addArrayOfInteger(batch.stream().map(ClaimRequest::idx).toArray(Integer[]::new))
                .addString(currency)
                .addUUID(id);
        return postgres.write(CLAIM, arguments).map(rows -> {
            List<ClaimOutcome> outcomes = new ArrayList<>(batch.size());
            for (Row row : rows) {
                outcomes.add(outcome(row, batch.get(outcomes.size()).user()));
            }
            if (outcomes.size() != batch.size()) {
                throw new IllegalStateException(batch.size() + " claims have " + outcomes.size() + " outcomes");
            }
            return outcomes;
        });
    }

    private static ClaimOutcome outcome(Row row, UserId user) {
        return switch (row.getInteger("outcome")) {
            case 0, 1 ->
                new ClaimOutcome.Claimed(
                        new ClaimedShare(user, row.getInteger("idx"), row.getLong("amount"), instant(row, "at")),
                        row.getInteger("outcome") == 0,
                        row.getInteger("taken"),
                        row.getLong("remaining"));
            case 2 -> new ClaimOutcome.IndexTaken();
            case 3 -> new ClaimOutcome.Expired();
            case 4 -> new ClaimOutcome.Refused(Refusal.NOT_FOUND);
            case 5 -> new ClaimOutcome.Refused(Refusal.NOT_RECIPIENT);
            case 6 -> new ClaimOutcome.Refused(Refusal.OWN);
            default -> new ClaimOutcome.Exhausted();
        };
    }

    Future<Optional<Holdings>> holdings(EnvelopeId id) {
        return postgres.query(HOLDINGS, Tuple.of(id.value())).map(rows -> {
            if (rows.size() == 0) {
                return Optional.empty();
            }
            Row row = rows.iterator().next();
            return Optional.of(new Holdings(row.getInteger("count"), row.getBoolean("settled"), amounts(row)));
        });
    }

    private static Map<UserId, Long> amounts(Row row) {
        Map<UserId, Long> amounts = new HashMap<>();
        UUID[] users = row.getArrayOfUUIDs("users");
        if (users != null) {
            Long[] each = row.getArrayOfLongs("amounts");
            for (int i = 0; i < users.length; i++) {
                amounts.put(new UserId(users[i]), each[i]);
            }
        }
        return amounts;
    }

    /**
     * Reads the news of many envelopes at once.
     *
     * @param known the number of claims that the caller knows, for each envelope
     * @return the envelopes that have news
     */
    Future<Map<EnvelopeId, News>> news(Map<EnvelopeId, Integer> known) {
        UUID[] ids = known.keySet().stream().map(EnvelopeId::value).toArray(UUID[]::new);
        Integer[] taken = known.values().toArray(Integer[]::new);
        return postgres.query(NEWS, Tuple.tuple().addArrayOfUUID(ids).addArrayOfInteger(taken))
                .map(rows -> {
                    Map<EnvelopeId, News> news = new LinkedHashMap<>();
                    for (Row row : rows) {
                        News one = news.computeIfAbsent(
                                new EnvelopeId(row.getUUID("id")),
                                id -> new News(new ArrayList<>(), row.getValue("settled_at") != null));
                        if (row.getUUID("user_id") != null) {
                            one.claims.add(claim(row));
                        }
                    }
                    return news;
                });
    }

    private static ClaimedShare claim(Row row) {
        return new ClaimedShare(
                new UserId(row.getUUID("user_id")),
                row.getInteger("idx"),
                row.getLong("amount"),
                instant(row, "claimed_at"));
    }
}
