package im.hongyan.delivery;

import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Which nodes are up, by what they write themselves: a node that is cut off from the others, but not from the database, is here. */
final class NodeStore {
    /**
     * A node that has renewed its row in the last {@value #FRESH_SECONDS} s.
     *
     * @param address of Hazelcast, host:port
     * @param ageMs milliseconds since it did, by the database's clock
     * @param unreached boot ids of those that it does not reach, though they are up
     */
    record LiveNode(String bootId, String address, long ageMs, Set<String> unreached) {}

    static final int FRESH_SECONDS = 8;

    private static final String RENEW =
            """
            INSERT INTO node AS n (boot_id, address, unreached) VALUES ($1, $2, $3)
            ON CONFLICT (boot_id) DO UPDATE SET seen = clock_timestamp(), unreached = excluded.unreached
            """;

    private static final String UP =
            """
            SELECT boot_id, address, (extract(epoch FROM clock_timestamp() - seen) * 1000)::bigint AS age, unreached
            FROM node WHERE seen > clock_timestamp() - $1 * interval '1 second'
            """;

    private static final String REMOVE = "DELETE FROM node WHERE boot_id = $1 OR seen < now() - interval '1 day'";

    private final Postgres postgres;

    NodeStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** Writes that this node is up, and reads which are, itself included. */
    Future<List<LiveNode>> renew(String bootId, String address, Set<String> unreached) {
        return postgres.query(RENEW, Tuple.of(bootId, address, unreached.toArray(String[]::new)))
                .compose(renewed -> up());
    }

    Future<List<LiveNode>> up() {
        return postgres.query(UP, Tuple.of(FRESH_SECONDS)).map(rows -> {
            List<LiveNode> up = new ArrayList<>();
            for (Row row : rows) {
                up.add(new LiveNode(
                        row.getString("boot_id"),
                        row.getString("address"),
                        row.getLong("age"),
                        Set.of(row.getArrayOfStrings("unreached"))));
            }
            return up;
        });
    }

    Future<Void> remove(String bootId) {
        return postgres.query(REMOVE, Tuple.of(bootId)).mapEmpty();
    }
}
