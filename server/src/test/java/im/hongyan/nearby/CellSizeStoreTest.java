package im.hongyan.nearby;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The size of the cells is fixed once, also if several nodes start for the first time together. */
class CellSizeStoreTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/nearby/migrations");

    @Test
    void fix_byManyNodesAtOnce_givesOneSize() throws Exception {
        CellSizeStore store = new CellSizeStore(stores.postgres());
        List<Future<Integer>> starts = IntStream.range(0, 20)
                .mapToObj(i -> store.fix(i % 2 == 0 ? 1 : 5))
                .toList();

        List<Integer> sizes = await(Future.all(starts).map(done -> done.<Integer>list()));

        assertThat(sizes).containsOnly(sizes.get(0));
        assertThat(await(store.fix(6 - sizes.get(0)))).isEqualTo(sizes.get(0));
    }
}
