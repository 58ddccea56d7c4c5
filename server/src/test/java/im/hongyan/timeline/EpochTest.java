package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.scenario.Logged;
import im.hongyan.store.StoresExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EpochTest {
    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    @Test
    void check_fails_isLoggedOnceAndRepeated() throws Exception {
        try (Logged logged = new Logged(Epoch.class.getName())) {
            Epoch epoch = new Epoch(stores.postgres(), 20);
            await(epoch.start(stores.vertx(), () -> {}));
            await(stores.postgres().query("ALTER TABLE epoch RENAME TO hidden"));
            assertThat(logged.next()).startsWith("ERROR").contains("epoch");
            await(stores.postgres().query("ALTER TABLE hidden RENAME TO epoch"));
            // As if from a dump of another cluster; found only if the checks go on.
            await(stores.postgres().query("UPDATE epoch SET system = system + 1"));
            assertThat(logged.next()).as("no second line of the failure").contains("another history");
        }
    }
}
