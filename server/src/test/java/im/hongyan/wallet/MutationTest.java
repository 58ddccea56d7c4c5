package im.hongyan.wallet;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.wallet.WalletNode.newUser;
import static im.hongyan.wallet.WalletNode.sending;
import static im.hongyan.wallet.WalletNode.which;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.wallet.PaymentProvider.Paid;
import im.hongyan.wallet.PaymentProvider.Unknown;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mutation tests of the ledger, top-ups and transfers. */
class MutationTest extends AbstractMutationTest {
    private Postgres postgres;
    private WalletNode node;
    private WalletNode other;

    MutationTest() {
        super(WalletNode.stores());
    }

    @Override
    protected void connect(Postgres postgres) {
        this.postgres = postgres;
        node = node(1_000);
        other = node(1_000);
    }

    private WalletNode node(int topUpsPerDay) {
        return new WalletNode(stores, postgres, topUpsPerDay);
    }

    @Override
    protected List<String> wrong() throws Exception {
        return node.wrong();
    }

    @Test
    void everyConstraint_isProvedOrExplained() throws Exception {
        List<String> proved = List.of(
                "ledger_account_pkey",
                "ledger_account_kind_fkey",
                "ledger_account_not_overdrawn",
                "account_kind_pkey",
                "posting_kind_pkey",
                "posting_kind_opens_fkey",
                "posting_once",
                "posting_amount_check",
                "posting_check",
                "posting_debit_fkey",
                "posting_is_final",
                "posting_is_not_emptied",
                "top_up_user_id_key_key",
                "top_up_amount_check",
                "top_up_state_check",
                "transfer_conversation_sender_client_id_key",
                "transfer_amount_check",
                "transfer_state_check",
                "reconciliation_pkey",
                "reconciliation_one_check");
        // Ids are always new, so that only foreign keys and query plans depend on these constraints.
        List<String> ofNewIds = List.of("posting_pkey", "top_up_pkey", "transfer_pkey");
        // ledger_post opens the credited account.
        List<String> ofWhatIsAlwaysThere = List.of("posting_credit_fkey");
        // The statement that stores findings fails without it.
        List<String> named = List.of("reconciliation_finding_pkey");

        List<String> all = new ArrayList<>();
        List.of(proved, ofNewIds, ofWhatIsAlwaysThere, named).forEach(all::addAll);
        namesAllConstraintsOf(
                List.of(
                        "account_kind",
                        "posting_kind",
                        "ledger_account",
                        "posting",
                        "top_up",
                        "transfer",
                        "reconciliation",
                        "reconciliation_finding"),
                all);
    }

    @Test
    void everyPostingKind_isRegisteredAndInTheSchema() throws Exception {
        namesAllPostingKinds(WalletKinds.POSTINGS, List.of("gift opens wallet", "topup_undone opens wallet"));
    }

    @Test
    void topUpKey_dropped_topsUpTwice() throws Exception {
        provesNamed(
                "ALTER TABLE top_up DROP CONSTRAINT top_up_user_id_key_key",
                sql -> sql.replace("ON CONFLICT (user_id, key) DO NOTHING", ""),
                () -> {
                    UserId ada = newUser();
                    node.topUp(ada, 100, "k");
                    other.topUp(ada, 100, "k");
                    due();
                    await(node.wallet.topUps().resume());
                    return wrong(List.of("100"), List.of(Long.toString(node.balance(ada))));
                });
    }

    /** The second top-up is counted before the first one commits. */
    @Test
    void lockOfUsersTopUps_removed_exceedsDailyNumber() throws Exception {
        proves(sql -> sql.replace("pg_advisory_xact_lock(hashtextextended", "(hashtextextended"), () -> {
            UserId ada = newUser();
            HeldTransaction holding = heldBeforeCommit("INSERT", "top_up");
            Future<?> first = node(1).toppingUp(ada, 10, "k");
            session().awaitWaiting(1);
            Future<?> second = node(1).toppingUp(ada, 10, "l");
            session().awaitWaiting(2);
            holding.commit();
            return wrong(
                    List.of("done", "wallet.top_ups_limited"), List.of(await(outcome(first)), await(outcome(second))));
        });
    }

    /** posting_once still protects the money, but a concurrent retry gets an error. */
    @Test
    void lockOfTopUp_removed_failsConcurrentRetry() throws Exception {
        proves(sql -> sql.replace("FROM top_up WHERE id = $1 FOR NO KEY UPDATE", "FROM top_up WHERE id = $1"), () -> {
            UserId ada = node.userWith(1);
            HeldTransaction holding = holding(ada.value());
            Future<?> first = node.toppingUp(ada, 100, "k");
            session().awaitWaiting(1);
            Future<?> second = other.toppingUp(ada, 100, "k");
            session().awaitWaiting(2);
            holding.rollback();
            return wrong(List.of("done", "done"), List.of(await(outcome(first)), await(outcome(second))));
        });
    }

    /**
     * The money is still credited once, but both nodes ask the provider, and each attempt is counted, so that the
     * backoff grows too fast.
     */
    @Test
    void lockOfDueTopUps_removed_twoNodesResumeTheSame() throws Exception {
        proves(sql -> sql.replace("FOR NO KEY UPDATE SKIP LOCKED)\nRETURNING", ")\nRETURNING"), () -> {
            UserId ada = newUser();
            node.provider.answer = order -> Future.succeededFuture(new Unknown());
            await(outcome(node.toppingUp(ada, 100, "k")));
            node.provider.answer = order -> Future.succeededFuture(new Paid("late"));
            due();
            HeldTransaction holding = heldBeforeCommit("UPDATE", "top_up");
            Future<Void> first = node.wallet.topUps().resume();
            session().awaitWaiting(1);
            Future<Void> second = other.wallet.topUps().resume();
            session().seesWaiting(2, java(second));
            holding.commit();
            await(Future.join(first, second));
            return wrong(
                    List.of("2 by the one", "0 by the other"),
                    List.of(asked(node) + " by the one", asked(other) + " by the other"));
        });
    }

    private static int asked(WalletNode node) {
        return node.provider.asked.values().stream().mapToInt(times -> times).sum();
    }

    /** The entry's client id still protects the money, but a retry is rejected as another request. */
    @Test
    void clientIdOfTransfer_dropped_failsRetry() throws Exception {
        provesNamed(
                "ALTER TABLE transfer DROP CONSTRAINT transfer_conversation_sender_client_id_key",
                sql -> sql.contains("INSERT INTO transfer")
                        ? sql.replace("ON CONFLICT (conversation, sender, client_id) DO NOTHING", "")
                        : sql,
                () -> {
                    UserId ada = node.userWith(1_000);
                    UserId bob = newUser();
                    JsonNode first = node.ask(ada, "wallet.transfer", sending(bob, 10, "c"));
                    JsonNode again = await(other.asking(ada, "wallet.transfer", sending(bob, 10, "c")));
                    return wrong(
                            List.of(first.toString()),
                            List.of(again.path(again.has("error") ? "error" : "data")
                                    .toString()));
                });
    }

    /**
     * The recipient accepts and refuses concurrently. The account's check still protects the money, but the user gets
     * an error.
     */
    @Test
    void lockOfTransfer_removed_settlesTwice() throws Exception {
        proves(
                sql -> sql.equals("SELECT 1 FROM transfer WHERE id = $1 FOR NO KEY UPDATE")
                        ? "SELECT 1 FROM transfer WHERE id = $1"
                        : sql,
                () -> {
                    UserId ada = node.userWith(100);
                    UserId bob = newUser();
                    String gift = node.transfer(ada, bob, 100);
                    HeldTransaction holding = holding(WalletNode.id(gift));
                    Future<JsonNode> accepting = node.asking(bob, "wallet.accept", which(gift));
                    session().awaitWaiting(1);
                    Future<JsonNode> refusing = other.asking(bob, "wallet.refuse", which(gift));
                    session().awaitWaiting(2);
                    holding.rollback();
                    return wrong(
                            List.of("null", "transfer.settled"),
                            List.of(
                                    String.valueOf(WalletNode.reason(await(accepting))),
                                    String.valueOf(WalletNode.reason(await(refusing)))));
                });
    }

    /** posting_once still protects the money, but nodes wait for each other at each transfer and fail. */
    @Test
    void lockOfDueTransfers_removed_blocksSecondNode() throws Exception {
        proves(
                sql -> sql.contains("FROM transfer WHERE id = $1")
                        ? sql.replace("FOR NO KEY UPDATE SKIP LOCKED", "")
                        : sql,
                () -> {
                    String gift = node.transfer(node.userWith(100), newUser(), 100);
                    node.expire(gift);
                    HeldTransaction holding = holding(WalletNode.id(gift));
                    Future<Void> first = node.wallet.returnDue();
                    session().awaitWaiting(1);
                    Future<Void> second = other.wallet.returnDue();
                    boolean waits = session().seesWaiting(2, java(second));
                    holding.rollback();
                    await(Future.join(first, second));
                    return waits ? List.of("a node waits for another one") : List.of();
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "posting_is_final       | UPDATE posting SET amount = amount + 1",
                "posting_is_final       | DELETE FROM posting",
                "posting_is_not_emptied | TRUNCATE posting"
            })
    void finalityOfPostings_dropped_allowsChanges(String trigger, String tampering) throws Exception {
        proves("DROP TRIGGER " + trigger + " ON posting", () -> {
            node.userWith(100);
            tamper(tampering);
            return List.of();
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "top_up   | top_up_amount_check   | UPDATE top_up SET amount = 0",
                "top_up   | top_up_state_check    | UPDATE top_up SET state = 'paid'",
                "transfer | transfer_amount_check | UPDATE transfer SET amount = 0",
                "transfer | transfer_state_check  | UPDATE transfer SET state = 'lost'"
            })
    void checkOfColumn_dropped_allowsInvalidValue(String table, String check, String tampering) throws Exception {
        proves("ALTER TABLE " + table + " DROP CONSTRAINT " + check, () -> {
            node.transfer(node.userWith(100), newUser(), 10);
            tamper(tampering);
            return List.of();
        });
    }

    @Test
    void accountKindForeignKey_dropped_allowsAccountOfUnregisteredKind() throws Exception {
        proves("ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_kind_fkey", () -> {
            tamper("INSERT INTO ledger_account (id, kind) VALUES (?, 'purse')", Id.next());
            return rows("SELECT kind FROM ledger_account WHERE kind NOT IN (SELECT name FROM account_kind)");
        });
    }

    @Test
    void accountKindPrimaryKey_dropped_allowsTwoOwnersOfAKind() throws Exception {
        proves("ALTER TABLE account_kind DROP CONSTRAINT account_kind_pkey CASCADE", () -> {
            tamper("INSERT INTO account_kind (name) VALUES ('wallet')");
            return rows("SELECT name FROM account_kind GROUP BY name HAVING count(*) > 1");
        });
    }

    @Test
    void postingKindPrimaryKey_dropped_opensAccountsOfAnotherKind() throws Exception {
        proves("ALTER TABLE posting_kind DROP CONSTRAINT posting_kind_pkey", () -> {
            UserId ada = node.userWith(100);
            UUID account = Id.next();
            tamper("INSERT INTO posting_kind (name, opens) VALUES ('gift', 'transfer')");
            tamper(posting("transfer", "1"), Id.next(), ada.value(), account);
            return rows("SELECT kind FROM ledger_account WHERE id = ?", account);
        });
    }

    @Test
    void accountKindOfPostingKind_dropped_allowsPostingKindThatOpensNoRegisteredKind() throws Exception {
        proves("ALTER TABLE posting_kind DROP CONSTRAINT posting_kind_opens_fkey", () -> {
            tamper("INSERT INTO posting_kind (name, opens) VALUES ('loan', 'purse')");
            return rows("SELECT name FROM posting_kind WHERE opens NOT IN (SELECT name FROM account_kind)");
        });
    }

    @ParameterizedTest
    @CsvSource({"bribe, wallet", "gift, transfer"})
    void postingKindCheck_removed_postsUnregisteredKind(String kind, String opens) throws Exception {
        proves("ledger_post", text -> text.replace("IF NOT EXISTS (", "IF NOT EXISTS (SELECT 1 UNION "), () -> {
            UserId ada = node.userWith(100);
            UUID account = Id.next();
            tamper(posting(opens, "1").replace("'gift'", "'" + kind + "'"), Id.next(), ada.value(), account);
            return rows("SELECT kind FROM posting WHERE credit = ?", account);
        });
    }

    @Test
    void postingOnce_dropped_creditsATopUpTwice() throws Exception {
        proves("ALTER TABLE posting DROP CONSTRAINT posting_once", () -> {
            UserId ada = node.userWith(100);
            tamper(
                    """
                    SELECT ledger_post(kind, currency, 'wallet', ARRAY[ref], ARRAY[part], ARRAY[debit], ARRAY[credit],
                                       ARRAY[amount], ARRAY[NULL::uuid])
                    FROM posting WHERE credit = ?
                    """,
                    ada.value());
            return wrong(List.of("100"), List.of(Long.toString(node.balance(ada))));
        });
    }

    @Test
    void notOverdrawn_dropped_allowsOverdraft() throws Exception {
        proves("ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_not_overdrawn", () -> {
            UserId ada = node.userWith(99);
            String refusal = node.refusal(ada, "wallet.transfer", sending(newUser(), 100, "c"));
            return wrong(List.of("wallet.insufficient"), List.of(String.valueOf(refusal)));
        });
    }

    @Test
    void amountOfPosting_unchecked_takesMoneyFromCreditedUser() throws Exception {
        proves("ALTER TABLE posting DROP CONSTRAINT posting_amount_check", () -> {
            UserId thief = node.userWith(1);
            UserId victim = node.userWith(100);
            tamper(posting("wallet", "-50"), Id.next(), thief.value(), victim.value());
            return wrong(List.of("100"), List.of(Long.toString(node.balance(victim))));
        });
    }

    /** The balance stays right, but the posting appears twice in the statement. */
    @Test
    void sidesOfPosting_unchecked_allowsPostingToSameAccount() throws Exception {
        proves("ALTER TABLE posting DROP CONSTRAINT posting_check", () -> {
            UserId ada = node.userWith(100);
            tamper(posting("wallet", "50"), Id.next(), ada.value(), ada.value());
            List<String> twice = new ArrayList<>();
            Set<String> seen = new HashSet<>();
            node.ask(ada, "wallet.statement", java.util.Map.of())
                    .get("postings")
                    .forEach(line -> {
                        if (!seen.add(line.get("ref").asText())) {
                            twice.add("twice in a statement: " + line);
                        }
                    });
            return twice;
        });
    }

    @Test
    void debitForeignKey_dropped_failsInsteadOfInsufficient() throws Exception {
        proves("ALTER TABLE posting DROP CONSTRAINT posting_debit_fkey", () -> {
            UserId nobody = newUser();
            UserId bob = newUser();
            String refusal = node.refusal(nobody, "wallet.transfer", sending(bob, 10, "c"));
            return wrong(List.of("wallet.insufficient"), List.of(String.valueOf(refusal)));
        });
    }

    @Test
    void accountPrimaryKey_dropped_allowsTwoAccountsOfAUser() throws Exception {
        proves("ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_pkey CASCADE", () -> {
            UserId ada = node.userWith(100);
            tamper(posting("wallet", "10"), Id.next(), world(), ada.value());
            return List.of();
        });
    }

    /** The money stays right, but with two rows no node claims a run, and problems are not found. */
    @ParameterizedTest
    @CsvSource({"reconciliation_pkey, true", "reconciliation_one_check, false"})
    void reconciliationSingleRow_dropped_stopsChecks(String constraint, boolean second) throws Exception {
        proves("ALTER TABLE reconciliation DROP CONSTRAINT " + constraint, () -> {
            tamper("INSERT INTO reconciliation (one) VALUES (?)", second);
            node.sql("UPDATE reconciliation SET next_at = now()");
            node.sql("DELETE FROM reconciliation_finding");
            await(node.wallet.reconciliation().runIfDue());
            return node.number("SELECT count(*) FROM reconciliation_finding") > 0
                    ? List.of()
                    : List.of("nothing was checked");
        });
    }

    /** Parameters: the reference, the debited account, the credited account. */
    private static String posting(String opens, String amount) {
        return "SELECT ledger_post('gift', 'points', '" + opens
                + "', ARRAY[?::uuid], ARRAY[0], ARRAY[?::uuid], ARRAY[?::uuid], ARRAY[" + amount
                + "::bigint], ARRAY[NULL::uuid])";
    }

    private static UUID world() {
        return UUID.fromString("00000000-0000-8000-8000-000000000000");
    }

    /** Locks an account, so that postings of it wait until the returned transaction ends. */
    private HeldTransaction holding(UUID account) throws Exception {
        HeldTransaction session = session();
        session.run("SELECT 1 FROM ledger_account WHERE id = ? FOR NO KEY UPDATE", account);
        return session;
    }

    private void due() throws Exception {
        node.sql("UPDATE top_up SET next_at = now() WHERE state = 'pending'");
    }

    private static Future<String> outcome(Future<?> future) {
        return future.map("done")
                .otherwise(failure -> failure instanceof im.hongyan.protocol.Rejection refusal
                        ? refusal.reason()
                        : failure.toString());
    }
}
