package im.hongyan.delivery;

import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** When each user was last connected. */
final class LastSeenStore {
    private static final String SAVE =
            """
            INSERT INTO last_seen AS l (user_id, at)
            SELECT u, t FROM unnest($1::uuid[], $2::timestamptz[]) AS a (u, t) ORDER BY u
            ON CONFLICT (user_id) DO UPDATE SET at = greatest(l.at, EXCLUDED.at)
            """;

    private static final String READ = "SELECT user_id, at FROM last_seen WHERE user_id = ANY ($1)";

    private final Postgres postgres;

    LastSeenStore(Postgres postgres) {
        this.postgres = postgres;
    }

    Future<Void> save(Map<UserId, Instant> seen) {
        UUID[] users = new UUID[seen.size()];
        OffsetDateTime[] times = new OffsetDateTime[seen.size()];
        int i = 0;
        for (Map.Entry<UserId, Instant> one : seen.entrySet()) {
            users[i] = one.getKey().value();
            times[i++] = one.getValue().atOffset(ZoneOffset.UTC);
        }
        return postgres.write(SAVE, Tuple.tuple().addArrayOfUUID(users).addArrayOfOffsetDateTime(times))
                .mapEmpty();
    }

    Future<Map<UserId, Instant>> read(Collection<UserId> users) {
        UUID[] ids = users.stream().map(UserId::value).toArray(UUID[]::new);
        return postgres.query(READ, Tuple.tuple().addArrayOfUUID(ids)).map(rows -> {
            Map<UserId, Instant> seen = new HashMap<>();
            rows.forEach(row -> seen.put(
                    new UserId(row.getUUID("user_id")),
                    row.getOffsetDateTime("at").toInstant()));
            return seen;
        });
    }
}
