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

/** Who does much at once waits for himself: neither for everybody's connections, nor do others wait for him. */
class WalletConcurrencyTest {
    @RegisterExtension
    static final StoresExtension stores = WalletNode.stores();

    private WalletNode node;
    private final UserId ada = WalletNode.someone();
    private final UserId bob = WalletNode.someone();

    @BeforeEach
    void setUp() {
        node = new WalletNode(stores);
    }

    @AfterEach
    void addsUp() throws Exception {
        assertThat(node.wrong()).isEmpty();
        await(node.wallet.stop());
    }

    @Test
    void topUpsOfOnePerson_takeTwoConnectionsAtOnce() throws Exception {
        try (HeldTransaction holding = held()) {
            holding.run("SELECT pg_advisory_xact_lock(hashtextextended('top_up ' || ?, 0))", ada.text());
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                all.add(node.toppingUp(ada, 10, "k" + i));
            }
            try (HeldTransaction observer = held()) {
                observer.awaitWaiting(2);
                // They have not taken all connections: another person's goes through meanwhile.
                assertThat(node.topUp(bob, 10, "k").balance()).isEqualTo(10);
                assertThat(observer.waiting()).isEqualTo(2);
            }
            holding.commit();
            await(Future.join(all));
        }
        assertThat(node.balance(ada)).isEqualTo(200);
    }

    /** His money comes back to him, and to those behind him it does, too. */
    @Test
    void returns_areNotHeldUpByASenderWhoDoesMuch() throws Exception {
        node.topUp(ada, 1_000, "k");
        UserId cai = node.someoneWith(100);
        String first = node.transfer(ada, bob, 300);
        String behind = node.transfer(cai, bob, 30);
        String other = node.transfer(ada, cai, 1);
        try (HeldTransaction holding = held();
                HeldTransaction observer = held()) {
            holding.run(
                    "SELECT 1 FROM conversation WHERE id = (SELECT conversation FROM transfer WHERE id = ?) FOR UPDATE",
                    WalletNode.id(other));
            // As much as one person may do at once.
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
