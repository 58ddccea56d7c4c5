package im.hongyan.redenvelope;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.wallet.HeldTransaction.answer;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.wallet.AbstractMutationTest;
import im.hongyan.wallet.HeldTransaction;
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

/** Mutation tests of envelopes and claims, and of the ledger's constraints that they rely on. */
class MutationTest extends AbstractMutationTest {
    private static final int SHARES = 5;
    private static final long TOTAL = 500;

    /** A group, and an envelope that one member has sent. */
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
    void everyConstraint_isProvedOrExplained() throws Exception {
        List<String> proved = List.of(
                "envelope_conversation_sender_client_id_key",
                "envelope_kind_check",
                "envelope_total_check",
                "claim_of_share",
                "claim_of_user",
                "claim_envelope_fkey");
        // Ids are always new, so that only the foreign key depends on this constraint.
        List<String> ofNewIds = List.of("envelope_pkey");
        namesAllConstraintsOf(
                List.of("envelope", "claim"),
                Stream.of(proved, ofNewIds).flatMap(List::stream).toList());
    }

    @Test
    void everyPostingKind_isRegisteredAndInTheSchema() throws Exception {
        namesAllPostingKinds(
                RedEnvelopeKinds.POSTINGS,
                List.of(
                        "gift opens wallet",
                        "topup_undone opens wallet",
                        "topup opens wallet",
                        "transfer opens transfer",
                        "transfer_accept opens wallet",
                        "transfer_return opens wallet"));
    }

    /** The entry's client id still protects the money, but a retry is rejected as another request. */
    @Test
    void clientIdOfEnvelope_dropped_failsRetry() throws Exception {
        provesNamed(
                "ALTER TABLE envelope DROP CONSTRAINT envelope_conversation_sender_client_id_key",
                sql -> sql.contains("INSERT INTO envelope")
                        ? sql.replace("ON CONFLICT (conversation, sender, client_id) DO NOTHING", "")
                        : sql,
                () -> {
                    UserId sender = node.userWith(2 * TOTAL);
                    String group = node.group(sender, EnvelopeNode.newUsers(2));
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
    void kindOfEnvelope_unchecked_allowsUnknownKind() throws Exception {
        proves("ALTER TABLE envelope DROP CONSTRAINT envelope_kind_check", () -> {
            Scene scene = scene();
            tamper("UPDATE envelope SET kind = 'sealed' WHERE id = ?", scene.id());
            String answer = node.open(scene.one, scene.envelope);
            return answer.startsWith("opened ") ? List.of() : List.of(answer);
        });
    }

    @Test
    void totalOfEnvelope_unchecked_allowsZero() throws Exception {
        proves("ALTER TABLE envelope DROP CONSTRAINT envelope_total_check", () -> {
            tamper("UPDATE envelope SET total = 0 WHERE id = ?", scene().id());
            return List.of();
        });
    }

    @Test
    void envelopeForeignKey_dropped_leavesOrphanedClaims() throws Exception {
        proves("ALTER TABLE claim DROP CONSTRAINT claim_envelope_fkey", () -> {
            Scene scene = scene();
            node.open(scene.one, scene.envelope);
            tamper("DELETE FROM envelope WHERE id = ?", scene.id());
            return rows("SELECT user_id FROM claim WHERE envelope NOT IN (SELECT id FROM envelope)");
        });
    }

    @Test
    void claimOfUser_dropped_givesAUserTwoShares() throws Exception {
        proves("ALTER TABLE claim DROP CONSTRAINT claim_of_user", () -> {
            Scene scene = scene();
            race(scene, scene.one, 0, scene.one, 1);
            return rows(
                    "SELECT 'two shares of ' || user_id FROM claim WHERE envelope = ?"
                            + " GROUP BY user_id HAVING count(*) > 1",
                    scene.id());
        });
    }

    /** posting_once still protects the money, but the second user gets an error. */
    @Test
    void claimOfShare_dropped_failsSecondOpener() throws Exception {
        proves("ALTER TABLE claim DROP CONSTRAINT claim_of_share", () -> {
            Scene scene = scene();
            return wrong(List.of("0", "2"), race(scene, scene.one, 0, scene.other, 0));
        });
    }

    @Test
    void postingOnce_dropped_paysAShareTwice() throws Exception {
        proves("ALTER TABLE posting DROP CONSTRAINT posting_once", () -> {
            Scene scene = scene();
            ClaimSession session = claimer();
            answer(session.claim(scene.id(), scene.one.value(), 0));
            session.commit();
            answer(session.start(
                    "SELECT ledger_post('envelope_claim', 'points', 'wallet', ARRAY[?]::uuid[], ARRAY[0],"
                            + " ARRAY[?]::uuid[], ARRAY[?]::uuid[], ARRAY[1::bigint], ARRAY[NULL::uuid])",
                    scene.id(),
                    scene.id(),
                    scene.one.value()));
            session.commit();
            return List.of();
        });
    }

    @Test
    void notOverdrawn_dropped_allowsOverdraft() throws Exception {
        proves("ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_not_overdrawn", () -> {
            UserId poor = node.userWith(TOTAL - 1);
            String group = node.group(poor, EnvelopeNode.newUsers(2));
            String refusal = node.refusal(poor, "envelope.send", EnvelopeNode.lucky(group, TOTAL, SHARES));
            return wrong(List.of("wallet.insufficient"), List.of(String.valueOf(refusal)));
        });
    }

    /**
     * A claim before the expiry is delayed, here by a table lock, and the refund runs meanwhile. The check of the
     * account still protects the money, but the user gets an error.
     */
    @Test
    void shareLockOfEnvelope_removed_letsRefundOvertakeClaim() throws Exception {
        proves("envelope_claim", text -> text.replace("ORDER BY id FOR SHARE;", "ORDER BY id;"), () -> {
            Scene scene = scene();
            HeldTransaction building = session();
            ClaimSession claiming = claimer();
            ClaimSession settling = claimer();
            building.run("LOCK TABLE claim IN SHARE MODE");
            node.sql(
                    "UPDATE envelope SET expires_at = clock_timestamp() + interval '1500 ms' WHERE id = $1",
                    scene.id());
            CompletableFuture<List<String>> claim = claiming.claim(scene.id(), scene.one.value(), 0);
            assertThat(claiming.waits(claim, session())).isTrue();
            settling.run(
                    "SELECT pg_sleep(greatest(0, extract(epoch FROM expires_at - clock_timestamp())))"
                            + " FROM envelope WHERE id = ?",
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

    /** Without Redis, PostgreSQL picks the share: two concurrent claims would pick the same one. */
    @Test
    void updateLockOfEnvelope_removed_picksAShareTwice() throws Exception {
        proves(
                "envelope_claim",
                text -> text.replace("ORDER BY id FOR NO KEY UPDATE;", "ORDER BY id FOR SHARE;"),
                () -> {
                    Scene scene = scene();
                    return wrong(List.of("0", "0"), race(scene, scene.one, null, scene.other, null));
                });
    }

    /**
     * A statement is paged by posting id: a posting with an id that is too low would appear on a page that was read
     * already.
     */
    @Test
    void updateLockOfAccounts_removed_numbersPostingsOutOfOrder() throws Exception {
        proves("ledger_post", text -> text.replace("ORDER BY id FOR NO KEY UPDATE;", ";"), () -> {
            List<UserId> users = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                users.add(node.userWith(100));
            }
            // In the order of the locks: a transaction that waits for the first account has not locked the others.
            users.sort(Comparator.comparing(UserId::text));
            UserId busy = users.get(0);
            UserId other = users.get(1);
            UserId recipient = users.get(2);
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

    /** posting_once still protects the money, but the second node fails with its whole batch. */
    @Test
    void updateLockOfRefund_removed_failsSecondNode() throws Exception {
        proves("envelope_settle", text -> text.replace("FOR UPDATE SKIP LOCKED", ""), () -> {
            Scene scene = scene();
            node.expire(scene.envelope);
            ClaimSession first = claimer();
            ClaimSession second = claimer();
            assertThat(answer(first.settle())).containsExactly(Long.toString(TOTAL));
            CompletableFuture<List<String>> again = second.settle();
            second.waits(again, session());
            first.commit();
            List<String> refunds = answer(again);
            second.rollback();
            return wrong(List.of(), refunds);
        });
    }

    /** A member is removed while the member's claim is delayed. */
    @Test
    void keyShareOfConversation_removed_givesShareToFormerMember() throws Exception {
        proves("envelope_claim", text -> text.replace("ORDER BY id FOR KEY SHARE;", "ORDER BY id;"), () -> {
            Scene scene = scene();
            HeldTransaction building = session();
            ClaimSession claiming = claimer();
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
            return before && outcome.equals(List.of("0")) ? List.of("a former member got a share") : List.of();
        });
    }

    private static void remove(HeldTransaction removing, Scene scene) throws SQLException {
        removing.run(
                "UPDATE member SET role = 0 WHERE conversation = ? AND user_id = ?",
                scene.conversation,
                scene.one.value());
        removing.commit();
    }

    /** Two concurrent claims: the second one starts before the first one commits. Returns both outcomes. */
    private List<String> race(Scene scene, UserId first, Integer firstIdx, UserId second, Integer secondIdx)
            throws Exception {
        ClaimSession one = claimer();
        ClaimSession two = claimer();
        List<String> outcomes = new ArrayList<>(answer(one.claim(scene.id(), first.value(), firstIdx)));
        CompletableFuture<List<String>> waiting = two.claim(scene.id(), second.value(), secondIdx);
        assertThat(two.waits(waiting, session())).isTrue();
        one.commit();
        outcomes.addAll(answer(waiting));
        two.commit();
        return outcomes;
    }

    private Scene scene() throws Exception {
        UserId sender = node.userWith(TOTAL);
        List<UserId> members = EnvelopeNode.newUsers(2);
        String group = node.group(sender, members);
        EnvelopeId envelope = node.send(sender, EnvelopeNode.lucky(group, TOTAL, SHARES));
        return new Scene(
                sender, members.get(0), members.get(1), ConversationId.of(group).value(), envelope);
    }

    private ClaimSession claimer() throws SQLException {
        return kept(new ClaimSession(stores.postgresAddress()));
    }
}
