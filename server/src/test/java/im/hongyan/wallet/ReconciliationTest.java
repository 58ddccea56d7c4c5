package im.hongyan.wallet;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.wallet.WalletNode.newUser;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StartFailure;
import im.hongyan.store.StoresExtension;
import im.hongyan.wallet.Reconciliation.Finding;
import im.hongyan.wallet.Reconciliation.Violations;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Direct changes of the database are found. Each test undoes its change, and then all checks pass again. */
class ReconciliationTest {
    @RegisterExtension
    static final StoresExtension stores = WalletNode.stores();

    private WalletNode node;
    private UserId ada;
    private String gift;

    @BeforeEach
    void setUp() throws Exception {
        node = new WalletNode(stores);
        ada = node.userWith(1_000);
        gift = node.transfer(ada, newUser(), 100);
        assertThat(node.wrong()).isEmpty();
    }

    @AfterEach
    void allChecksPass() throws Exception {
        assertThat(node.wrong()).isEmpty();
        await(node.wallet.stop());
    }

    @Test
    void run_balanceDiffersFromPostings_isFound() throws Exception {
        node.sql("UPDATE ledger_account SET balance = balance + 1 WHERE id = $1", ada.value());
        assertThat(node.wrong()).containsExactly("balances", "sum");
        Finding finding = finding("balances");
        assertThat(finding.violations()).isEqualTo(1);
        assertThat(finding.examples().get(0)).contains(ada.text(), "balance=901", "postings=900");
        node.sql("UPDATE ledger_account SET balance = balance - 1 WHERE id = $1", ada.value());
    }

    /** The sum of all balances stays 0. */
    @Test
    void run_balancesMovedWithoutPosting_areFound() throws Exception {
        UserId eve = node.userWith(50);
        node.sql("UPDATE ledger_account SET balance = balance - 10 WHERE id = $1", ada.value());
        node.sql("UPDATE ledger_account SET balance = balance + 10 WHERE id = $1", eve.value());
        assertThat(node.wrong()).containsExactly("balances");
        assertThat(finding("balances").violations()).isEqualTo(2);
        node.sql("UPDATE ledger_account SET balance = balance + 10 WHERE id = $1", ada.value());
        node.sql("UPDATE ledger_account SET balance = balance - 10 WHERE id = $1", eve.value());
    }

    @Test
    void run_changedPosting_isFound() throws Exception {
        unsealed("UPDATE posting SET amount = amount + 1 WHERE kind = 'transfer' AND debit = '" + ada.value() + "'");
        assertThat(node.wrong()).containsExactly("balances");
        unsealed("UPDATE posting SET amount = amount - 1 WHERE kind = 'transfer' AND debit = '" + ada.value() + "'");
    }

    @Test
    void run_postingInAnotherCurrency_isFound() throws Exception {
        unsealed("UPDATE posting SET currency = 'pearls' WHERE credit = '" + ada.value() + "'");
        assertThat(node.wrong()).containsExactly("currency");
        unsealed("UPDATE posting SET currency = 'points' WHERE currency = 'pearls'");
    }

    @Test
    void run_settledTransferWithMoney_isFound() throws Exception {
        node.sql("UPDATE transfer SET state = 'accepted' WHERE id = $1", WalletNode.id(gift));
        assertThat(node.wrong()).containsExactly("transfers");
        assertThat(finding("transfers").examples().get(0)).contains(gift);
        node.sql("UPDATE transfer SET state = 'pending' WHERE id = $1", WalletNode.id(gift));
    }

    @Test
    void run_overdueTransfer_isFound() throws Exception {
        node.sql("UPDATE transfer SET expires_at = now() - interval '4 minutes' WHERE id = $1", WalletNode.id(gift));
        assertThat(node.wrong()).isEmpty();
        node.sql("UPDATE transfer SET expires_at = now() - interval '6 minutes' WHERE id = $1", WalletNode.id(gift));
        assertThat(node.wrong()).containsExactly("transfers_overdue");
        await(node.wallet.returnDue());
    }

    @Test
    void run_topUpsThatDifferFromPostings_areFound() throws Exception {
        node.sql("UPDATE top_up SET amount = amount + 1 WHERE user_id = $1", ada.value());
        assertThat(node.wrong()).containsExactly("top_ups");
        node.sql("UPDATE top_up SET amount = amount - 1, state = 'declined' WHERE user_id = $1", ada.value());
        assertThat(node.wrong()).containsExactly("top_ups");
        node.sql("UPDATE top_up SET state = 'pending', at = at - interval '25 hours' WHERE user_id = $1", ada.value());
        assertThat(node.wrong()).containsExactly("top_ups", "top_ups_unpaid");
        node.sql("UPDATE top_up SET state = 'credited' WHERE user_id = $1", ada.value());
        node.sql(
                "INSERT INTO top_up (id, user_id, key, amount, provider, state, next_at)"
                        + " VALUES ($1, $2, 'never', 5, 'test', 'credited', now())",
                Id.next(),
                ada.value());
        assertThat(node.wrong()).containsExactly("top_ups");
        node.sql("DELETE FROM top_up WHERE key = 'never'");
    }

    /** Without its constraint, a top-up is posted again. */
    @Test
    void run_topUpPostedTwice_isFound() throws Exception {
        node.sql("ALTER TABLE posting DROP CONSTRAINT posting_once");
        node.sql(
                """
                SELECT ledger_post(kind, currency, 'wallet', ARRAY[ref], ARRAY[part], ARRAY[debit], ARRAY[credit],
                                   ARRAY[amount], ARRAY[NULL::uuid])
                FROM posting WHERE kind = 'topup' AND credit = $1
                """,
                ada.value());
        assertThat(node.wrong()).containsExactly("top_ups");
        assertThat(finding("top_ups").violations()).isEqualTo(1);
        assertThat(finding("top_ups").examples().get(0)).contains("amount=1000", "posted=2000");
        node.sql(
                """
                SELECT ledger_post('topup_undone', currency, 'wallet', ARRAY[ref], ARRAY[part], ARRAY[credit],
                                   ARRAY[debit], ARRAY[amount], ARRAY[NULL::uuid])
                FROM posting WHERE kind = 'topup' AND credit = $1 LIMIT 1
                """,
                ada.value());
        assertThat(node.wrong()).as("a reversal does not repair it").containsExactly("top_ups");
        unsealed("DELETE FROM posting WHERE kind = 'topup_undone'");
        unsealed("DELETE FROM posting WHERE id = (SELECT max(id) FROM posting WHERE kind = 'topup' AND credit = '"
                + ada.value() + "')");
        node.sql("ALTER TABLE posting ADD CONSTRAINT posting_once UNIQUE (kind, ref, part)");
    }

    /** Without its constraint, a user overdraws the account: the postings and the sum are right. */
    @Test
    void run_negativeBalance_isFound() throws Exception {
        UserId eve = node.userWith(50);
        node.sql("ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_not_overdrawn");
        spend(eve, ada, 60);
        assertThat(node.wrong()).containsExactly("overdrawn");
        assertThat(finding("overdrawn").violations()).isEqualTo(1);
        assertThat(finding("overdrawn").examples().get(0)).contains(eve.text(), "balance=-10");
        spend(ada, eve, 10);
        node.sql("ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_not_overdrawn"
                + " CHECK (balance >= 0 OR kind = 'world')");
    }

    private void spend(UserId from, UserId to, long amount) throws Exception {
        node.sql(
                """
                SELECT ledger_post('gift', 'points', 'wallet', ARRAY[$1::uuid], ARRAY[0], ARRAY[$2::uuid],
                                   ARRAY[$3::uuid], ARRAY[$4::bigint], ARRAY[NULL::uuid])
                """,
                Id.next(),
                from.value(),
                to.value(),
                amount);
    }

    @Test
    void run_failedCheckOfFeature_doesNotHideOthers() throws Exception {
        Reconciliation reconciliation = node.wallet.reconciliation();
        List<Future<Violations>> answers = new ArrayList<>(List.of(Future.failedFuture("Redis is away")));
        reconciliation.check("late", () -> answers.get(0));
        reconciliation.check("slow", "SELECT 1 / (balance - balance) FROM ledger_account");
        reconciliation.check("writes", "SELECT nextval('posting_id_seq')");

        assertThat(node.wrong()).containsExactly("late", "slow", "writes");
        assertThat(finding("late").failure()).contains("Redis is away");
        assertThat(finding("writes").failure()).as("read-only transaction").contains("25006");
        assertThatThrownBy(() -> reconciliation.check("late", "SELECT 1")).hasMessageContaining("two owners");

        answers.set(0, Future.succeededFuture(new Violations(3, List.of("a"))));
        assertThat(finding("late").violations()).isEqualTo(3);
        await(node.wallet.stop());
        node = new WalletNode(stores);
    }

    /** One node runs the checks; all nodes have the metrics. */
    @Test
    void runIfDue_onOneNode_updatesMetricsOfAllNodes() throws Exception {
        WalletNode other = new WalletNode(stores);
        node.sql("UPDATE ledger_account SET balance = balance + 1 WHERE id = $1", ada.value());
        node.sql("UPDATE reconciliation SET next_at = now()");
        assertThat(violations(node, "sum")).isNaN();
        await(Future.join(
                node.wallet.reconciliation().runIfDue(),
                other.wallet.reconciliation().runIfDue()));
        // The second node may have refreshed its metrics before the first one was done.
        await(node.wallet.reconciliation().runIfDue());
        await(other.wallet.reconciliation().runIfDue());
        for (WalletNode each : List.of(node, other)) {
            assertThat(violations(each, "balances")).isEqualTo(1);
            assertThat(violations(each, "sum")).isEqualTo(1);
            assertThat(violations(each, "transfers")).isZero();
            assertThat(each.meters()
                            .get("hongyan.ledger.reconciliation.age")
                            .gauge()
                            .value())
                    .isBetween(0.0, 20.0);
        }
        // The next run is due after a minute.
        node.sql("UPDATE ledger_account SET balance = balance - 1 WHERE id = $1", ada.value());
        await(node.wallet.reconciliation().runIfDue());
        assertThat(violations(node, "balances")).isEqualTo(1);
        assertThat(node.number("SELECT extract(epoch FROM next_at - now())::bigint FROM reconciliation"))
                .isBetween(40L, 60L);
        node.sql("UPDATE reconciliation SET next_at = now()");
        await(node.wallet.reconciliation().runIfDue());
        assertThat(violations(node, "balances")).isZero();
        node.sql("UPDATE reconciliation_finding SET at = at - interval '1 hour' WHERE name = 'sum'");
        await(other.wallet.reconciliation().runIfDue());
        assertThat(other.meters()
                        .get("hongyan.ledger.reconciliation.age")
                        .gauge()
                        .value())
                .isBetween(3_600.0, 3_620.0);
        await(other.wallet.stop());
    }

    @Test
    void start_ledgerInAnotherCurrency_fails() throws Exception {
        unsealed("UPDATE posting SET currency = 'pearls'");
        assertThatThrownBy(() -> await(node.wallet.start()))
                .isInstanceOf(StartFailure.class)
                .hasMessage("The ledger's currency is pearls, but wallet.currency is points. A ledger has one currency:"
                        + " set wallet.currency to pearls.");
        unsealed("UPDATE posting SET currency = 'points'");
        await(node.wallet.start());
    }

    private Finding finding(String check) throws Exception {
        return await(node.wallet.reconciliation().run()).stream()
                .filter(finding -> finding.check().equals(check))
                .findFirst()
                .orElseThrow();
    }

    private static double violations(WalletNode at, String check) {
        return at.meters()
                .get("hongyan.ledger.violations")
                .tag("check", check)
                .gauge()
                .value();
    }

    /** As the owner of the database could do it. */
    private void unsealed(String sql) throws Exception {
        node.sql("ALTER TABLE posting DISABLE TRIGGER posting_is_final");
        node.sql(sql);
        node.sql("ALTER TABLE posting ENABLE TRIGGER posting_is_final");
    }
}
