package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MembersTest {
    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private final AtomicInteger queries = new AtomicInteger();

    @Test
    void audience_ofManyEntriesAfterAChange_isReadOnce() throws Exception {
        LogNode node = new LogNode(stores);
        TestConnection alice = node.connect();
        TestConnection bob = node.connect();
        TestConnection carol = node.connect();
        ConversationId group = LogNode.id(alice.createGroup(bob));
        Members members = new Members(new Counting());
        long version = await(members.recent(group)).version();
        alice.ask("group.add", Map.of("conversation", group.text(), "users", List.of(carol.id())));
        queries.set(0);

        List<Future<Set<UserId>>> audiences = new ArrayList<>();
        for (long seq = 3; seq < 203; seq++) {
            audiences.add(members.audience(group, seq, version + 1));
        }

        for (Future<Set<UserId>> audience : audiences) {
            assertThat(await(audience)).containsExactlyInAnyOrder(alice.user(), bob.user(), carol.user());
        }
        assertThat(queries).hasValue(1);
        assertThat(await(members.audience(group, 1, version)))
                .as("an entry from before, by its windows")
                .containsExactlyInAnyOrder(alice.user(), bob.user());
    }

    private final class Counting implements Members.Source {
        private final MemberStore store = new MemberStore(stores.postgres());

        @Override
        public Future<Members.MemberList> current(ConversationId conversation) {
            queries.incrementAndGet();
            return store.current(conversation);
        }

        @Override
        public Future<Set<UserId>> asOf(ConversationId conversation, long seq) {
            queries.incrementAndGet();
            return store.asOf(conversation, seq);
        }
    }
}
