package im.hongyan.redenvelope;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.delivery.FakeConnection;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.timeline.Timeline;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.Year;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What users can see of envelopes, and the order of locks. */
class EnvelopeRulesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final StoresExtension stores = EnvelopeNode.stores();

    private EnvelopeNode node;
    private UserId sender;
    private List<UserId> members;
    private String group;

    @BeforeEach
    void setUp() throws Exception {
        node = new EnvelopeNode(stores);
        sender = node.userWith(10_000);
        members = EnvelopeNode.newUsers(3);
        group = node.group(sender, members);
    }

    @AfterEach
    void ledgerAddsUp() throws Exception {
        assertThat(node.wrong()).isEmpty();
    }

    /** The answer stays the same, whatever the clocks of the node and of PostgreSQL say. */
    @Test
    void open_exhaustedAndExpired_isEmpty() throws Exception {
        EnvelopeId exhausted = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        EnvelopeId left = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        node.open(members.get(0), exhausted);
        node.open(members.get(1), exhausted);
        node.open(members.get(0), left);
        node.expire(exhausted);
        node.expire(left);

        // Nodes with empty caches.
        EnvelopeNode other = new EnvelopeNode(stores);
        assertThat(other.open(members.get(2), exhausted)).isEqualTo("empty");
        assertThat(other.open(members.get(2), left)).isEqualTo("expired");
        await(node.tables.refunds().refund(100));
        EnvelopeNode third = new EnvelopeNode(stores);
        assertThat(third.open(members.get(2), exhausted)).isEqualTo("empty");
        assertThat(third.open(members.get(2), left)).isEqualTo("expired");
        assertThat(third.open(members.get(0), left)).startsWith("already");
    }

    @Test
    void view_formerMember_showsStateWhenLeft() throws Exception {
        EnvelopeId envelope = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        node.open(members.get(0), envelope);
        remove(members.get(2));
        node.open(members.get(1), envelope);

        JsonNode seen = node.ask(members.get(2), "envelope.view", which(envelope));
        assertThat(seen.get("taken").asInt()).isEqualTo(1);
        assertThat(seen.get("state").asText()).isEqualTo("open");
        assertThat(seen.get("openers")).hasSize(1);
        assertThat(seen.has("proof")).isFalse();
        assertThat(node.ask(members.get(0), "envelope.view", which(envelope))
                        .get("taken")
                        .asInt())
                .isEqualTo(2);
        EnvelopeId later = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        assertThat(node.refusal(members.get(2), "envelope.view", which(later))).isEqualTo("envelope.not_found");
    }

    @Test
    void envelope_sentBeforeTheUserJoined_doesNotExistForThem() throws Exception {
        EnvelopeId early = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        UserId late = EnvelopeNode.newUser();
        node.ask(sender, "group.add", Map.of("conversation", group, "users", List.of(late.text())));
        node.open(members.get(0), early);
        EnvelopeId unknown = new EnvelopeId(Id.next());

        for (String type : List.of("envelope.open", "envelope.view", "envelope.watch")) {
            JsonNode refused = await(node.asking(late, type, which(early)));
            assertThat(refused.get("error"))
                    .isEqualTo(await(node.asking(late, type, which(unknown))).get("error"));
            assertThat(EnvelopeNode.reason(refused)).isEqualTo("envelope.not_found");
        }
        assertThat(await(node.tables.claims().claim(Id.next(), List.of(new ClaimRequest(early, late, 1)))))
                .containsExactly(new ClaimOutcome.Refused(ClaimOutcome.Refusal.NOT_FOUND));

        EnvelopeId later = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        assertThat(node.open(late, later)).startsWith("opened");
    }

    @Test
    void envelope_sentWhileTheUserWasAway_doesNotExistAfterTheyReturn() throws Exception {
        UserId away = members.get(2);
        EnvelopeId before = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        remove(away);
        EnvelopeId missed = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        node.ask(sender, "group.add", Map.of("conversation", group, "users", List.of(away.text())));

        assertThat(node.refusal(away, "envelope.open", which(missed))).isEqualTo("envelope.not_found");
        assertThat(node.refusal(away, "envelope.view", which(missed))).isEqualTo("envelope.not_found");
        assertThat(node.open(away, before)).startsWith("opened");
    }

    @Test
    void envelope_inOpenHistory_isOpenToNewMembers() throws Exception {
        EnvelopeId early = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        UserId late = EnvelopeNode.newUser();
        node.ask(sender, "group.history", Map.of("conversation", group, "open", true));
        node.ask(sender, "group.add", Map.of("conversation", group, "users", List.of(late.text())));

        assertThat(node.open(late, early)).startsWith("opened");
    }

    /** A user's second request may be in a batch that is repeated, although the first one was answered. */
    @Test
    void claim_repeatedBatch_reportsOnlyItsOwnClaims() throws Exception {
        EnvelopeId envelope = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        node.open(members.get(0), envelope);
        UUID batch = Id.next();
        List<ClaimRequest> claims = List.of(
                new ClaimRequest(envelope, members.get(0), 0), new ClaimRequest(envelope, members.get(1), null));

        List<ClaimOutcome> first = await(node.tables.claims().claim(batch, claims));
        List<ClaimOutcome> repeated = await(node.tables.claims().claim(batch, claims));
        List<ClaimOutcome> later = await(node.tables.claims().claim(Id.next(), claims));

        assertThat(first).map(EnvelopeRulesTest::isFresh).containsExactly(false, true);
        assertThat(repeated).map(EnvelopeRulesTest::isFresh).containsExactly(false, true);
        assertThat(later).map(EnvelopeRulesTest::isFresh).containsExactly(false, false);
    }

    private static boolean isFresh(ClaimOutcome outcome) {
        return ((ClaimOutcome.Claimed) outcome).fresh();
    }

    /** The answer to a removal does not wait until the nodes have read the new list of members. */
    @Test
    void audience_immediatelyAfterRemoval_excludesRemovedUser() throws Exception {
        EnvelopeId envelope = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        EnvelopeAccess access = new EnvelopeAccess(node.service(Timeline.class).members(), node.tables.envelopes());
        assertThat(await(access.audience(envelope, members))).containsExactlyInAnyOrderElementsOf(members);

        node.sql(
                "UPDATE member SET role = 0 WHERE conversation = $1 AND user_id = $2",
                ConversationId.of(group).value(),
                members.get(1).value());

        assertThat(await(access.audience(envelope, members))).containsExactlyInAnyOrder(members.get(0), members.get(2));
    }

    @Test
    void history_yearOfTheClient_beginsAtItsMidnight() throws Exception {
        EnvelopeId envelope = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        // 20:00 UTC on New Year's Eve, which is the next year in China.
        Instant eve = Instant.parse("2025-12-31T20:00:00Z");
        node.sql(
                "UPDATE envelope SET id = $2 WHERE id = $1",
                envelope.value(),
                new UUID(eve.toEpochMilli() << 16 | 0x7000, Id.next().getLeastSignificantBits()));
        try {
            assertThat(countOf(2025, null)).isEqualTo(1);
            assertThat(countOf(2026, 8 * 60)).isEqualTo(1);
            assertThat(countOf(2025, 8 * 60)).isZero();
            assertThat(countOf(2025, -5 * 60)).isEqualTo(1);
            assertThat(node.refusal(sender, "envelope.history", yearAt(2025, 1_081)))
                    .isEqualTo("field.out_of_range");
        } finally {
            node.sql("UPDATE envelope SET id = $1 WHERE sender = $2", envelope.value(), sender.value());
        }
    }

    private long countOf(int year, Integer utcOffset) throws Exception {
        JsonNode answer = node.ask(sender, "envelope.history", yearAt(year, utcOffset));
        assertThat(answer.get("envelopes")).hasSize(answer.at("/total/count").asInt());
        return answer.at("/total/count").asLong();
    }

    private static Map<String, Object> yearAt(int year, Integer utcOffset) {
        Map<String, Object> page = year("sent", 50);
        page.put("year", year);
        page.put("utcOffsetMinutes", utcOffset);
        return page;
    }

    /** History and pushes follow the same rule as views. */
    @Test
    void pushesAndHistory_formerMember_excludeLaterEvents() throws Exception {
        UserId ada = FakeConnection.user("ada");
        node.fund(ada, 1_000);
        node.ask(sender, "group.add", Map.of("conversation", group, "users", List.of(ada.text())));
        EnvelopeId envelope = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        EnvelopeId hers = node.send(ada, EnvelopeNode.lucky(group, 100, 2));
        FakeConnection phone = new FakeConnection(stores.vertx().getOrCreateContext(), "ada", "phone");
        node.sockets().add(phone);
        node.open(ada, envelope);
        node.open(members.get(0), hers);
        assertThat(next(phone, "envelope.opened").at("/data/envelope").asText()).isEqualTo(envelope.text());
        assertThat(next(phone, "envelope.opened").at("/data/envelope").asText()).isEqualTo(hers.text());

        node.ask(ada, "group.leave", Map.of("conversation", group));
        node.open(members.get(0), envelope);
        node.open(members.get(1), hers);

        JsonNode received = node.ask(ada, "envelope.history", year("received", 50));
        assertThat(received.at("/envelopes/0/taken").asInt()).isEqualTo(1);
        assertThat(received.at("/envelopes/0/state").asText()).isEqualTo("open");
        assertThat(received.at("/total/best").asInt()).isZero();
        JsonNode sent = node.ask(ada, "envelope.history", year("sent", 50));
        assertThat(sent.at("/envelopes/0/taken").asInt()).isEqualTo(1);
        assertThat(node.ask(members.get(0), "envelope.history", year("received", 50))
                        .at("/envelopes/0/state")
                        .asText())
                .isEqualTo("exhausted");
        // What comes behind the pushes that she does not get.
        node.ask(ada, "wallet.transfer", Map.of("to", members.get(0).text(), "amount", 1, "clientId", "c"));
        for (String push = ""; !push.equals("wallet"); ) {
            push = JSON.readTree(phone.next()).get("type").asText();
            assertThat(push).isNotIn("envelope.opened", "envelope.closed");
        }
    }

    private static JsonNode next(FakeConnection outlet, String type) throws Exception {
        JsonNode push = JSON.readTree(outlet.next());
        while (!push.get("type").asText().equals(type)) {
            push = JSON.readTree(outlet.next());
        }
        return push;
    }

    /** An operator has lowered the limits between a request and its repetition. */
    @Test
    void send_retryUnderLowerLimits_returnsFirstAnswer() throws Exception {
        Map<String, Object> send = new HashMap<>(EnvelopeNode.lucky(group, 5_000, 2));
        send.put("greeting", "a greeting of some length");
        JsonNode first = node.ask(sender, "envelope.send", send);
        EnvelopeNode strict = new EnvelopeNode(stores, new EnvelopeSettings(100, 1, 10, Duration.ofHours(24)));

        assertThat(strict.ask(sender, "envelope.send", send)).isEqualTo(first);
        send.put("amount", 5_001);
        assertThat(strict.refusal(sender, "envelope.send", send)).isEqualTo("client_id.reused");
        send.put("clientId", EnvelopeNode.newClientId());
        assertThat(strict.refusal(sender, "envelope.send", send)).isEqualTo("field.too_long");
        send.remove("greeting");
        assertThat(strict.refusal(sender, "envelope.send", send)).isEqualTo("envelope.limit");
        assertThat(node.balance(sender.value())).isEqualTo(5_000);
    }

    /**
     * Otherwise there is a deadlock: the claim waits for the account, the sender for the conversation, the removal for
     * the claim.
     */
    @Test
    void send_waitingForConversation_locksNoAccount() throws Exception {
        try (ClaimSession busy = new ClaimSession(stores.postgresAddress());
                ClaimSession claim = new ClaimSession(stores.postgresAddress())) {
            busy.run(
                    "SELECT 1 FROM conversation WHERE id = ? FOR NO KEY UPDATE",
                    ConversationId.of(group).value());
            Future<JsonNode> sending = node.asking(sender, "envelope.send", EnvelopeNode.lucky(group, 100, 2));
            claim.awaitAnyWaiting();

            assertThat(claim.run("SELECT 1 FROM ledger_account WHERE id = ? FOR NO KEY UPDATE NOWAIT", sender.value()))
                    .hasSize(1);

            claim.rollback();
            busy.rollback();
            assertThat(await(sending).has("error")).isFalse();
        }
    }

    /** One envelope cannot be refunded, because its account was emptied before. */
    @Test
    void refund_failingEnvelope_doesNotBlockOthers() throws Exception {
        EnvelopeId wrong = node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        EnvelopeId next = node.send(sender, EnvelopeNode.lucky(group, 200, 2));
        EnvelopeId last = node.send(sender, EnvelopeNode.lucky(group, 300, 2));
        node.sql(
                "SELECT ledger_post('envelope_refund', 'points', 'wallet', ARRAY[$1::uuid], ARRAY[0], ARRAY[$1::uuid],"
                        + " ARRAY[$2::uuid], ARRAY[1::bigint], ARRAY[NULL::uuid])",
                wrong.value(),
                sender.value());
        for (EnvelopeId envelope : List.of(wrong, next, last)) {
            node.expire(envelope);
        }
        EnvelopeRefunds refunds =
                new EnvelopeRefunds(node.tables.refunds(), new EnvelopeMetrics(new SimpleMeterRegistry()), some -> {});

        await(refunds.refundExpired());

        assertThat(node.state(next).refundedAt()).isNotNull();
        assertThat(node.state(last).refundedAt()).isNotNull();
        assertThat(node.state(wrong).refundedAt()).isNull();
        assertThat(node.balance(sender.value())).isEqualTo(10_000 - 100 + 1);
        // Repairs the ledger for the other tests.
        node.sql("ALTER TABLE posting DISABLE TRIGGER posting_is_final");
        node.sql("DELETE FROM posting WHERE kind = 'envelope_refund' AND ref = $1", wrong.value());
        node.sql("UPDATE ledger_account SET balance = balance + 1 WHERE id = $1", wrong.value());
        node.sql("UPDATE ledger_account SET balance = balance - 1 WHERE id = $1", sender.value());
        node.sql("ALTER TABLE posting ENABLE TRIGGER posting_is_final");
        await(refunds.refundExpired());
        assertThat(node.balance(sender.value())).isEqualTo(10_000);
    }

    @Test
    void history_pages_haveCurrentTotalsOfYear() throws Exception {
        for (int i = 0; i < 5; i++) {
            node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        }
        JsonNode first = node.ask(sender, "envelope.history", page(null));
        assertThat(first.at("/total/amount").asLong()).isEqualTo(500);
        node.send(sender, EnvelopeNode.lucky(group, 100, 2));
        JsonNode second =
                node.ask(sender, "envelope.history", page(first.get("cursor").asText()));
        assertThat(second.at("/total/amount").asLong()).isEqualTo(600);
        assertThat(second.get("envelopes")).hasSize(2);

        JsonNode again = node.ask(sender, "envelope.history", page(null));
        assertThat(again.at("/total/amount").asLong()).isEqualTo(600);
        assertThat(again.at("/total/count").asLong()).isEqualTo(6);
    }

    private static Map<String, Object> page(String cursor) {
        Map<String, Object> page = year("sent", 2);
        page.put("cursor", cursor);
        return page;
    }

    private static Map<String, Object> year(String direction, int limit) {
        Map<String, Object> page = new HashMap<>();
        page.put("year", Year.now(ZoneOffset.UTC).getValue());
        page.put("direction", direction);
        page.put("limit", limit);
        return page;
    }

    private void remove(UserId member) throws Exception {
        node.ask(
                sender,
                "group.remove",
                Map.of("conversation", group, "clientId", EnvelopeNode.newClientId(), "users", List.of(member.text())));
    }

    private static Map<String, Object> which(EnvelopeId envelope) {
        return Map.of("envelope", envelope.text());
    }
}
