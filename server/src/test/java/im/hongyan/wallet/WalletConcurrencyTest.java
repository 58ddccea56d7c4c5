package im.hongyan.wallet;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A user with many concurrent requests does not delay other users. */
class WalletConcurrencyTest {
    @RegisterExtension
    static final StoresExtension stores = WalletNode.stores();

    private WalletNode node;
    private final UserId ada = WalletNode.newUser();
    private final UserId bob = WalletNode.newUser();

    @BeforeEach
    void setUp() {
        node = new WalletNode(stores);
    }

    @AfterEach
    void ledgerAddsUp() throws Exception {
        assertThat(node.wrong()).isEmpty();
        await(node.wallet.stop());
    }

    @Test
    void topUps_ofOneUser_useTwoConnections() throws Exception {
        try (HeldTransaction holding = held()) {
            holding.run("SELECT pg_advisory_xact_lock(hashtextextended('top_up ' || ?, 0))", ada.text());
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                all.add(node.toppingUp(ada, 10, "k" + i));
            }
            try (HeldTransaction observer = held()) {
                observer.awaitWaiting(2);
                // They do not use all connections: another user's top-up succeeds meanwhile.
                assertThat(node.topUp(bob, 10, "k").balance()).isEqualTo(10);
                assertThat(observer.waiting()).isEqualTo(2);
            }
            holding.commit();
            await(Future.join(all));
        }
        assertThat(node.balance(ada)).isEqualTo(200);
    }

    /** Neither the sender's own transfers nor those of others are delayed. */
    @Test
    void returnDue_busySender_isNotDelayed() throws Exception {
        node.topUp(ada, 1_000, "k");
        UserId cai = node.userWith(100);
        String first = node.transfer(ada, bob, 300);
        String behind = node.transfer(cai, bob, 30);
        String other = node.transfer(ada, cai, 1);
        try (HeldTransaction holding = held();
                HeldTransaction observer = held()) {
            holding.run(
                    "SELECT 1 FROM conversation WHERE id = (SELECT conversation FROM transfer WHERE id = ?) FOR UPDATE",
                    WalletNode.id(other));
            // The maximum number of concurrent requests of a user.
            List<Future<?>> busy = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                busy.add(node.asking(ada, "wallet.transfer", WalletNode.sending(cai, 1, "busy" + i)));
            }
            observer.awaitWaiting(2);
            node.expire(first);
            node.expire(behind);

            await(node.wallet.returnDue());

            assertThat(node.state(first)).isEqualTo("returned");
            assertThat(node.state(behind)).isEqualTo("returned");
            holding.commit();
            await(Future.join(busy));
        }
    }

    private static HeldTransaction held() throws Exception {
        return new HeldTransaction(stores.postgresAddress());
    }
}
