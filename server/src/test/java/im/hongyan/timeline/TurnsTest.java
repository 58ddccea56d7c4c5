package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.store.StoresExtension;
import im.hongyan.timeline.LogNode.Someone;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a conversation that many change at once means to the others. */
@Timeout(60)
class TurnsTest {
    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    @Test
    void change_whileManyWaitForAnotherConversation_isNotHeldUp() throws Exception {
        Someone owner = new LogNode(stores.vertx(), stores.postgres()).someone();
        String busy = owner.createGroup();
        String quiet = owner.createGroup();
        Promise<Void> locked = Promise.promise();
        Promise<Void> release = Promise.promise();
        Future<Void> holder = stores.postgres().transaction(tx -> tx.query(
                        "SELECT 1 FROM conversation WHERE id = $1 FOR UPDATE",
                        Tuple.of(LogNode.id(busy).value()))
                .compose(rows -> {
                    locked.complete();
                    return release.future();
                }));
        await(locked.future());
        List<Future<?>> renamed = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            renamed.add(owner.asking("group.rename", Map.of("conversation", busy, "title", "busy " + i)));
        }

        owner.ask("group.rename", Map.of("conversation", quiet, "title", "quiet"));

        assertThat(renamed).noneMatch(Future::isComplete);
        release.complete();
        await(holder);
        for (Future<?> each : renamed) {
            await(each);
        }
        assertThat(owner.say(busy, "the end")).isEqualTo(1 + 40 + 1);
    }
}
