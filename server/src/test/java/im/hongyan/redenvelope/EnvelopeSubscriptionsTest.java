package im.hongyan.redenvelope;

import static im.hongyan.redenvelope.ClaimSession.answer;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import im.hongyan.timeline.Timeline;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The pushes to sockets that watch an envelope. */
class EnvelopeSubscriptionsTest {
    @RegisterExtension
    static final StoresExtension stores = EnvelopeNode.stores();

    private EnvelopeNode node;
    private EnvelopeSubscriptions subscriptions;
    private TestConnection ada;
    private UserId bob;
    private UserId cai;
    private EnvelopeId envelope;

    @BeforeEach
    void setUp() throws Exception {
        node = new EnvelopeNode(stores);
        ada = node.connect();
        node.fund(ada.user(), 1_000);
        List<UserId> members = EnvelopeNode.newUsers(2);
        bob = members.get(0);
        cai = members.get(1);
        envelope = node.send(ada.user(), EnvelopeNode.lucky(node.group(ada.user(), members), 1_000, 3));
        subscriptions = new EnvelopeSubscriptions(
                stores.vertx(),
                new FrameCodec(),
                node.sockets(),
                new EnvelopeAccess(node.service(Timeline.class).members(), node.tables.envelopes()),
                node.tables.claims());
        subscriptions.start();
        subscriptions.add(ada.principal(), node.spec(envelope), List.of());
    }

    @AfterEach
    void stop() {
        subscriptions.stop();
    }

    /** Two nodes claim, and the claim with the earlier time is committed later. */
    @Test
    void publish_claimsCommittedOutOfOrder_pushesEachOnce() throws Exception {
        try (ClaimSession first = new ClaimSession(stores.postgresAddress());
                ClaimSession second = new ClaimSession(stores.postgresAddress())) {
            // Without a posting, because its lock on the account would block the other claim.
            first.run(
                    "INSERT INTO claim (envelope, idx, user_id, amount, at)"
                            + " SELECT id, 0, ?, shares[1], clock_timestamp() FROM envelope WHERE id = ?",
                    bob.value(),
                    envelope.value());
            answer(second.claim(envelope.value(), cai.value(), 1));
            second.commit();
            ada.receive("envelope.opened", push -> true);
            assertThat(openers()).containsExactly(List.of(cai.text()));

            first.commit();
            ada.receive("envelope.opened", push -> openers(push).contains(bob.text()));
            assertThat(openers()).containsExactly(List.of(cai.text()), List.of(bob.text()));
        } finally {
            node.sql("DELETE FROM claim WHERE envelope = $1 AND user_id = $2", envelope.value(), bob.value());
        }
    }

    /** Also if the envelope has no news. */
    @Test
    void sweep_closedSocket_endsSubscriptions() throws Exception {
        assertThat(subscriptions.count()).isEqualTo(1);

        node.sockets().remove(ada);

        long end = System.nanoTime() + java.util.concurrent.TimeUnit.SECONDS.toNanos(15);
        while (subscriptions.count() > 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(subscriptions.count()).isZero();
    }

    /** A poll is one statement, whose cost must not depend on how many envelopes are watched. */
    @Test
    void due_manyEnvelopes_areReadInTurn() throws Exception {
        subscriptions.stop();
        EnvelopeSpec spec = node.spec(envelope);
        int count = EnvelopeSubscriptions.MAX_POLLED + EnvelopeSubscriptions.MAX_PER_SOCKET;
        for (int i = 1; i < count; i += EnvelopeSubscriptions.MAX_PER_SOCKET) {
            TestConnection watcher = node.connect();
            for (int j = i; j < Math.min(count, i + EnvelopeSubscriptions.MAX_PER_SOCKET); j++) {
                EnvelopeSpec other = new EnvelopeSpec(
                        new EnvelopeId(Id.next()),
                        spec.conversation(),
                        spec.sender(),
                        spec.kind(),
                        spec.recipient(),
                        spec.count(),
                        spec.expiresAt());
                subscriptions.add(watcher.principal(), other, List.of());
            }
        }
        assertThat(subscriptions.count()).isEqualTo(count);

        Set<EnvelopeId> first = subscriptions.due().keySet();
        Set<EnvelopeId> second = subscriptions.due().keySet();

        assertThat(first).hasSize(EnvelopeSubscriptions.MAX_POLLED);
        assertThat(second).hasSize(EnvelopeSubscriptions.MAX_POLLED);
        Set<EnvelopeId> both = new HashSet<>(first);
        both.addAll(second);
        assertThat(both).hasSize(count);
    }

    /** Who opened the envelope, by push. */
    private List<List<String>> openers() {
        return ada.pushes("envelope.opened").stream()
                .map(EnvelopeSubscriptionsTest::openers)
                .toList();
    }

    private static List<String> openers(JsonNode push) {
        return push.get("openings").findValuesAsText("user");
    }
}
