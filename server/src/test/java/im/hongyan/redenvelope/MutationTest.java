package im.hongyan.redenvelope;

import static im.hongyan.redenvelope.SqlSession.answer;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.EnvelopeId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.wallet.Reconciliation.Finding;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What each constraint and each lock is for: an adversary finds nothing as the schema is, and something once that one thing
 * is taken out. Interleavings are made with transactions that the test holds open, not by luck.
 */
class MutationTest {
    private static final int SHARES = 5;
    private static final long TOTAL = 500;

    /** What an adversary tries; gives what went wrong. */
    @FunctionalInterface
    private interface Adversary {
        List<String> attack() throws Exception;
    }

    /** People in a group, and an envelope of one of them. */
    private record Scene(UserId sender, UserId one, UserId other, UUID conversation, EnvelopeId envelope) {
        UUID id() {
            return envelope.value();
        }
    }

    private final StoresExtension stores = EnvelopeNode.stores();
    private final List<SqlSession> sessions = new ArrayList<>();
    private EnvelopeNode node;

    @BeforeEach
    void open() throws Exception {
        stores.open();
        node = new EnvelopeNode(stores);
    }

    @AfterEach
    void close() throws Exception {
        for (SqlSession session : sessions) {
            session.close();
        }
        stores.close();
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
            SqlSession session = session();
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
            SqlSession building = session();
            SqlSession claiming = session();
            SqlSession settling = session();
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
            SqlSession holding = session();
            SqlSession waiting = session();
            SqlSession passing = session();
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

    private static CompletableFuture<List<String>> post(SqlSession session, UUID ref, UserId from, UserId to) {
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
            SqlSession first = session();
            SqlSession second = session();
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
            SqlSession building = session();
            SqlSession claiming = session();
            SqlSession removing = session();
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

    private static void remove(SqlSession removing, Scene scene) throws SQLException {
        removing.run(
                "UPDATE member SET role = 0 WHERE conversation = ? AND user_id = ?",
                scene.conversation,
                scene.one.value());
        removing.commit();
    }

    /** Two claims at once: the first is through, but not committed, while the second comes. What both were told. */
    private List<String> race(Scene scene, UserId first, Integer firstIdx, UserId second, Integer secondIdx)
            throws Exception {
        SqlSession one = session();
        SqlSession two = session();
        List<String> outcomes = new ArrayList<>(answer(one.claim(scene.id(), first.value(), firstIdx)));
        CompletableFuture<List<String>> waiting = two.claim(scene.id(), second.value(), secondIdx);
        assertThat(two.waits(waiting, session())).isTrue();
        one.commit();
        outcomes.addAll(answer(waiting));
        two.commit();
        return outcomes;
    }

    private void proves(String function, UnaryOperator<String> mutation, Adversary adversary) throws Exception {
        String text = rows("SELECT pg_get_functiondef(?::regproc)", function).get(0);
        String mutated = mutation.apply(text);
        assertThat(mutated).isNotEqualTo(text);
        proves(mutated, adversary);
    }

    /** Nothing is found as the schema is; something is found after a change of it. */
    private void proves(String mutation, Adversary adversary) throws Exception {
        assertThat(found(adversary)).isEmpty();
        try (SqlSession session = new SqlSession(stores.postgresAddress())) {
            session.run(mutation);
            session.commit();
        }
        assertThat(found(adversary)).as(mutation).isNotEmpty();
    }

    private List<String> found(Adversary adversary) throws Exception {
        List<String> found = new ArrayList<>(adversary.attack());
        node.wrong().stream().map(Finding::toString).forEach(found::add);
        return found;
    }

    private static List<String> wrong(List<String> right, List<String> answers) {
        return answers.equals(right) ? List.of() : List.of(answers + " instead of " + right);
    }

    private Scene scene() throws Exception {
        UserId sender = node.someoneWith(TOTAL);
        List<UserId> members = EnvelopeNode.people(2);
        String group = node.group(sender, members);
        EnvelopeId envelope = node.send(sender, EnvelopeNode.lucky(group, TOTAL, SHARES));
        return new Scene(
                sender, members.get(0), members.get(1), ConversationId.of(group).value(), envelope);
    }

    private List<String> rows(String sql, Object... arguments) throws SQLException {
        SqlSession session = session();
        List<String> rows = session.run(sql, arguments);
        session.commit();
        return rows;
    }

    private SqlSession session() throws SQLException {
        SqlSession session = new SqlSession(stores.postgresAddress());
        sessions.add(session);
        return session;
    }
}
