package im.hongyan.redenvelope;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.wallet.HeldTransaction.answer;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.wallet.HeldTransaction;
import im.hongyan.wallet.MutationProof;
import im.hongyan.wallet.Reconciliation.Finding;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The mutations of envelopes and claims, and of what envelopes need of the ledger. */
class MutationTest extends MutationProof {
    private static final int SHARES = 5;
    private static final long TOTAL = 500;

    /** People in a group, and an envelope of one of them. */
    private record Scene(UserId sender, UserId one, UserId other, UUID conversation, EnvelopeId envelope) {
        UUID id() {
            return envelope.value();
        }
    }

    private EnvelopeNode node;

    MutationTest() {
        super(EnvelopeNode.stores());
    }

    @Override
    protected void connect(Postgres postgres) {
        node = new EnvelopeNode(stores, postgres);
    }

    @Override
    protected List<String> wrong() throws Exception {
        return node.wrong().stream().map(Finding::toString).toList();
    }

    @Test
    void everyConstraint_isKnown() throws Exception {
        List<String> proved = List.of(
                "envelope_conversation_sender_client_id_key",
                "envelope_kind_check",
                "envelope_total_check",
                "claim_of_share",
                "claim_of_user",
                "claim_envelope_fkey");
        // Its values are new each time: taken out, it would be missed only with the foreign key.
        List<String> ofNewIds = List.of("envelope_pkey");
        knowsAllOf(
                List.of("envelope", "claim"),
                Stream.of(proved, ofNewIds).flatMap(List::stream).toList());
    }

    /** The money is still kept by the entry's client id; but a retry is told that it is another request. */
    @Test
    void clientIdOfEnvelope_dropped_doesNotKnowARetry() throws Exception {
        provesNamed(
                "ALTER TABLE envelope DROP CONSTRAINT envelope_conversation_sender_client_id_key",
                sql -> sql.contains("INSERT INTO envelope")
                        ? sql.replace("ON CONFLICT (conversation, sender, client_id) DO NOTHING", "")
                        : sql,
                () -> {
                    UserId sender = node.someoneWith(2 * TOTAL);
                    String group = node.group(sender, EnvelopeNode.people(2));
                    Map<String, Object> envelope = EnvelopeNode.lucky(group, TOTAL, SHARES);
                    JsonNode first = node.ask(sender, "envelope.send", envelope);
                    JsonNode again = await(node.asking(sender, "envelope.send", envelope));
                    return wrong(
                            List.of(first.toString()),
                            List.of(again.path(again.has("error") ? "error" : "data")
                                    .toString()));
                });
    }

    @Test
    void kindOfEnvelope_unchecked_makesOneThatNobodyCanOpen() throws Exception {
        proves("ALTER TABLE envelope DROP CONSTRAINT envelope_kind_check", () -> {
            Scene scene = scene();
            tamper("UPDATE envelope SET kind = 'sealed' WHERE id = ?", scene.id());
            String answer = node.open(scene.one, scene.envelope);
            return answer.startsWith("opened ") ? List.of() : List.of(answer);
        });
    }

    @Test
    void totalOfEnvelope_unchecked_makesOneOfNothing() throws Exception {
        proves("ALTER TABLE envelope DROP CONSTRAINT envelope_total_check", () -> {
            tamper("UPDATE envelope SET total = 0 WHERE id = ?", scene().id());
            return List.of();
        });
    }

    @Test
    void envelopeOfClaim_dropped_leavesClaimsOfNothing() throws Exception {
        proves("ALTER TABLE claim DROP CONSTRAINT claim_envelope_fkey", () -> {
            Scene scene = scene();
            node.open(scene.one, scene.envelope);
            tamper("DELETE FROM envelope WHERE id = ?", scene.id());
            return rows("SELECT user_id FROM claim WHERE envelope NOT IN (SELECT id FROM envelope)");
        });
    }

    @Test
    void claimOfUser_dropped_givesSomebodyTwoShares() throws Exception {
        proves("ALTER TABLE claim DROP CONSTRAINT claim_of_user", () -> {
            Scene scene = scene();
            race(scene, scene.one, 0, scene.one, 1);
            return rows(
                    "SELECT 'two shares of ' || user_id FROM claim WHERE envelope = ? GROUP BY user_id HAVING count(*) > 1",
                    scene.id());
        });
    }

    /** The money is still kept together by posting_once; but the second opener meets an error. */
    @Test
    void claimOfShare_dropped_letsTwoHaveTheSameShare() throws Exception {
        proves("ALTER TABLE claim DROP CONSTRAINT claim_of_share", () -> {
            Scene scene = scene();
            return wrong(List.of("0", "2"), race(scene, scene.one, 0, scene.other, 0));
        });
    }

    @Test
    void postingOnce_dropped_paysAShareTwice() throws Exception {
        proves("ALTER TABLE posting DROP CONSTRAINT posting_once", () -> {
            Scene scene = scene();
            SqlSession session = claimer();
            answer(session.claim(scene.id(), scene.one.value(), 0));
            session.commit();
            answer(session.start(
                    "SELECT ledger_post('envelope_claim', 'points', 'wallet', ARRAY[?]::uuid[], ARRAY[0], ARRAY[?]::uuid[],"
                            + " ARRAY[?]::uuid[], ARRAY[1::bigint], ARRAY[NULL::uuid])",
                    scene.id(),
                    scene.id(),
                    scene.one.value()));
            session.commit();
            return List.of();
        });
    }

    @Test
    void notOverdrawn_dropped_letsSomebodySpendWhatHeHasNot() throws Exception {
        proves("ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_not_overdrawn", () -> {
            UserId poor = node.someoneWith(TOTAL - 1);
            String group = node.group(poor, EnvelopeNode.people(2));
            String refusal = node.refusal(poor, "envelope.send", EnvelopeNode.lucky(group, TOTAL, SHARES));
            return wrong(List.of("wallet.insufficient"), List.of(String.valueOf(refusal)));
        });
    }

    /**
     * A claim in time that is held up, here as by the building of an index, and a refund meanwhile. The money is still kept
     * by the account's check; but who opened in time meets an error.
     */
    @Test
    void shareOfEnvelope_removed_letsARefundOvertakeAClaim() throws Exception {
        proves("envelope_claim", text -> text.replace("ORDER BY id FOR SHARE;", "ORDER BY id;"), () -> {
            Scene scene = scene();
            HeldTransaction building = session();
            SqlSession claiming = claimer();
            SqlSession settling = claimer();
            building.run("LOCK TABLE claim IN SHARE MODE");
            node.sql(
                    "UPDATE envelope SET expires_at = clock_timestamp() + interval '1500 ms' WHERE id = $1",
                    scene.id());
            CompletableFuture<List<String>> claim = claiming.claim(scene.id(), scene.one.value(), 0);
            assertThat(claiming.waits(claim, session())).isTrue();
            settling.run(
                    "SELECT pg_sleep(greatest(0, extract(epoch FROM expires_at - clock_timestamp()))) FROM envelope WHERE id = ?",
                    scene.id());
            settling.commit();
            List<String> refunds = answer(settling.settle());
            settling.commit();
            building.commit();
            List<String> outcome = answer(claim);
            claiming.commit();
            List<String> wrong = new ArrayList<>(wrong(List.of(), refunds));
            wrong.addAll(wrong(List.of("0"), outcome));
            return wrong;
        });
    }

    /** Without Redis, PostgreSQL picks: two at once would pick the same. */
    @Test
    void updateOfEnvelope_removedWhereNoIndexIsGiven_picksAShareTwice() throws Exception {
        proves(
                "envelope_claim",
                text -> text.replace("ORDER BY id FOR NO KEY UPDATE;", "ORDER BY id FOR SHARE;"),
                () -> {
                    Scene scene = scene();
                    return wrong(List.of("0", "0"), race(scene, scene.one, null, scene.other, null));
                });
    }

    /** A statement is read by the numbers of postings: one that is numbered before its turn comes up where nobody looks again. */
    @Test
    void updateOfAccounts_removed_numbersPostingsOutOfTheirOrder() throws Exception {
        proves("ledger_post", text -> text.replace("ORDER BY id FOR NO KEY UPDATE;", ";"), () -> {
            List<UserId> people = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                people.add(node.someoneWith(100));
            }
            // The order in which they are locked: who waits for the first has not locked the others.
            people.sort(Comparator.comparing(UserId::text));
            UserId busy = people.get(0);
            UserId other = people.get(1);
            UserId recipient = people.get(2);
            UUID late = Id.next();
            UUID early = Id.next();
            HeldTransaction holding = session();
            HeldTransaction waiting = session();
            HeldTransaction passing = session();
            holding.run("SELECT 1 FROM ledger_account WHERE id = ? FOR NO KEY UPDATE", busy.value());
            CompletableFuture<List<String>> post = post(waiting, late, busy, recipient);
            assertThat(waiting.waits(post, session())).isTrue();
            CompletableFuture<List<String>> passed = post(passing, early, other, recipient);
            if (!passing.waits(passed, session())) {
                passing.commit();
            }
            holding.rollback();
            answer(post);
            waiting.commit();
            answer(passed);
            passing.commit();
            return wrong(
                    List.of(early.toString(), late.toString()),
                    rows("SELECT ref FROM posting WHERE ref IN (?, ?) ORDER BY id", early, late));
        });
    }

    private static CompletableFuture<List<String>> post(HeldTransaction session, UUID ref, UserId from, UserId to) {
        return session.start(
                "SELECT ledger_post('gift', 'points', 'wallet', ARRAY[?]::uuid[], ARRAY[0], ARRAY[?]::uuid[],"
                        + " ARRAY[?]::uuid[], ARRAY[1::bigint], ARRAY[NULL::uuid])",
                ref,
                from.value(),
                to.value());
    }

    /** The money is still kept by posting_once; but a node that comes second fails, with all that it was to give back. */
    @Test
    void updateOfSettle_removed_letsTwoNodesRefund() throws Exception {
        proves("envelope_settle", text -> text.replace("FOR UPDATE SKIP LOCKED", ""), () -> {
            Scene scene = scene();
            node.expire(scene.envelope);
            SqlSession first = claimer();
            SqlSession second = claimer();
            assertThat(answer(first.settle())).containsExactly(Long.toString(TOTAL));
            CompletableFuture<List<String>> again = second.settle();
            second.waits(again, session());
            first.commit();
            List<String> refunds = answer(again);
            second.rollback();
            return wrong(List.of(), refunds);
        });
    }

    /** A removal that is through while a claim of the removed one is held up. */
    @Test
    void keyShareOfConversation_removed_givesAShareToSomebodyWhoWasRemovedBefore() throws Exception {
        proves("envelope_claim", text -> text.replace("ORDER BY id FOR KEY SHARE;", "ORDER BY id;"), () -> {
            Scene scene = scene();
            HeldTransaction building = session();
            SqlSession claiming = claimer();
            HeldTransaction removing = session();
            building.run("LOCK TABLE claim IN SHARE MODE");
            CompletableFuture<List<String>> claim = claiming.claim(scene.id(), scene.one.value(), 0);
            assertThat(claiming.waits(claim, session())).isTrue();
            CompletableFuture<List<String>> removal =
                    removing.start("SELECT 1 FROM conversation WHERE id = ? FOR UPDATE", scene.conversation);
            boolean before = !removing.waits(removal, session());
            if (before) {
                remove(removing, scene);
            }
            building.commit();
            List<String> outcome = answer(claim);
            claiming.commit();
            answer(removal);
            if (!before) {
                remove(removing, scene);
            }
            return before && outcome.equals(List.of("0")) ? List.of("no member, and yet a share") : List.of();
        });
    }

    private static void remove(HeldTransaction removing, Scene scene) throws SQLException {
        removing.run(
                "UPDATE member SET role = 0 WHERE conversation = ? AND user_id = ?",
                scene.conversation,
                scene.one.value());
        removing.commit();
    }

    /** Two claims at once: the first is through, but not committed, while the second comes. What both were told. */
    private List<String> race(Scene scene, UserId first, Integer firstIdx, UserId second, Integer secondIdx)
            throws Exception {
        SqlSession one = claimer();
        SqlSession two = claimer();
        List<String> outcomes = new ArrayList<>(answer(one.claim(scene.id(), first.value(), firstIdx)));
        CompletableFuture<List<String>> waiting = two.claim(scene.id(), second.value(), secondIdx);
        assertThat(two.waits(waiting, session())).isTrue();
        one.commit();
        outcomes.addAll(answer(waiting));
        two.commit();
        return outcomes;
    }

    private Scene scene() throws Exception {
        UserId sender = node.someoneWith(TOTAL);
        List<UserId> members = EnvelopeNode.people(2);
        String group = node.group(sender, members);
        EnvelopeId envelope = node.send(sender, EnvelopeNode.lucky(group, TOTAL, SHARES));
        return new Scene(
                sender, members.get(0), members.get(1), ConversationId.of(group).value(), envelope);
    }

    private SqlSession claimer() throws SQLException {
        return kept(new SqlSession(stores.postgresAddress()));
    }
}
