package im.hongyan.wallet;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.wallet.WalletNode.sending;
import static im.hongyan.wallet.WalletNode.which;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random steps have the same results as a simple model. */
class WalletPropertyTest {
    private static final int USERS = 3;
    private static final int STEPS = 60;
    private static final StoresExtension STORES = WalletNode.stores();

    enum Action {
        TOP_UP,
        TRANSFER,
        ACCEPT,
        REFUSE,
        EXPIRE,
        RETURN,
        RECIPIENT_GOES
    }

    /**
     * @param who the index of the acting user
     * @param whom the index of the recipient
     * @param which selects a transfer, or a key, so that keys are repeated
     */
    record Step(Action action, int who, int whom, int which, int amount) {}

    @BeforeContainer
    static void open() throws Exception {
        STORES.open();
    }

    @AfterContainer
    static void close() throws Exception {
        STORES.close();
    }

    @Provide
    Arbitrary<List<Step>> plays() {
        return step().list().ofMaxSize(STEPS).withSizeDistribution(RandomDistribution.uniform());
    }

    private static Arbitrary<Step> step() {
        Arbitrary<Action> actions = Arbitraries.frequency(
                Tuple.of(4, Action.TOP_UP),
                Tuple.of(6, Action.TRANSFER),
                Tuple.of(5, Action.ACCEPT),
                Tuple.of(3, Action.REFUSE),
                Tuple.of(2, Action.EXPIRE),
                Tuple.of(2, Action.RETURN),
                Tuple.of(1, Action.RECIPIENT_GOES));
        return Combinators.combine(actions, upTo(USERS - 1), upTo(USERS - 1), upTo(7), upTo(300))
                .as(Step::new);
    }

    private static Arbitrary<Integer> upTo(int most) {
        return Arbitraries.integers().between(0, most).withDistribution(RandomDistribution.uniform());
    }

    @Property(tries = 40, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
    void wallet_randomSteps_matchesModel(@ForAll("plays") List<Step> steps) throws Exception {
        WalletNode node = new WalletNode(STORES);
        try {
            Play play = new Play(node);
            for (Step step : steps) {
                play.take(step);
            }
            play.finish();
        } finally {
            await(node.wallet.stop());
        }
    }

    /** The model's state of a transfer. */
    private static final class Gift {
        final String id;
        final int from;
        final int to;
        final long amount;
        final String clientId;
        String state = "pending";
        boolean late;

        Gift(String id, int from, int to, long amount, String clientId) {
            this.id = id;
            this.from = from;
            this.to = to;
            this.amount = amount;
            this.clientId = clientId;
        }
    }

    private static final class Play {
        private final WalletNode node;
        private final List<UserId> users = new ArrayList<>();
        private final long[] balances = new long[USERS];
        private final Map<String, Long> topUps = new HashMap<>();
        private final List<Gift> gifts = new ArrayList<>();

        Play(WalletNode node) {
            this.node = node;
            for (int i = 0; i < USERS; i++) {
                users.add(WalletNode.newUser());
            }
        }

        void take(Step step) throws Exception {
            switch (step.action) {
                case TOP_UP -> topUp(step);
                case TRANSFER -> transfer(step);
                case ACCEPT, REFUSE -> settle(step);
                case EXPIRE -> timePasses(step);
                case RETURN -> {
                    await(node.wallet.returnDue());
                    gifts.stream().filter(gift -> gift.late).forEach(this::giveBack);
                }
                case RECIPIENT_GOES -> {
                    await(node.wallet.accountDeleted(users.get(step.who)));
                    gifts.stream().filter(gift -> gift.to == step.who).forEach(this::giveBack);
                }
            }
            for (int i = 0; i < USERS; i++) {
                assertThat(node.balance(users.get(i))).as(step.toString()).isEqualTo(balances[i]);
            }
        }

        private void topUp(Step step) throws Exception {
            String key = step.who + " " + step.which;
            long amount = step.amount + 1L;
            Long before = topUps.putIfAbsent(key, amount);
            if (before == null) {
                balances[step.who] += amount;
            }
            if (before == null || before == amount) {
                node.topUp(users.get(step.who), amount, key);
            } else {
                assertThat(await(node.toppingUp(users.get(step.who), amount, key)
                                .map("done")
                                .otherwise("refused")))
                        .isEqualTo("refused");
            }
        }

        private void transfer(Step step) throws Exception {
            long amount = step.amount + 1L;
            String clientId = "c" + step.which;
            JsonNode answer = await(node.asking(
                    users.get(step.who), "wallet.transfer", sending(users.get(step.whom), amount, clientId)));
            String reason = WalletNode.reason(answer);
            Gift before = gifts.stream()
                    .filter(gift -> gift.from == step.who && gift.to == step.whom && gift.clientId.equals(clientId))
                    .findFirst()
                    .orElse(null);
            if (step.who == step.whom) {
                assertThat(reason).isEqualTo("conversation.self");
            } else if (before != null) {
                if (before.amount == amount) {
                    assertThat(answer.at("/data/transfer").asText()).isEqualTo(before.id);
                } else {
                    assertThat(reason).isEqualTo("client_id.reused");
                }
            } else if (balances[step.who] < amount) {
                assertThat(reason).isEqualTo("wallet.insufficient");
            } else {
                assertThat(reason).isNull();
                balances[step.who] -= amount;
                gifts.add(new Gift(answer.at("/data/transfer").asText(), step.who, step.whom, amount, clientId));
            }
        }

        private void settle(Step step) throws Exception {
            if (gifts.isEmpty()) {
                return;
            }
            Gift gift = gifts.get(step.which % gifts.size());
            boolean accepts = step.action == Action.ACCEPT;
            String end = accepts ? "accepted" : "refused";
            String reason =
                    node.refusal(users.get(step.who), accepts ? "wallet.accept" : "wallet.refuse", which(gift.id));
            if (step.who != gift.to) {
                assertThat(reason).isEqualTo("transfer.not_found");
            } else if (gift.state.equals("returned") || (gift.state.equals("pending") && gift.late)) {
                assertThat(reason).isEqualTo("transfer.expired");
            } else if (gift.state.equals("pending")) {
                assertThat(reason).isNull();
                gift.state = end;
                balances[accepts ? gift.to : gift.from] += gift.amount;
            } else {
                assertThat(reason).isEqualTo(gift.state.equals(end) ? null : "transfer.settled");
            }
        }

        private void timePasses(Step step) throws Exception {
            if (!gifts.isEmpty()) {
                Gift gift = gifts.get(step.which % gifts.size());
                node.expire(gift.id);
                gift.late = true;
            }
        }

        private void giveBack(Gift gift) {
            if (gift.state.equals("pending")) {
                gift.state = "returned";
                balances[gift.from] += gift.amount;
            }
        }

        void finish() throws Exception {
            for (Gift gift : gifts) {
                assertThat(node.state(gift.id)).isEqualTo(gift.state);
                assertThat(node.entries(gift.id)).isEqualTo(gift.state.equals("pending") ? 1 : 2);
            }
            assertThat(node.wrong()).isEmpty();
        }
    }
}
