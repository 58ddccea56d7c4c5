package im.hongyan.redenvelope;

import static im.hongyan.redenvelope.EnvelopeNode.amounts;
import static im.hongyan.redenvelope.EnvelopeNode.crowd;
import static im.hongyan.redenvelope.EnvelopeNode.sum;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * No money depends on the share allocator. Whatever it answers to concurrent users: no user has two shares, no share
 * has two users, the ledger adds up, and the answers are right. {@link EnvelopeModelTest} tests the same allocators
 * with sequential requests.
 */
class FaultyShareAllocatorTest {
    private static final int USERS = 60;
    private static final int SHARES = 40;
    private static final long TOTAL = 100_000;
    private static final int NODES = 2;

    @RegisterExtension
    static final StoresExtension stores = EnvelopeNode.stores();

    private static EnvelopeNode node;

    @BeforeAll
    static void open() {
        node = new EnvelopeNode(stores);
    }

    @BeforeEach
    void empty() throws Exception {
        await(stores.redis().send(Request.cmd(Command.FLUSHALL)));
    }

    @ParameterizedTest
    @EnumSource
    void crowd_faultyAllocator_losesAndCreatesNoMoney(FaultyShareAllocator which) throws Exception {
        ShareAllocator allocator = which.of(stores);
        List<UserId> users = EnvelopeNode.newUsers(USERS);
        UserId sender = users.get(0);
        node.fund(sender, TOTAL);
        String group = node.group(sender, users);
        EnvelopeId id = node.send(sender, EnvelopeNode.lucky(group, TOTAL, SHARES));
        EnvelopeSpec envelope = node.spec(id);
        EnvelopeOpening[] nodes = new EnvelopeOpening[NODES];
        for (int i = 0; i < NODES; i++) {
            nodes[i] = node.opening(allocator);
        }

        // Each user opens it on both nodes, like a user with two devices.
        List<Future<Map<UserId, OpenResult>>> both = Stream.of(nodes)
                .map(opening -> EnvelopeNode.crowding(opening, envelope, users))
                .toList();
        List<UserId> tooLate = new ArrayList<>();
        for (Future<Map<UserId, OpenResult>> answers : both) {
            Map<UserId, OpenResult> crowd = await(answers);
            answersAreTrue(crowd, id);
            crowd.forEach((user, opened) -> {
                if (opened instanceof OpenResult.Empty) {
                    tooLate.add(user);
                }
            });
        }
        await(node.recovery(nodes[0], allocator).resumeOverdue(0));
        Map<UserId, OpenResult> again = crowd(nodes[1], envelope, users);
        answersAreTrue(again, id);

        Map<UserId, Long> claims = node.claims(id);
        assertThat(node.state(id).claims()).hasSameSizeAs(claims.keySet());
        assertThat(claims.keySet()).doesNotContainAnyElementsOf(tooLate);
        assertThat(node.balance(id.value())).isEqualTo(TOTAL - sum(claims));
        assertThat(claims).hasSize(SHARES);
        assertThat(sum(claims)).isEqualTo(TOTAL);
        for (UserId user : users) {
            assertThat(node.balance(user.value())).isEqualTo(claims.getOrDefault(user, 0L));
        }
        assertThat(node.wrong()).isEmpty();
    }

    /** Each user with an answer that has an amount has that share. */
    private static void answersAreTrue(Map<UserId, OpenResult> answers, EnvelopeId id) throws Exception {
        assertThat(node.claims(id)).containsAllEntriesOf(amounts(answers));
    }
}
