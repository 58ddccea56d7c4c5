package im.hongyan.wallet;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.wallet.WalletNode.newUser;
import static im.hongyan.wallet.WalletNode.sending;
import static im.hongyan.wallet.WalletNode.which;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Transfers, sequential and concurrent. After each test, the ledger adds up. */
class TransfersTest {
    @RegisterExtension
    static final StoresExtension stores = WalletNode.stores();

    private WalletNode node;
    /** Another node on the same stores. */
    private WalletNode other;

    private UserId ada;
    private final UserId bob = newUser();

    @BeforeEach
    void setUp() throws Exception {
        node = new WalletNode(stores);
        other = new WalletNode(stores);
        ada = node.userWith(10_000);
    }

    @AfterEach
    void ledgerAddsUp() throws Exception {
        assertThat(node.wrong()).isEmpty();
        await(node.wallet.stop());
        await(other.wallet.stop());
    }

    @Test
    void accept_twice_creditsOnce() throws Exception {
        String gift = node.transfer(ada, bob, 300);
        assertThat(node.balance(ada)).isEqualTo(9_700);
        assertThat(node.balance(bob)).isZero();

        node.ask(bob, "wallet.accept", which(gift));
        node.ask(bob, "wallet.accept", which(gift));

        assertThat(node.balance(bob)).isEqualTo(300);
        assertThat(node.refusal(bob, "wallet.refuse", which(gift))).isEqualTo("transfer.settled");
        assertThat(node.entries(gift)).isEqualTo(2);
    }

    @Test
    void refuse_twice_returnsMoneyOnce() throws Exception {
        String gift = node.transfer(ada, bob, 300);
        node.ask(bob, "wallet.refuse", which(gift));
        node.ask(bob, "wallet.refuse", which(gift));

        assertThat(node.balance(ada)).isEqualTo(10_000);
        assertThat(node.refusal(bob, "wallet.accept", which(gift))).isEqualTo("transfer.settled");
        assertThat(node.entries(gift)).isEqualTo(2);
    }

    @Test
    void returnDue_expired_returnsOnceAndCannotBeAccepted() throws Exception {
        String gift = node.transfer(ada, bob, 300);
        await(node.wallet.returnDue());
        assertThat(node.state(gift)).isEqualTo("pending");
        node.expire(gift);
        assertThat(node.refusal(bob, "wallet.accept", which(gift))).isEqualTo("transfer.expired");

        await(Future.join(node.wallet.returnDue(), other.wallet.returnDue(), node.wallet.returnDue()));

        assertThat(node.state(gift)).isEqualTo("returned");
        assertThat(node.balance(ada)).isEqualTo(10_000);
        assertThat(node.entries(gift)).isEqualTo(2);
        assertThat(node.refusal(bob, "wallet.accept", which(gift))).isEqualTo("transfer.expired");
        assertThat(node.refusal(bob, "wallet.refuse", which(gift))).isEqualTo("transfer.expired");
    }

    /** More than one batch, and one transfer among them is locked by another transaction. */
    @Test
    void returnDue_lockedTransfer_isSkipped() throws Exception {
        List<String> gifts = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            gifts.add(node.transfer(ada, bob, 1));
            node.expire(gifts.get(i));
        }
        var release = io.vertx.core.Promise.<Void>promise();
        var locked = io.vertx.core.Promise.<Void>promise();
        Future<Void> holder = stores.postgres().transaction(tx -> tx.query(
                        "SELECT 1 FROM transfer WHERE id = $1 FOR UPDATE",
                        io.vertx.sqlclient.Tuple.of(WalletNode.id(gifts.get(7))))
                .compose(rows -> {
                    locked.complete();
                    return release.future();
                }));
        await(locked.future());
        await(node.wallet.returnDue());
        assertThat(node.balance(ada)).isEqualTo(10_000 - 1);
        assertThat(node.state(gifts.get(7))).isEqualTo("pending");
        release.complete();
        await(holder);
        await(other.wallet.returnDue());
        assertThat(node.balance(ada)).isEqualTo(10_000);
    }

    @Test
    void settle_transferOfOtherUsers_isNotFound() throws Exception {
        String gift = node.transfer(ada, bob, 300);
        String nowhere = Id.Text.encode(Id.next());
        for (String step : List.of("wallet.accept", "wallet.refuse")) {
            JsonNode none = await(node.asking(ada, step, which(nowhere)));
            assertThat(none.at("/error/reason").asText()).isEqualTo("transfer.not_found");
            assertThat(await(node.asking(ada, step, which(gift)))).isEqualTo(none);
            assertThat(await(node.asking(newUser(), step, which(gift)))).isEqualTo(none);
        }
    }

    @Test
    void transfer_sameClientId_returnsFirstAnswerOrConflict() throws Exception {
        JsonNode first = node.ask(ada, "wallet.transfer", sending(bob, 300, "c"));
        assertThat(other.ask(ada, "wallet.transfer", sending(bob, 300, "c"))).isEqualTo(first);
        assertThat(node.refusal(ada, "wallet.transfer", sending(bob, 301, "c"))).isEqualTo("client_id.reused");
        Map<String, Object> noted = Map.of("to", bob.text(), "amount", 300, "clientId", "c", "note", "why");
        assertThat(node.refusal(ada, "wallet.transfer", noted)).isEqualTo("client_id.reused");
        assertThat(node.balance(ada)).isEqualTo(9_700);

        node.delete(bob);
        assertThat(node.ask(ada, "wallet.transfer", sending(bob, 300, "c"))).isEqualTo(first);
        assertThat(node.refusal(ada, "wallet.transfer", sending(bob, 300, "d"))).isEqualTo("user.not_found");
    }

    @Test
    void transfer_rejected_changesNothing() throws Exception {
        long postings = node.number("SELECT count(*) FROM posting");
        assertThat(node.refusal(ada, "wallet.transfer", sending(bob, 10_001, "c")))
                .isEqualTo("wallet.insufficient");
        assertThat(node.refusal(newUser(), "wallet.transfer", sending(bob, 1, "c")))
                .isEqualTo("wallet.insufficient");
        assertThat(node.refusal(ada, "wallet.transfer", sending(ada, 1, "c"))).isEqualTo("conversation.self");
        assertThat(node.refusal(ada, "wallet.transfer", sending(bob, 1_000_001, "c")))
                .isEqualTo("field.out_of_range");
        assertThat(node.number("SELECT count(*) FROM posting")).isEqualTo(postings);
        assertThat(node.number("SELECT count(*) FROM transfer WHERE sender = '" + ada.value() + "'"))
                .isZero();
        // The client id is still unused.
        node.ask(ada, "wallet.transfer", sending(bob, 1, "c"));
    }

    @Test
    void accountDeleted_recipient_returnsPendingTransfers() throws Exception {
        String taken = node.transfer(ada, bob, 300);
        node.ask(bob, "wallet.accept", which(taken));
        String gift = node.transfer(ada, bob, 200);
        String own = node.transfer(bob, ada, 100);

        await(node.wallet.accountDeleted(bob));
        await(other.wallet.accountDeleted(bob));

        assertThat(node.state(gift)).isEqualTo("returned");
        assertThat(node.balance(ada)).isEqualTo(9_700);
        // Transfers from the deleted user can still be accepted, and the user's money is kept.
        node.ask(ada, "wallet.accept", which(own));
        assertThat(node.balance(bob)).isEqualTo(200);
    }

    @Test
    void list_pages_coverAll() throws Exception {
        List<String> gifts = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            gifts.add(0, node.transfer(ada, bob, i));
        }
        List<String> found = new ArrayList<>();
        List<Long> amounts = new ArrayList<>();
        String cursor = null;
        String place = null;
        do {
            JsonNode page = node.ask(bob, "wallet.transfers", page(cursor, 2));
            page.get("transfers")
                    .forEach(transfer -> found.add(transfer.get("transfer").asText()));
            cursor = page.path("cursor").asText(null);
        } while (cursor != null);
        do {
            JsonNode page = node.ask(ada, "wallet.statement", page(place, 2));
            page.get("postings").forEach(line -> amounts.add(line.get("amount").asLong()));
            place = page.path("cursor").asText(null);
        } while (place != null);

        assertThat(found).isEqualTo(gifts);
        assertThat(amounts).containsExactly(-5L, -4L, -3L, -2L, -1L, 10_000L);
        assertThat(node.refusal(ada, "wallet.statement", Map.of("cursor", "x"))).isEqualTo("cursor.malformed");
    }

    private static Map<String, Object> page(String cursor, int limit) {
        return cursor == null ? Map.of("limit", limit) : Map.of("cursor", cursor, "limit", limit);
    }

    /** The recipient accepts and refuses on two nodes while both return expired transfers. */
    @Test
    void settle_concurrently_endsOnce() throws Exception {
        for (int round = 0; round < 30; round++) {
            UserId eve = newUser();
            String gift = node.transfer(ada, eve, 100);
            if (round % 2 == 1) {
                node.expire(gift);
            }
            long before = node.balance(ada);
            List<Future<JsonNode>> answers = List.of(
                    node.asking(eve, "wallet.accept", which(gift)),
                    other.asking(eve, "wallet.refuse", which(gift)),
                    other.asking(eve, "wallet.accept", which(gift)),
                    node.asking(eve, "wallet.refuse", which(gift)));
            List<Future<Void>> returns = List.of(node.wallet.returnDue(), other.wallet.returnDue());
            await(Future.join(answers));
            await(Future.join(returns));
            // A return that met a lock has skipped the transfer.
            await(node.wallet.returnDue());

            String state = node.state(gift);
            assertThat(state).isIn(round % 2 == 1 ? List.of("returned") : List.of("accepted", "refused"));
            assertThat(node.balance(eve)).isEqualTo(state.equals("accepted") ? 100 : 0);
            assertThat(node.balance(ada)).isEqualTo(state.equals("accepted") ? before : before + 100);
            assertThat(node.entries(gift)).isEqualTo(2);
            long done = answers.stream()
                    .map(Future::result)
                    .filter(answer -> answer.get("type").asText().equals("ok"))
                    .count();
            assertThat(done).isEqualTo(round % 2 == 1 ? 0 : 2);
        }
    }

    @Test
    void transfer_sameClientIdConcurrently_sendsOnce() throws Exception {
        for (int round = 0; round < 10; round++) {
            UserId eve = newUser();
            List<Future<JsonNode>> answers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                WalletNode at = i % 2 == 0 ? node : other;
                answers.add(at.asking(ada, "wallet.transfer", sending(eve, 10, "same")));
            }
            await(Future.join(answers));
            assertThat(answers.stream().map(Future::result).distinct()).hasSize(1);
            assertThat(answers.get(0).result().get("type").asText()).isEqualTo("ok");
        }
        assertThat(node.balance(ada)).isEqualTo(10_000 - 100);
    }

    @Test
    void transfer_concurrentOverdraft_isRefused() throws Exception {
        List<Future<JsonNode>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            WalletNode at = i % 2 == 0 ? node : other;
            answers.add(at.asking(ada, "wallet.transfer", sending(newUser(), 1_500, "c" + i)));
        }
        await(Future.join(answers));
        List<String> refusals = answers.stream()
                .map(Future::result)
                .map(WalletNode::reason)
                .filter(Objects::nonNull)
                .toList();
        assertThat(refusals).hasSize(14).containsOnly("wallet.insufficient");
        assertThat(node.balance(ada)).isEqualTo(10_000 - 6 * 1_500);
        assertThat(refused(node) + refused(other)).isEqualTo(14);
    }

    private static double refused(WalletNode at) {
        return at.meters()
                .get("hongyan.ledger.rejections")
                .tag("reason", "insufficient")
                .counter()
                .count();
    }

    @Test
    void transfer_concurrently_keepsDailyLimit() throws Exception {
        node.topUp(ada, 5 * WalletNode.MAX_DAILY, "more");
        List<Future<JsonNode>> answers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            WalletNode at = i % 2 == 0 ? node : other;
            answers.add(at.asking(ada, "wallet.transfer", sending(newUser(), WalletNode.MAX_DAILY / 4, "c" + i)));
        }
        await(Future.join(answers));
        List<JsonNode> refused = answers.stream()
                .map(Future::result)
                .filter(answer -> answer.has("error"))
                .toList();
        assertThat(refused).hasSize(6);
        assertThat(refused).allSatisfy(answer -> {
            assertThat(answer.at("/error/kind").asText()).isEqualTo("limited");
            assertThat(WalletNode.reason(answer)).isEqualTo("wallet.daily_limit");
            assertThat(answer.at("/error/retryAfterMs").asLong()).isBetween(23 * 3_600_000L, 24 * 3_600_000L);
        });
    }

    /** Returned money still counts; after 24 hours it no longer does. */
    @Test
    void transfer_dailyLimit_countsReturnedMoneyForADay() throws Exception {
        UserId eve = node.userWith(2 * WalletNode.MAX_DAILY);
        String all = node.transfer(eve, bob, WalletNode.MAX_DAILY);
        node.ask(bob, "wallet.refuse", which(all));
        assertThat(node.refusal(eve, "wallet.transfer", sending(bob, 1, "c"))).isEqualTo("wallet.daily_limit");
        // Only the owner of the database can change a posting.
        node.sql("ALTER TABLE posting DISABLE TRIGGER posting_is_final");
        node.sql("UPDATE posting SET at = at - interval '24 hours' WHERE debit = $1", eve.value());
        node.sql("ALTER TABLE posting ENABLE TRIGGER posting_is_final");
        node.ask(eve, "wallet.transfer", sending(bob, 1, "c"));
    }

    @Test
    void postings_changed_areRefused() {
        for (String tampering :
                List.of("UPDATE posting SET amount = amount + 1", "DELETE FROM posting", "TRUNCATE posting CASCADE")) {
            assertThatThrownBy(() -> node.sql(tampering))
                    .isInstanceOf(PgException.class)
                    .hasMessageContaining("postings are final");
        }
    }

    @Test
    void database_invalidBalanceOrRepeatedPosting_isRefused() {
        assertThatThrownBy(() -> node.sql("UPDATE ledger_account SET balance = -1 WHERE id = $1", ada.value()))
                .hasMessageContaining("ledger_account_not_overdrawn");
        assertThatThrownBy(() -> node.sql(
                        """
                        SELECT ledger_post('topup', 'points', 'wallet', ARRAY[ref], ARRAY[0], ARRAY[debit],
                                           ARRAY[credit], ARRAY[1], ARRAY[NULL::uuid])
                        FROM posting WHERE credit = $1
                        """,
                        ada.value()))
                .hasMessageContaining("posting_once");
    }
}
