package im.hongyan.redenvelope;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Some people in a group who send and open envelopes, on two nodes behind one sort of gate, beside a model of a few lines:
 * each is answered, and has, what the model says.
 */
final class EnvelopePlay {
    static final int PEOPLE = 4;
    static final int NODES = 2;
    private static final long PURSE = 500;
    /** Of the gates that lie all the time: a play is not to wait for what will never be. */
    private static final Duration PATIENCE = Duration.ofMillis(30);

    enum Deed {
        SEND_DIRECT,
        SEND_LUCKY,
        SEND_EQUAL,
        SEND_EXCLUSIVE,
        ASK_AGAIN,
        ASK_FOR_MORE,
        OPEN,
        TIME_PASSES,
        SETTLE,
        TRANSFER,
        TOP_UP,
        JOIN,
        LEAVE,
        REDIS_FORGETS
    }

    /**
     * @param node where it is done
     * @param who acts
     * @param whom it is for
     * @param which envelope, request or key, of those that there are, from the newest
     */
    record Step(Deed deed, int node, int who, int whom, int which, int amount) {}

    /** What was answered with {@code answer}, and will be for ever. */
    private record Asked(int who, String type, Map<String, Object> data, JsonNode answer) {}

    private record ToppedUp(long amount, String answer) {}

    /** What the model knows of an envelope. */
    private static final class Model {
        final EnvelopeId id;
        final Deed kind;
        final int sender;
        final int recipient;
        final List<Long> left;
        final Map<Integer, Long> claims = new HashMap<>();
        boolean late;
        boolean settled;

        Model(EnvelopeId id, Deed kind, int sender, int recipient, List<Long> shares) {
            this.id = id;
            this.kind = kind;
            this.sender = sender;
            this.recipient = recipient;
            this.left = new ArrayList<>(shares);
        }

        long remaining() {
            return left.stream().mapToLong(Long::longValue).sum();
        }
    }

    private final StoresExtension stores;
    private final FaultyShareAllocator gate;
    private final List<EnvelopeNode> nodes;
    private final List<EnvelopeOpening> grabs = new ArrayList<>();
    private final UserId owner = EnvelopeNode.someone();
    private final List<UserId> people = EnvelopeNode.people(PEOPLE);
    private final long[] balances = new long[PEOPLE];
    private final boolean[] members = new boolean[PEOPLE];
    private final List<Model> envelopes = new ArrayList<>();
    private final List<Asked> asked = new ArrayList<>();
    private final Map<String, ToppedUp> topUps = new HashMap<>();
    private final String group;

    EnvelopePlay(StoresExtension stores, List<EnvelopeNode> nodes, FaultyShareAllocator gate) throws Exception {
        this.stores = stores;
        this.nodes = nodes;
        this.gate = gate;
        for (EnvelopeNode node : nodes) {
            grabs.add(node.grab(gate.of(stores), Duration.ofSeconds(15), PATIENCE));
        }
        forgetRedis();
        group = nodes.get(0).group(owner, people);
        Arrays.fill(members, true);
        Arrays.fill(balances, PURSE);
        for (UserId person : people) {
            nodes.get(0).fund(person, PURSE);
        }
    }

    void take(List<Step> steps) throws Exception {
        for (Step step : steps) {
            take(step);
            hasWhatTheModelSays(step);
        }
        finish();
    }

    private void take(Step step) throws Exception {
        switch (step.deed) {
            case SEND_DIRECT, SEND_LUCKY, SEND_EQUAL, SEND_EXCLUSIVE -> send(step);
            case ASK_AGAIN -> askAgain(step);
            case ASK_FOR_MORE -> askForMore(step);
            case OPEN -> open(step);
            case TIME_PASSES -> timePasses(step);
            case SETTLE -> settle();
            case TRANSFER -> transfer(step);
            case TOP_UP -> topUp(step);
            case JOIN -> join(step);
            case LEAVE -> leave(step);
            case REDIS_FORGETS -> forgetRedis();
        }
    }

    private void hasWhatTheModelSays(Step step) throws Exception {
        Map<UUID, Long> right = new HashMap<>();
        for (int i = 0; i < PEOPLE; i++) {
            right.put(people.get(i).value(), balances[i]);
        }
        for (Model model : envelopes) {
            right.put(model.id.value(), model.settled ? 0 : model.remaining());
        }
        assertThat(nodes.get(0).balances(right.keySet())).as(told(step)).isEqualTo(right);
    }

    private String told(Step step) {
        return gate + ": " + step;
    }

    private EnvelopeNode node(Step step) {
        return nodes.get(step.node);
    }

    private EnvelopeNode otherNode(Step step) {
        return nodes.get(NODES - 1 - step.node);
    }

    private void send(Step step) throws Exception {
        int count = 1 + step.which;
        long amount = (long) count + step.amount;
        UserId sender = people.get(step.who);
        UserId recipient = people.get(step.whom);
        // To oneself, as there is no such conversation of two, into the group: where there are none of this kind.
        boolean astray = step.deed == Deed.SEND_DIRECT && step.who == step.whom;
        boolean inGroup = step.deed != Deed.SEND_DIRECT || astray;
        Map<String, Object> data = new HashMap<>(Map.of("clientId", EnvelopeNode.newClientId(), "greeting", "model"));
        data.put("conversation", inGroup ? group : node(step).direct(sender, recipient));
        switch (step.deed) {
            case SEND_DIRECT -> data.putAll(Map.of("kind", "direct", "amount", amount));
            case SEND_LUCKY -> data.putAll(Map.of("kind", "lucky", "amount", amount, "count", count));
            case SEND_EQUAL -> {
                data.putAll(Map.of("kind", "equal", "amountEach", 1 + step.amount, "count", count));
                amount = count * (1L + step.amount);
            }
            default -> data.putAll(Map.of("kind", "exclusive", "amount", amount, "recipient", recipient.text()));
        }
        JsonNode answer = await(node(step).asking(sender, "envelope.send", data));
        String refusal = null;
        if (inGroup && !members[step.who]) {
            refusal = "conversation.not_member";
        } else if (astray) {
            refusal = "envelope.kind";
        } else if (step.deed == Deed.SEND_EXCLUSIVE && (step.who == step.whom || !members[step.whom])) {
            refusal = "member.not_found";
        } else if (balances[step.who] < amount) {
            refusal = "wallet.insufficient";
        }
        assertThat(reason(answer)).as(told(step)).isEqualTo(refusal);
        if (refusal == null) {
            balances[step.who] -= amount;
            asked.add(new Asked(step.who, "envelope.send", data, answer.get("data")));
            EnvelopeId id = EnvelopeId.of(answer.at("/data/envelope").asText());
            List<Long> shares = node(step).state(id).shares();
            assertThat(shares.stream().mapToLong(Long::longValue).sum()).isEqualTo(amount);
            envelopes.add(new Model(id, step.deed, step.who, step.whom, shares));
        }
    }

    /** On both nodes at once, whatever has happened meanwhile. */
    private void askAgain(Step step) throws Exception {
        if (!asked.isEmpty()) {
            Asked first = asked.get(fromTheNewest(step, asked));
            List<Future<JsonNode>> again = new ArrayList<>();
            for (EnvelopeNode node : nodes) {
                again.add(node.asking(people.get(first.who), first.type, first.data));
            }
            await(Future.join(again));
            assertThat(again).as(told(step)).allSatisfy(answer -> assertThat(
                            answer.result().get("data"))
                    .isEqualTo(first.answer));
        }
    }

    /** With the client id of something else. */
    private void askForMore(Step step) throws Exception {
        if (!asked.isEmpty()) {
            Asked first = asked.get(fromTheNewest(step, asked));
            Map<String, Object> data = new HashMap<>(first.data);
            String amount = data.containsKey("amount") ? "amount" : "amountEach";
            data.put(amount, ((Number) data.get(amount)).longValue() + 1);
            JsonNode answer = await(node(step).asking(people.get(first.who), first.type, data));
            assertThat(reason(answer)).as(told(step)).isEqualTo("client_id.reused");
        }
    }

    private void open(Step step) throws Exception {
        if (envelopes.isEmpty()) {
            return;
        }
        Model model = envelopes.get(fromTheNewest(step, envelopes));
        UserId user = people.get(step.who);
        String answer = gate == FaultyShareAllocator.HONEST
                ? node(step).open(user, model.id)
                : node(step).open(grabs.get(step.node), user, model.id);
        Collection<String> right = refused(step.who, model);
        Long mine = model.claims.get(step.who);
        if (right.isEmpty() && mine != null) {
            right = List.of("already " + mine);
        } else if (right.isEmpty() && !isMember(step.who, model)) {
            // Whoever was one may be told from memory that it is over.
            right = model.left.isEmpty()
                    ? List.of("envelope.not_found", "empty")
                    : model.late ? List.of("envelope.not_found", "expired") : List.of("envelope.not_found");
        } else if (right.isEmpty() && model.left.isEmpty()) {
            right = List.of("empty");
        } else if (right.isEmpty() && model.late) {
            right = List.of("expired");
        }
        if (!right.isEmpty()) {
            assertThat(answer).as(told(step)).isIn(right);
        } else {
            assertThat(answer).as(told(step)).startsWith("opened ");
            long amount = Long.parseLong(answer.substring("opened ".length()));
            assertThat(model.left.remove(amount)).as(answer).isTrue();
            model.claims.put(step.who, amount);
            balances[step.who] += amount;
        }
    }

    /** What somebody is told whom it is not for; nothing if it may be for him. */
    private Collection<String> refused(int who, Model model) {
        if (model.kind == Deed.SEND_DIRECT && who != model.recipient) {
            return List.of(who == model.sender ? "envelope.own" : "envelope.not_found");
        }
        if (model.kind == Deed.SEND_EXCLUSIVE && who != model.recipient) {
            // A node may remember the members from before he left.
            return members[who]
                    ? List.of("envelope.not_recipient")
                    : List.of("envelope.not_recipient", "envelope.not_found");
        }
        return List.of();
    }

    private boolean isMember(int who, Model model) {
        return model.kind == Deed.SEND_DIRECT || members[who];
    }

    private void timePasses(Step step) throws Exception {
        if (!envelopes.isEmpty()) {
            Model model = envelopes.get(fromTheNewest(step, envelopes));
            node(step).expire(model.id);
            model.late = true;
        }
    }

    /** Both nodes at once. */
    private void settle() throws Exception {
        List<Future<?>> settling = new ArrayList<>();
        for (EnvelopeNode node : nodes) {
            settling.add(node.tables.refunds().refund(1_000));
        }
        await(Future.join(settling));
        for (Model model : envelopes) {
            if (model.late && !model.settled) {
                model.settled = true;
                balances[model.sender] += model.remaining();
            }
        }
    }

    /** The recipient accepts, or refuses, on the other node. */
    private void transfer(Step step) throws Exception {
        long amount = 1L + step.amount;
        Map<String, Object> data =
                Map.of("to", people.get(step.whom).text(), "amount", amount, "clientId", EnvelopeNode.newClientId());
        JsonNode answer = await(node(step).asking(people.get(step.who), "wallet.transfer", data));
        String refusal = null;
        if (step.who == step.whom) {
            refusal = "conversation.self";
        } else if (balances[step.who] < amount) {
            refusal = "wallet.insufficient";
        }
        assertThat(reason(answer)).as(told(step)).isEqualTo(refusal);
        if (refusal == null) {
            asked.add(new Asked(step.who, "wallet.transfer", data, answer.get("data")));
            boolean accepted = step.which > 0;
            otherNode(step)
                    .ask(
                            people.get(step.whom),
                            accepted ? "wallet.accept" : "wallet.refuse",
                            Map.of("transfer", answer.at("/data/transfer").asText()));
            if (accepted) {
                balances[step.who] -= amount;
                balances[step.whom] += amount;
            }
        }
    }

    /** Keys come again, with the same amount and with another one. */
    private void topUp(Step step) throws Exception {
        long amount = 1L + step.amount % 3;
        String key = "key " + step.which;
        String answer = node(step).topUp(people.get(step.who), amount, key);
        ToppedUp first = topUps.putIfAbsent(step.who + " " + key, new ToppedUp(amount, answer));
        if (first == null) {
            balances[step.who] += amount;
        } else {
            assertThat(answer).as(told(step)).isEqualTo(first.amount == amount ? first.answer : "key.reused");
        }
    }

    private void join(Step step) throws Exception {
        if (!members[step.who]) {
            Map<String, Object> data = Map.of(
                    "conversation", group, "users", List.of(people.get(step.who).text()));
            node(step).ask(owner, "group.add", data);
            members[step.who] = true;
        }
    }

    private void leave(Step step) throws Exception {
        if (members[step.who]) {
            node(step).ask(people.get(step.who), "group.leave", Map.of("conversation", group));
            members[step.who] = false;
        }
    }

    private void forgetRedis() throws Exception {
        await(stores.redis().send(Request.cmd(Command.FLUSHALL)));
    }

    private static int fromTheNewest(Step step, List<?> all) {
        return Math.max(0, all.size() - 1 - step.which);
    }

    private static String reason(JsonNode answer) {
        return answer.at("/error/reason").asText(null);
    }

    private void finish() throws Exception {
        EnvelopeNode node = nodes.get(0);
        for (Model model : envelopes) {
            Map<UserId, Long> claims = new HashMap<>();
            model.claims.forEach((who, amount) -> claims.put(people.get(who), amount));
            assertThat(node.claims(model.id)).as(gate.name()).isEqualTo(claims);
            assertThat(node.state(model.id).refundedAt() != null).as(gate.name()).isEqualTo(model.settled);
        }
        assertThat(node.wrong()).as(gate.name()).isEmpty();
    }
}
