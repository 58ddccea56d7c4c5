package im.hongyan.wallet;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.wallet.WalletNode.newUser;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.wallet.PaymentProvider.Declined;
import im.hongyan.wallet.PaymentProvider.Paid;
import im.hongyan.wallet.PaymentProvider.Unknown;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A top-up is credited exactly once, whatever fails in between. */
class TopUpsTest {
    @RegisterExtension
    static final StoresExtension stores = WalletNode.stores();

    private WalletNode node;
    private WalletNode other;
    private final UserId ada = newUser();

    @BeforeEach
    void setUp() {
        node = new WalletNode(stores);
        other = new WalletNode(stores);
    }

    @AfterEach
    void ledgerAddsUp() throws Exception {
        assertThat(node.wrong()).isEmpty();
        await(node.wallet.stop());
        await(other.wallet.stop());
    }

    @Test
    void topUp_sameKey_returnsFirstAnswer() throws Exception {
        TopUps.Credited first = node.topUp(ada, 500, "k");
        node.topUp(ada, 70, "l");
        assertThat(first.balance()).isEqualTo(500);
        assertThat(other.topUp(ada, 500, "k")).isEqualTo(first);
        assertThat(node.provider.asked).hasSize(2);
        assertThat(node.balance(ada)).isEqualTo(570);
        Rejection reused = refused(node, 501, "k");
        assertThat(reused.kind()).isEqualTo(ErrorKind.CONFLICT);
        assertThat(reused.reason()).isEqualTo("key.reused");
        // Keys of different users do not conflict.
        node.topUp(newUser(), 9, "k");
    }

    @Test
    void topUp_sameKeyConcurrently_creditsOnce() throws Exception {
        for (int round = 0; round < 10; round++) {
            UserId eve = newUser();
            List<Future<TopUps.Credited>> all = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                all.add((i % 2 == 0 ? node : other).toppingUp(eve, 100, "k"));
            }
            await(Future.join(all));
            assertThat(all.stream().map(Future::result).distinct()).hasSize(1);
            assertThat(node.balance(eve)).isEqualTo(100);
        }
    }

    @Test
    void topUp_unknownOutcome_isPendingAndResumed() throws Exception {
        node.provider.answer = order -> Future.succeededFuture(new Unknown());
        assertThat(refused(node, 500, "k").reason()).isEqualTo("wallet.payment_pending");
        node.provider.answer = order -> Future.failedFuture("the line is dead");
        assertThat(refused(node, 500, "k").kind()).isEqualTo(ErrorKind.UNAVAILABLE);
        assertThat(node.balance(ada)).isZero();

        // Not due yet, because the first request may still work on it.
        await(node.wallet.topUps().resume());
        assertThat(node.provider.asked).containsOnly(entry(2));
        due();
        node.provider.answer = order -> Future.succeededFuture(new Paid("late"));
        await(node.wallet.topUps().resume());

        assertThat(node.provider.asked).containsOnly(entry(3));
        assertThat(node.balance(ada)).isEqualTo(500);
        assertThat(node.topUp(ada, 500, "k").balance()).isEqualTo(500);
        due();
        await(node.wallet.topUps().resume());
        assertThat(node.provider.asked).containsOnly(entry(3));
    }

    /** Otherwise both providers could take the money for one credit. */
    @Test
    void topUp_pendingWithAnotherProvider_isNotPaidTwice() throws Exception {
        node.provider.answer = order -> Future.succeededFuture(new Unknown());
        assertThat(refused(node, 500, "k").reason()).isEqualTo("wallet.payment_pending");
        other.provider.name = "another";
        assertThat(refused(other, 500, "k").reason()).isEqualTo("wallet.payment_pending");
        due();
        await(other.wallet.topUps().resume());
        assertThat(other.provider.asked).isEmpty();

        node.provider.answer = order -> Future.succeededFuture(new Paid("late"));
        assertThat(node.topUp(ada, 500, "k").balance()).isEqualTo(500);
        assertThat(other.topUp(ada, 500, "k").balance()).isEqualTo(500);
    }

    /** The node dies after it has stored the top-up, or after the provider was paid. */
    @Test
    void resume_afterNodeDied_completesTopUp() throws Exception {
        Promise<PaymentProvider.Outcome> never = Promise.promise();
        node.provider.answer = order -> never.future();
        Future<TopUps.Credited> lost = node.toppingUp(ada, 500, "k");
        while (node.provider.asked.isEmpty()) {
            await(stores.postgres().query("SELECT pg_sleep(0.01)"));
        }
        due();
        await(other.wallet.topUps().resume());
        assertThat(other.balance(ada)).isEqualTo(500);
        assertThat(other.provider.asked.keySet()).isEqualTo(node.provider.asked.keySet());

        // The first node was only slow.
        never.complete(new Paid("twice"));
        assertThat(await(lost).balance()).isEqualTo(500);
        assertThat(node.balance(ada)).isEqualTo(500);
    }

    @Test
    void topUp_declined_staysDeclined() throws Exception {
        node.provider.answer = order -> Future.succeededFuture(new Declined());
        assertThat(refused(node, 500, "k").reason()).isEqualTo("wallet.declined");
        node.provider.answer = order -> Future.succeededFuture(new Paid("now"));
        assertThat(refused(node, 500, "k").reason()).isEqualTo("wallet.declined");
        due();
        await(node.wallet.topUps().resume());
        assertThat(node.balance(ada)).isZero();
        node.topUp(ada, 500, "another");
    }

    @Test
    void resume_repeatedly_backsOff() throws Exception {
        node.provider.answer = order -> Future.succeededFuture(new Unknown());
        refused(node, 500, "k");
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            due();
            await(node.wallet.topUps().resume());
            pauses.add(node.number(
                    "SELECT round(extract(epoch FROM next_at - now()))::bigint FROM top_up WHERE user_id = '"
                            + ada.value() + "'"));
        }
        assertThat(pauses).isSorted().startsWith(30L, 60L, 120L).endsWith(3_600L);
        due();
        node.provider.answer = order -> Future.succeededFuture(new Declined());
        await(node.wallet.topUps().resume());
    }

    @Test
    void topUp_tooManyInADay_areRefused() throws Exception {
        WalletNode strict = new WalletNode(stores, 3);
        List<Future<TopUps.Credited>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            all.add(strict.toppingUp(ada, 10, "k" + i));
        }
        await(Future.join(all).otherwiseEmpty());
        assertThat(all.stream().filter(Future::succeeded)).hasSize(3);
        assertThat(all.stream().filter(Future::failed).map(Future::cause))
                .allSatisfy(
                        failure -> assertThat(((Rejection) failure).reason()).isEqualTo("wallet.top_ups_limited"));
        assertThat(strict.balance(ada)).isEqualTo(30);
        await(strict.wallet.stop());
    }

    /** The money comes from sixteen accounts, so that top-ups do not all lock the same row. */
    @Test
    void topUp_manyKeys_debitSeveralWorldAccounts() throws Exception {
        for (int i = 0; i < 64; i++) {
            node.topUp(ada, 1, "key-" + i);
        }
        assertThat(node.number("SELECT count(DISTINCT debit) FROM posting WHERE kind = 'topup' AND credit = '"
                        + ada.value() + "'"))
                .isGreaterThan(8);
    }

    private java.util.Map.Entry<java.util.UUID, Integer> entry(int times) {
        return java.util.Map.entry(node.provider.asked.keys().nextElement(), times);
    }

    private void due() throws Exception {
        node.sql("UPDATE top_up SET next_at = now() WHERE state = 'pending'");
    }

    private Rejection refused(WalletNode at, long amount, String key) {
        return catchThrowableOfType(Rejection.class, () -> at.topUp(ada, amount, key));
    }
}
