package im.hongyan.cluster;

import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The live nodes according to the database. Each node renews its own row, so a node that is partitioned from the others
 * but reaches the database is listed, too.
 */
final class NodeStore {
    /**
     * A node that renewed its row within the last {@value #FRESH_SECONDS} s.
     *
     * @param address Hazelcast's address, host:port
     * @param ageMs milliseconds since the last renewal, by the database's clock
     * @param unreached boot ids of live nodes that this node cannot reach
     */
    record LiveNode(String bootId, String address, long ageMs, Set<String> unreached) {}

    static final int FRESH_SECONDS = 8;

    private static final String RENEW =
            """
            INSERT INTO node AS n (boot_id, address, unreached) VALUES ($1, $2, $3)
            ON CONFLICT (boot_id) DO UPDATE SET seen = clock_timestamp(), unreached = excluded.unreached
            """;

    private static final String LIVE =
            """
            SELECT boot_id, address, (extract(epoch FROM clock_timestamp() - seen) * 1000)::bigint AS age, unreached
            FROM node WHERE seen > clock_timestamp() - $1 * interval '1 second'
            """;

    private static final String REMOVE = "DELETE FROM node WHERE boot_id = $1 OR seen < now() - interval '1 day'";

    private final Postgres postgres;

    NodeStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** Renews this node's row and returns all live nodes, this one included. */
    Future<List<LiveNode>> renew(String bootId, String address, Set<String> unreached) {
        return postgres.critical(RENEW, Tuple.of(bootId, address, unreached.toArray(String[]::new)))
                .compose(renewed -> liveNodes());
    }

    Future<List<LiveNode>> liveNodes() {
        return postgres.critical(LIVE, Tuple.of(FRESH_SECONDS)).map(rows -> {
            List<LiveNode> nodes = new ArrayList<>();
            for (Row row : rows) {
                nodes.add(new LiveNode(
                        row.getString("boot_id"),
                        row.getString("address"),
                        row.getLong("age"),
                        Set.of(row.getArrayOfStrings("unreached"))));
            }
            return nodes;
        });
    }

    Future<Void> remove(String bootId) {
        return postgres.critical(REMOVE, Tuple.of(bootId)).mapEmpty();
    }
}
