package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a conversation that many change at once means to the others. */
@Timeout(60)
class KeyedTransactionsTest {
    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    @Test
    void change_whileManyWaitForAnotherConversation_isNotHeldUp() throws Exception {
        LogNode node = new LogNode(stores);
        TestConnection owner = node.connect();
        TestConnection other = node.connect();
        String busy = owner.createGroup();
        String quiet = other.createGroup();
        Promise<Void> release = Promise.promise();
        Future<Void> holder = hold(busy, release);
        List<Future<?>> renamed = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            renamed.add(owner.asking("group.rename", Map.of("conversation", busy, "title", "busy " + i)));
        }

        other.ask("group.rename", Map.of("conversation", quiet, "title", "quiet"));

        assertThat(renamed).noneMatch(Future::isComplete);
        release.complete();
        await(holder);
        for (Future<?> each : renamed) {
            await(each);
        }
        assertThat(owner.say(busy, "the end")).isEqualTo(1 + 40 + 1);
    }

    /** There are eight connections for transactions: each of these would hold one at a lock. */
    @Test
    void change_whileOnePersonWaitsForManyConversations_isNotHeldUp() throws Exception {
        LogNode node = new LogNode(stores);
        TestConnection greedy = node.connect();
        TestConnection other = node.connect();
        String quiet = other.createGroup();
        Promise<Void> release = Promise.promise();
        List<String> groups = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            groups.add(greedy.createGroup());
        }
        Future<Void> holder = hold(groups, release);
        List<Future<?>> renamed = new ArrayList<>();
        for (String group : groups) {
            for (int i = 0; i < 9; i++) {
                renamed.add(greedy.asking("group.rename", Map.of("conversation", group, "title", "greedy")));
            }
        }
        assertThat(greedy.refusal("group.rename", Map.of("conversation", quiet, "title", "too many")))
                .as("two at work and a hundred waiting")
                .isEqualTo("changes.limited");

        other.ask("group.rename", Map.of("conversation", quiet, "title", "quiet"));

        release.complete();
        await(holder);
        await(Future.join(renamed).otherwiseEmpty());
        assertThat(renamed.stream().filter(Future::succeeded)).hasSize(102);
    }

    private static Future<Void> hold(String conversation, Promise<Void> release) throws Exception {
        return hold(List.of(conversation), release);
    }

    private static Future<Void> hold(List<String> conversations, Promise<Void> release) throws Exception {
        UUID[] ids = conversations.stream()
                .map(conversation -> LogNode.id(conversation).value())
                .toArray(UUID[]::new);
        Promise<Void> locked = Promise.promise();
        Future<Void> holder = stores.postgres().transaction(tx -> tx.query(
                        "SELECT 1 FROM conversation WHERE id = ANY ($1) FOR UPDATE",
                        Tuple.tuple().addArrayOfUUID(ids))
                .compose(rows -> {
                    locked.complete();
                    return release.future();
                }));
        await(locked.future());
        return holder;
    }
}
