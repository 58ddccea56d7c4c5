package im.hongyan.redenvelope;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.EnvelopeId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.Arrays;
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

/** Whatever people do with envelopes, in whatever order: each is answered, and has, what a model of a few lines says. */
class EnvelopeModelTest {
    private static final int PEOPLE = 4;
    private static final int STEPS = 50;
    private static final long PURSE = 500;
    private static final StoresExtension STORES = EnvelopeNode.stores();

    private static EnvelopeNode node;

    enum Deed {
        SEND_LUCKY,
        SEND_EQUAL,
        SEND_EXCLUSIVE,
        OPEN,
        TIME_PASSES,
        SETTLE,
        TRANSFER,
        JOIN,
        LEAVE,
        REDIS_FORGETS
    }

    /**
     * @param who acts
     * @param whom it is for
     * @param which envelope, of those that there are, from the newest
     */
    record Step(Deed deed, int who, int whom, int which, int amount) {}

    @BeforeContainer
    static void open() throws Exception {
        STORES.open();
        node = new EnvelopeNode(STORES);
    }

    @AfterContainer
    static void close() throws Exception {
        STORES.close();
    }

    @Provide
    Arbitrary<List<Step>> plays() {
        Arbitrary<Deed> deeds = Arbitraries.frequency(
                Tuple.of(4, Deed.SEND_LUCKY),
                Tuple.of(2, Deed.SEND_EQUAL),
                Tuple.of(2, Deed.SEND_EXCLUSIVE),
                Tuple.of(20, Deed.OPEN),
                Tuple.of(2, Deed.TIME_PASSES),
                Tuple.of(2, Deed.SETTLE),
                Tuple.of(2, Deed.TRANSFER),
                Tuple.of(2, Deed.JOIN),
                Tuple.of(2, Deed.LEAVE),
                Tuple.of(1, Deed.REDIS_FORGETS));
        return Combinators.combine(deeds, upTo(PEOPLE - 1), upTo(PEOPLE - 1), upTo(3), upTo(150))
                .as(Step::new)
                .list()
                .ofMaxSize(STEPS)
                .withSizeDistribution(RandomDistribution.uniform());
    }

    private static Arbitrary<Integer> upTo(int most) {
        return Arbitraries.integers().between(0, most).withDistribution(RandomDistribution.uniform());
    }

    @Property(tries = 15, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
    void envelopes_doAsTheirModel(@ForAll("plays") List<Step> steps) throws Exception {
        Play play = new Play();
        for (Step step : steps) {
            play.take(step);
        }
        play.finish();
    }

    /** What the model knows of an envelope. */
    private static final class Model {
        final EnvelopeId id;
        final int sender;
        final Integer recipient;
        final List<Long> left;
        final Map<Integer, Long> claims = new HashMap<>();
        boolean late;
        boolean settled;

        Model(EnvelopeId id, int sender, Integer recipient, List<Long> shares) {
            this.id = id;
            this.sender = sender;
            this.recipient = recipient;
            this.left = new ArrayList<>(shares);
        }

        long remaining() {
            return left.stream().mapToLong(Long::longValue).sum();
        }
    }

    private static final class Play {
        private final UserId owner = EnvelopeNode.someone();
        private final List<UserId> people = EnvelopeNode.people(PEOPLE);
        private final long[] balances = new long[PEOPLE];
        private final boolean[] members = new boolean[PEOPLE];
        private final List<Model> envelopes = new ArrayList<>();
        private final String group;

        Play() throws Exception {
            group = node.group(owner, people);
            Arrays.fill(members, true);
            Arrays.fill(balances, PURSE);
            for (UserId person : people) {
                node.fund(person, PURSE);
            }
        }

        void take(Step step) throws Exception {
            switch (step.deed) {
                case SEND_LUCKY, SEND_EQUAL, SEND_EXCLUSIVE -> send(step);
                case OPEN -> open(step);
                case TIME_PASSES -> timePasses(step);
                case SETTLE -> settle();
                case TRANSFER -> transfer(step);
                case JOIN -> join(step);
                case LEAVE -> leave(step);
                case REDIS_FORGETS -> await(STORES.redis().send(Request.cmd(Command.FLUSHALL)));
            }
            for (int i = 0; i < PEOPLE; i++) {
                assertThat(node.balance(people.get(i).value()))
                        .as(step.toString())
                        .isEqualTo(balances[i]);
            }
            for (Model model : envelopes) {
                assertThat(node.balance(model.id.value()))
                        .as(step.toString())
                        .isEqualTo(model.settled ? 0 : model.remaining());
            }
        }

        private void send(Step step) throws Exception {
            int count = 1 + step.which;
            long amount = (long) count + step.amount;
            Map<String, Object> data = new HashMap<>(
                    Map.of("conversation", group, "clientId", EnvelopeNode.newClientId(), "greeting", "model"));
            boolean exclusive = step.deed == Deed.SEND_EXCLUSIVE;
            switch (step.deed) {
                case SEND_LUCKY -> data.putAll(Map.of("kind", "lucky", "amount", amount, "count", count));
                case SEND_EQUAL -> {
                    data.putAll(Map.of("kind", "equal", "amountEach", 1 + step.amount, "count", count));
                    amount = count * (1L + step.amount);
                }
                default ->
                    data.putAll(Map.of(
                            "kind",
                            "exclusive",
                            "amount",
                            amount,
                            "recipient",
                            people.get(step.whom).text()));
            }
            JsonNode answer = await(node.asking(people.get(step.who), "envelope.send", data));
            String expected = !members[step.who]
                    ? "conversation.not_member"
                    : exclusive && (step.who == step.whom || !members[step.whom])
                            ? "member.not_found"
                            : balances[step.who] < amount ? "wallet.insufficient" : null;
            assertThat(answer.at("/error/reason").asText(null))
                    .as(step.toString())
                    .isEqualTo(expected);
            if (expected == null) {
                balances[step.who] -= amount;
                EnvelopeId id = EnvelopeId.of(answer.at("/data/envelope").asText());
                List<Long> shares = node.state(id).shares();
                assertThat(shares.stream().mapToLong(Long::longValue).sum()).isEqualTo(amount);
                envelopes.add(new Model(id, step.who, exclusive ? step.whom : null, shares));
            }
        }

        private void open(Step step) throws Exception {
            if (envelopes.isEmpty()) {
                return;
            }
            Model model = chosen(step);
            String answer = node.open(people.get(step.who), model.id);
            Long mine = model.claims.get(step.who);
            if (model.recipient != null && model.recipient != step.who) {
                // Who came later and left again never saw it.
                assertThat(answer)
                        .isIn(
                                members[step.who]
                                        ? List.of("envelope.not_recipient")
                                        : List.of("envelope.not_recipient", "envelope.not_found"));
            } else if (mine != null) {
                assertThat(answer).as(step.toString()).isEqualTo("already " + mine);
            } else if (!members[step.who]) {
                assertThat(answer).as(step.toString()).isIn(notMember(model));
            } else if (model.left.isEmpty()) {
                assertThat(answer).as(step.toString()).isEqualTo("empty");
            } else if (model.late) {
                assertThat(answer).as(step.toString()).isEqualTo("expired");
            } else {
                assertThat(answer).as(step.toString()).startsWith("opened ");
                long amount = Long.parseLong(answer.substring("opened ".length()));
                assertThat(model.left.remove(amount)).as(answer).isTrue();
                model.claims.put(step.who, amount);
                balances[step.who] += amount;
            }
        }

        /** Once it is over, those who saw it may be told so from memory. */
        private static List<String> notMember(Model model) {
            return model.left.isEmpty()
                    ? List.of("envelope.not_found", "empty")
                    : model.late ? List.of("envelope.not_found", "expired") : List.of("envelope.not_found");
        }

        private void timePasses(Step step) throws Exception {
            if (!envelopes.isEmpty()) {
                Model model = chosen(step);
                node.expire(model.id);
                model.late = true;
            }
        }

        private void settle() throws Exception {
            await(node.store.settle(1_000));
            for (Model model : envelopes) {
                if (model.late && !model.settled) {
                    model.settled = true;
                    balances[model.sender] += model.remaining();
                }
            }
        }

        private void transfer(Step step) throws Exception {
            JsonNode answer = await(node.asking(
                    people.get(step.who),
                    "wallet.transfer",
                    Map.of(
                            "to",
                            people.get(step.whom).text(),
                            "amount",
                            1 + step.amount,
                            "clientId",
                            EnvelopeNode.newClientId())));
            String reason = answer.at("/error/reason").asText(null);
            if (step.who == step.whom) {
                assertThat(reason).isEqualTo("conversation.self");
            } else if (balances[step.who] < 1 + step.amount) {
                assertThat(reason).isEqualTo("wallet.insufficient");
            } else {
                node.ask(
                        people.get(step.whom),
                        "wallet.accept",
                        Map.of("transfer", answer.at("/data/transfer").asText()));
                balances[step.who] -= 1 + step.amount;
                balances[step.whom] += 1 + step.amount;
            }
        }

        private void join(Step step) throws Exception {
            if (!members[step.who]) {
                node.ask(
                        owner,
                        "group.add",
                        Map.of(
                                "conversation",
                                group,
                                "users",
                                List.of(people.get(step.who).text())));
                members[step.who] = true;
            }
        }

        private void leave(Step step) throws Exception {
            if (members[step.who]) {
                node.ask(people.get(step.who), "group.leave", Map.of("conversation", group));
                members[step.who] = false;
            }
        }

        private Model chosen(Step step) {
            return envelopes.get(Math.max(0, envelopes.size() - 1 - step.which));
        }

        void finish() throws Exception {
            for (Model model : envelopes) {
                Map<UserId, Long> claims = new HashMap<>();
                model.claims.forEach((who, amount) -> claims.put(people.get(who), amount));
                assertThat(node.claims(model.id)).isEqualTo(claims);
                assertThat(node.state(model.id).settledAt() != null).isEqualTo(model.settled);
            }
            assertThat(node.wrong()).isEmpty();
        }
    }
}
