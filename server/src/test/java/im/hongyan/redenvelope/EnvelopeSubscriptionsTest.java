package im.hongyan.redenvelope;

import static im.hongyan.redenvelope.ClaimSession.answer;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.FakeConnection;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.timeline.Timeline;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The pushes to sockets that watch an envelope. */
class EnvelopeSubscriptionsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final StoresExtension stores = EnvelopeNode.stores();

    private final Sockets sockets = new Sockets();
    private EnvelopeNode node;
    private EnvelopeSubscriptions subscriptions;
    private FakeConnection ada;
    private UserId bob;
    private UserId cai;
    private EnvelopeId envelope;

    @BeforeEach
    void setUp() throws Exception {
        node = new EnvelopeNode(stores);
        ada = new FakeConnection(stores.vertx().getOrCreateContext(), "ada", "phone");
        sockets.add(ada);
        node.fund(ada.principal().user(), 1_000);
        List<UserId> members = EnvelopeNode.newUsers(2);
        bob = members.get(0);
        cai = members.get(1);
        envelope = node.send(
                ada.principal().user(),
                EnvelopeNode.lucky(node.group(ada.principal().user(), members), 1_000, 3));
        FrameCodec codec = new FrameCodec();
        Timeline timeline = new Timeline(
                stores.vertx(),
                codec,
                stores.postgres(),
                new Delivery(stores.vertx(), sockets),
                new SimpleMeterRegistry());
        subscriptions = new EnvelopeSubscriptions(
                stores.vertx(),
                codec,
                sockets,
                new EnvelopeAccess(timeline.members(), node.tables.envelopes()),
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
            assertThat(openers(ada.next())).containsExactly(cai.text());

            first.commit();
            assertThat(openers(ada.next())).containsExactly(bob.text());
        } finally {
            node.sql("DELETE FROM claim WHERE envelope = $1 AND user_id = $2", envelope.value(), bob.value());
        }
    }

    /** Also if the envelope has no news. */
    @Test
    void sweep_closedSocket_endsSubscriptions() throws Exception {
        assertThat(subscriptions.count()).isEqualTo(1);

        sockets.remove(ada);

        long end = System.nanoTime() + java.util.concurrent.TimeUnit.SECONDS.toNanos(15);
        while (subscriptions.count() > 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(subscriptions.count()).isZero();
    }

    private static List<String> openers(String frame) throws Exception {
        assertThat(frame).isNotNull();
        JsonNode push = JSON.readTree(frame);
        assertThat(push.get("type").asText()).isEqualTo("envelope.opened");
        return push.at("/data/openings").findValuesAsText("user");
    }
}
