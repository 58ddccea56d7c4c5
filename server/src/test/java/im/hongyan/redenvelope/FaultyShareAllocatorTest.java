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
 * The gate is outside of what money rests on. Whatever it answers to a crowd: nobody has two shares, no share has two owners,
 * the ledger adds up, and what people are told is what they have. One after the other, people are before the same gates in
 * {@link EnvelopeModelTest}.
 */
class FaultyShareAllocatorTest {
    private static final int PEOPLE = 60;
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
    void crowd_whateverTheGateSays_losesNoFenAndMakesNone(FaultyShareAllocator which) throws Exception {
        ShareAllocator gate = which.of(stores);
        List<UserId> people = EnvelopeNode.people(PEOPLE);
        UserId sender = people.get(0);
        node.fund(sender, TOTAL);
        String group = node.group(sender, people);
        EnvelopeId id = node.send(sender, EnvelopeNode.lucky(group, TOTAL, SHARES));
        EnvelopeSpec envelope = node.spec(id);
        EnvelopeOpening[] nodes = new EnvelopeOpening[NODES];
        for (int i = 0; i < NODES; i++) {
            nodes[i] = node.grab(gate);
        }

        // Each on both nodes at once, as one who has two devices.
        List<Future<Map<UserId, OpenResult>>> both = Stream.of(nodes)
                .map(grab -> EnvelopeNode.crowding(grab, envelope, people))
                .toList();
        List<UserId> tooLate = new ArrayList<>();
        for (Future<Map<UserId, OpenResult>> answers : both) {
            Map<UserId, OpenResult> crowd = await(answers);
            told(crowd, id);
            crowd.forEach((user, opened) -> {
                if (opened instanceof OpenResult.Empty) {
                    tooLate.add(user);
                }
            });
        }
        await(node.recovery(nodes[0], gate).resumeOverdue(0));
        Map<UserId, OpenResult> again = crowd(nodes[1], envelope, people);
        told(again, id);

        Map<UserId, Long> claims = node.claims(id);
        assertThat(node.state(id).claims()).hasSameSizeAs(claims.keySet());
        assertThat(claims.keySet()).doesNotContainAnyElementsOf(tooLate);
        assertThat(node.balance(id.value())).isEqualTo(TOTAL - sum(claims));
        assertThat(claims).hasSize(SHARES);
        assertThat(sum(claims)).isEqualTo(TOTAL);
        for (UserId user : people) {
            assertThat(node.balance(user.value())).isEqualTo(claims.getOrDefault(user, 0L));
        }
        assertThat(node.wrong()).isEmpty();
    }

    /** Everybody who was promised a share has it, of that amount. */
    private static void told(Map<UserId, OpenResult> answers, EnvelopeId id) throws Exception {
        assertThat(node.claims(id)).containsAllEntriesOf(amounts(answers));
    }
}
