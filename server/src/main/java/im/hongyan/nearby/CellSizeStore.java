package im.hongyan.nearby;

import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;

/** The table {@code nearby_cell_size}. */
final class CellSizeStore {
    private static final String FIX = "INSERT INTO nearby_cell_size (km) VALUES ($1) ON CONFLICT DO NOTHING";

    private static final String READ = "SELECT km FROM nearby_cell_size";

    private final Postgres postgres;

    CellSizeStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /**
     * Fixes the size unless it is fixed already. Two statements, because the second one also sees what another node has
     * committed meanwhile.
     *
     * @return the size that is fixed, in km
     */
    Future<Integer> fix(int km) {
        return postgres.write(FIX, Tuple.of(km))
                .compose(fixed -> postgres.query(READ))
                .map(rows -> rows.iterator().next().getInteger("km"));
    }
}
