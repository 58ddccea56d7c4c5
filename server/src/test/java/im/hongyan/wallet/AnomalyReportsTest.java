package im.hongyan.wallet;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.wallet.WalletNode.newUser;
import static im.hongyan.wallet.WalletNode.which;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.wallet.AnomalyReports.Result;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AnomalyReportsTest {
    @RegisterExtension
    static final StoresExtension stores = WalletNode.stores();

    @Test
    void find() throws Exception {
        WalletNode node = new WalletNode(stores);
        UserId ada = node.userWith(1_000);
        UserId bob = node.userWith(1_000);
        UserId honest = node.userWith(1_000);
        give(node, ada, bob, 100);
        give(node, bob, ada, 90);
        give(node, ada, honest, 5);
        String refused = node.transfer(honest, ada, 5);
        node.ask(ada, "wallet.refuse", which(refused));
        UserId eager = newUser();
        UserId patient = newUser();
        for (int i = 0; i < 5; i++) {
            node.topUp(eager, 10, "k" + i);
            if (i < 4) {
                node.topUp(patient, 10, "k" + i);
            }
        }
        UserId spender = node.userWith(WalletNode.MAX_DAILY);
        node.transfer(spender, bob, WalletNode.MAX_DAILY * 9 / 10);
        node.wallet.anomalyReports().add("broken", "nobody", "SELECT 1 / 0 AS none");

        List<Result> all = await(node.wallet.anomalyReports().run()).reports();
        Map<String, Object> circle = only(all, "circles");
        assertThat(List.of(circle.get("one"), circle.get("other"))).containsExactlyInAnyOrder(ada.text(), bob.text());
        assertThat(List.of(circle.get("there"), circle.get("back"))).containsExactlyInAnyOrder(100L, 90L);
        assertThat(only(all, "top_up_bursts"))
                .containsEntry("user", eager.text())
                .containsEntry("times", 5L);
        assertThat(only(all, "at_daily_limit"))
                .containsEntry("user", spender.text())
                .containsEntry("sent", WalletNode.MAX_DAILY * 9 / 10);
        assertThat(all.get(all.size() - 1).failure()).contains("division by zero");
        await(node.wallet.stop());
    }

    private static void give(WalletNode node, UserId from, UserId to, long amount) throws Exception {
        node.ask(to, "wallet.accept", which(node.transfer(from, to, amount)));
    }

    private static Map<String, Object> only(List<Result> all, String pattern) {
        Result found = all.stream()
                .filter(each -> each.name().equals(pattern))
                .findFirst()
                .orElseThrow();
        assertThat(found.failure()).isNull();
        assertThat(found.rows()).hasSize(1);
        return found.rows().get(0);
    }
}
