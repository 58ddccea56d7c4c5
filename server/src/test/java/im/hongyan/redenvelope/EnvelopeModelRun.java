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
 * Runs random steps on two nodes with one kind of share allocator, and on a simple model. After each step, the answers
 * and the balances must be those of the model.
 */
final class EnvelopeModelRun {
    static final int USERS = 4;
    static final int NODES = 2;
    private static final long INITIAL_BALANCE = 500;
    /** Short, because some faulty allocators never let all shares be claimed. */
    private static final Duration PATIENCE = Duration.ofMillis(30);

    enum Action {
        SEND_DIRECT,
        SEND_LUCKY,
        SEND_EQUAL,
        SEND_EXCLUSIVE,
        RETRY,
        REUSE_CLIENT_ID,
        OPEN,
        EXPIRE,
        REFUND,
        TRANSFER,
        TOP_UP,
        JOIN,
        LEAVE,
        FLUSH_REDIS
    }

    /**
     * @param node the node that handles the request
     * @param actor the index of the acting user
     * @param target the index of the recipient
     * @param which selects an envelope, a request or a key, counted from the newest
     */
    record Step(Action action, int node, int actor, int target, int which, int amount) {}

    /** A request and its answer, which a retry must get again. */
    private record Asked(int actor, String type, Map<String, Object> data, JsonNode answer) {}

    private record ToppedUp(long amount, String answer) {}

    /** The model's state of an envelope. */
    private static final class Model {
        final EnvelopeId id;
        final Action kind;
        final int sender;
        final int recipient;
        /** The users who were members when it was sent. Only they can see it. */
        final boolean[] audience;

        final List<Long> left;
        final Map<Integer, Long> claims = new HashMap<>();
        boolean late;
        boolean settled;

        Model(EnvelopeId id, Action kind, int sender, int recipient, boolean[] audience, List<Long> shares) {
            this.id = id;
            this.kind = kind;
            this.sender = sender;
            this.recipient = recipient;
            this.audience = audience;
            this.left = new ArrayList<>(shares);
        }

        long remaining() {
            return left.stream().mapToLong(Long::longValue).sum();
        }
    }

    private final StoresExtension stores;
    private final FaultyShareAllocator allocator;
    private final List<EnvelopeNode> nodes;
    private final List<EnvelopeOpening> openings = new ArrayList<>();
    private final UserId owner = EnvelopeNode.newUser();
    private final List<UserId> users = EnvelopeNode.newUsers(USERS);
    private final long[] balances = new long[USERS];
    private final boolean[] members = new boolean[USERS];
    private final List<Model> envelopes = new ArrayList<>();
    private final List<Asked> asked = new ArrayList<>();
    private final Map<String, ToppedUp> topUps = new HashMap<>();
    private final String group;

    EnvelopeModelRun(StoresExtension stores, List<EnvelopeNode> nodes, FaultyShareAllocator allocator)
            throws Exception {
        this.stores = stores;
        this.nodes = nodes;
        this.allocator = allocator;
        for (EnvelopeNode node : nodes) {
            openings.add(node.opening(allocator.of(stores), Duration.ofSeconds(15), PATIENCE));
        }
        flushRedis();
        group = nodes.get(0).group(owner, users);
        Arrays.fill(members, true);
        Arrays.fill(balances, INITIAL_BALANCE);
        for (UserId user : users) {
            nodes.get(0).fund(user, INITIAL_BALANCE);
        }
    }

    void take(List<Step> steps) throws Exception {
        for (Step step : steps) {
            take(step);
            matchesModel(step);
        }
        finish();
    }

    private void take(Step step) throws Exception {
        switch (step.action) {
            case SEND_DIRECT, SEND_LUCKY, SEND_EQUAL, SEND_EXCLUSIVE -> send(step);
            case RETRY -> retry(step);
            case REUSE_CLIENT_ID -> reuseClientId(step);
            case OPEN -> open(step);
            case EXPIRE -> timePasses(step);
            case REFUND -> settle();
            case TRANSFER -> transfer(step);
            case TOP_UP -> topUp(step);
            case JOIN -> join(step);
            case LEAVE -> leave(step);
            case FLUSH_REDIS -> flushRedis();
        }
    }

    private void matchesModel(Step step) throws Exception {
        Map<UUID, Long> right = new HashMap<>();
        for (int i = 0; i < USERS; i++) {
            right.put(users.get(i).value(), balances[i]);
        }
        for (Model model : envelopes) {
            right.put(model.id.value(), model.settled ? 0 : model.remaining());
        }
        assertThat(nodes.get(0).balances(right.keySet())).as(context(step)).isEqualTo(right);
    }

    private String context(Step step) {
        return allocator + ": " + step;
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
        UserId sender = users.get(step.actor);
        UserId recipient = users.get(step.target);
        // A direct conversation with oneself does not exist, so this one goes to the group, which does not allow the
        // kind.
        boolean astray = step.action == Action.SEND_DIRECT && step.actor == step.target;
        boolean inGroup = step.action != Action.SEND_DIRECT || astray;
        Map<String, Object> data = new HashMap<>(Map.of("clientId", EnvelopeNode.newClientId(), "greeting", "model"));
        data.put("conversation", inGroup ? group : node(step).direct(sender, recipient));
        switch (step.action) {
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
        if (inGroup && !members[step.actor]) {
            refusal = "conversation.not_member";
        } else if (astray) {
            refusal = "envelope.kind";
        } else if (step.action == Action.SEND_EXCLUSIVE && (step.actor == step.target || !members[step.target])) {
            refusal = "member.not_found";
        } else if (balances[step.actor] < amount) {
            refusal = "wallet.insufficient";
        }
        assertThat(reason(answer)).as(context(step)).isEqualTo(refusal);
        if (refusal == null) {
            balances[step.actor] -= amount;
            asked.add(new Asked(step.actor, "envelope.send", data, answer.get("data")));
            EnvelopeId id = EnvelopeId.of(answer.at("/data/envelope").asText());
            List<Long> shares = node(step).state(id).shares();
            assertThat(shares.stream().mapToLong(Long::longValue).sum()).isEqualTo(amount);
            envelopes.add(new Model(id, step.action, step.actor, step.target, members.clone(), shares));
        }
    }

    /** Repeats a request on both nodes concurrently. */
    private void retry(Step step) throws Exception {
        if (!asked.isEmpty()) {
            Asked first = asked.get(fromTheNewest(step, asked));
            List<Future<JsonNode>> again = new ArrayList<>();
            for (EnvelopeNode node : nodes) {
                again.add(node.asking(users.get(first.actor), first.type, first.data));
            }
            await(Future.join(again));
            assertThat(again).as(context(step)).allSatisfy(answer -> assertThat(
                            answer.result().get("data"))
                    .isEqualTo(first.answer));
        }
    }

    /** Sends another request with the client id of an earlier one. */
    private void reuseClientId(Step step) throws Exception {
        if (!asked.isEmpty()) {
            Asked first = asked.get(fromTheNewest(step, asked));
            Map<String, Object> data = new HashMap<>(first.data);
            String amount = data.containsKey("amount") ? "amount" : "amountEach";
            data.put(amount, ((Number) data.get(amount)).longValue() + 1);
            JsonNode answer = await(node(step).asking(users.get(first.actor), first.type, data));
            assertThat(reason(answer)).as(context(step)).isEqualTo("client_id.reused");
        }
    }

    private void open(Step step) throws Exception {
        if (envelopes.isEmpty()) {
            return;
        }
        Model model = envelopes.get(fromTheNewest(step, envelopes));
        UserId user = users.get(step.actor);
        String answer = allocator == FaultyShareAllocator.REAL
                ? node(step).open(user, model.id)
                : node(step).open(openings.get(step.node), user, model.id);
        Collection<String> right = refused(step.actor, model);
        Long mine = model.claims.get(step.actor);
        if (right.isEmpty() && mine != null) {
            right = List.of("already " + mine);
        } else if (right.isEmpty() && !isMember(step.actor, model)) {
            // A former member may get the final result from a cache.
            right = model.left.isEmpty()
                    ? List.of("envelope.not_found", "empty")
                    : model.late ? List.of("envelope.not_found", "expired") : List.of("envelope.not_found");
        } else if (right.isEmpty() && model.left.isEmpty()) {
            right = List.of("empty");
        } else if (right.isEmpty() && model.late) {
            right = List.of("expired");
        }
        if (!right.isEmpty()) {
            assertThat(answer).as(context(step)).isIn(right);
        } else {
            assertThat(answer).as(context(step)).startsWith("opened ");
            long amount = Long.parseLong(answer.substring("opened ".length()));
            assertThat(model.left.remove(amount)).as(answer).isTrue();
            model.claims.put(step.actor, amount);
            balances[step.actor] += amount;
        }
    }

    /** The possible reasons if the envelope is for another user; empty if the user may open it. */
    private Collection<String> refused(int actor, Model model) {
        if (model.kind == Action.SEND_DIRECT && actor != model.recipient) {
            return List.of(actor == model.sender ? "envelope.own" : "envelope.not_found");
        }
        if (model.kind != Action.SEND_DIRECT && !model.audience[actor]) {
            return List.of("envelope.not_found");
        }
        if (model.kind == Action.SEND_EXCLUSIVE && actor != model.recipient) {
            // A node may have a cached list of members from before the user left.
            return members[actor]
                    ? List.of("envelope.not_recipient")
                    : List.of("envelope.not_recipient", "envelope.not_found");
        }
        return List.of();
    }

    private boolean isMember(int actor, Model model) {
        return model.kind == Action.SEND_DIRECT || members[actor];
    }

    private void timePasses(Step step) throws Exception {
        if (!envelopes.isEmpty()) {
            Model model = envelopes.get(fromTheNewest(step, envelopes));
            node(step).expire(model.id);
            model.late = true;
        }
    }

    /** On both nodes concurrently. */
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

    /** The recipient accepts or refuses on the other node. */
    private void transfer(Step step) throws Exception {
        long amount = 1L + step.amount;
        Map<String, Object> data =
                Map.of("to", users.get(step.target).text(), "amount", amount, "clientId", EnvelopeNode.newClientId());
        JsonNode answer = await(node(step).asking(users.get(step.actor), "wallet.transfer", data));
        String refusal = null;
        if (step.actor == step.target) {
            refusal = "conversation.self";
        } else if (balances[step.actor] < amount) {
            refusal = "wallet.insufficient";
        }
        assertThat(reason(answer)).as(context(step)).isEqualTo(refusal);
        if (refusal == null) {
            asked.add(new Asked(step.actor, "wallet.transfer", data, answer.get("data")));
            boolean accepted = step.which > 0;
            otherNode(step)
                    .ask(
                            users.get(step.target),
                            accepted ? "wallet.accept" : "wallet.refuse",
                            Map.of("transfer", answer.at("/data/transfer").asText()));
            if (accepted) {
                balances[step.actor] -= amount;
                balances[step.target] += amount;
            }
        }
    }

    /** Keys are repeated, with the same amount or another one. */
    private void topUp(Step step) throws Exception {
        long amount = 1L + step.amount % 3;
        String key = "key " + step.which;
        String answer = node(step).topUp(users.get(step.actor), amount, key);
        ToppedUp first = topUps.putIfAbsent(step.actor + " " + key, new ToppedUp(amount, answer));
        if (first == null) {
            balances[step.actor] += amount;
        } else {
            assertThat(answer).as(context(step)).isEqualTo(first.amount == amount ? first.answer : "key.reused");
        }
    }

    private void join(Step step) throws Exception {
        if (!members[step.actor]) {
            Map<String, Object> data = Map.of(
                    "conversation",
                    group,
                    "users",
                    List.of(users.get(step.actor).text()));
            node(step).ask(owner, "group.add", data);
            members[step.actor] = true;
        }
    }

    private void leave(Step step) throws Exception {
        if (members[step.actor]) {
            node(step).ask(users.get(step.actor), "group.leave", Map.of("conversation", group));
            members[step.actor] = false;
        }
    }

    private void flushRedis() throws Exception {
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
            model.claims.forEach((actor, amount) -> claims.put(users.get(actor), amount));
            assertThat(node.claims(model.id)).as(allocator.name()).isEqualTo(claims);
            assertThat(node.state(model.id).refundedAt() != null)
                    .as(allocator.name())
                    .isEqualTo(model.settled);
        }
        assertThat(node.wrong()).as(allocator.name()).isEmpty();
    }
}
