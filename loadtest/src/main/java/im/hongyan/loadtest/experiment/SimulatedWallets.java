package im.hongyan.loadtest.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.money.LedgerSnapshot;
import im.hongyan.loadtest.money.LedgerSnapshot.Envelope;
import im.hongyan.loadtest.money.LedgerSnapshot.Line;
import im.hongyan.loadtest.money.LedgerSnapshot.Share;
import im.hongyan.loadtest.money.LedgerSnapshot.Wallet;
import im.hongyan.loadtest.money.MoneyHistory;
import im.hongyan.loadtest.money.MoneyHistory.Answer;
import im.hongyan.loadtest.money.MoneyHistory.Settled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * Users with money, in groups, and everything that the server answers them about it. Methods block unless they return
 * a future.
 */
final class SimulatedWallets implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration GATHER = Duration.ofMinutes(4);
    /** The maximum of concurrent requests when many users send the same request. */
    private static final int AT_ONCE = 200;

    private static final int LOOPS = 4;
    private static final int PAGE = 100;

    /** @param id of the conversation */
    record Group(String id, List<SimulatedWallet> members) {}

    private final Random random;
    private final MoneyHistory history = new MoneyHistory();
    private final LongAdder internal = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger unknown = new AtomicInteger();
    private final List<SimulatedWallet> users = new ArrayList<>();
    private final List<Group> groups = new ArrayList<>();
    private int ids;

    private SimulatedWallets(long seed) {
        this.random = new Random(seed);
    }

    /** Connects users and gives each the same amount. */
    static SimulatedWallets gather(Cluster cluster, int count, long seed) {
        SimulatedWallets wallets = new SimulatedWallets(seed);
        List<Context> loops = new ArrayList<>();
        for (int i = 0; i < LOOPS; i++) {
            loops.add(((VertxInternal) cluster.vertx()).createEventLoopContext());
        }
        for (Credentials who : cluster.users(count)) {
            Context loop = loops.get(wallets.users.size() % LOOPS);
            wallets.users.add(new SimulatedWallet(cluster, who, loop, wallets.random.nextLong(), wallets.internal));
        }
        wallets.each(wallets.users, "connecting", wallet -> wallet.connect(PATIENCE));
        return wallets;
    }

    /** Creates one group after the other, so that no user is in two. */
    SimulatedWallets groupsOf(int size) {
        for (int from = 0; from + size <= users.size(); from += size) {
            group(users.subList(from, from + size));
        }
        return this;
    }

    SimulatedWallets groups(int count, int size) {
        RandomGroups.groups(users, count, size, random).forEach(this::group);
        return this;
    }

    private void group(List<SimulatedWallet> members) {
        Map<String, Object> group = Map.of(
                "clientId",
                nextId(),
                "title",
                "wallets " + groups.size(),
                "members",
                members.stream().skip(1).map(SimulatedWallet::user).toList());
        String id = Await.result(members.get(0).ask("group.create", group, PATIENCE), GATHER, "a group")
                .at("/conversation/id")
                .asText();
        groups.add(new Group(id, List.copyOf(members)));
    }

    List<SimulatedWallet> users() {
        return users;
    }

    List<Group> groups() {
        return groups;
    }

    MoneyHistory history() {
        return history;
    }

    Random random() {
        return random;
    }

    /** Requests that wait for an answer. */
    int open() {
        return open.get();
    }

    /** Requests that were not answered in time. */
    int unknown() {
        return unknown.get();
    }

    long internal() {
        return internal.sum();
    }

    long refused() {
        return refused.sum();
    }

    synchronized String nextId() {
        return "money-" + ++ids;
    }

    void topUp(List<SimulatedWallet> some, long amount) {
        each(some, "topping up", wallet -> {
            Map<String, Object> topUp = Map.of("amount", amount, "key", nextId());
            return counted(wallet.post("/api/v1/wallet/top-ups", topUp, PATIENCE))
                    .onSuccess(answer -> history.toppedUp(answer.path("topUp").asText(), wallet.user(), amount));
        });
    }

    /** @return the envelope's id */
    Future<String> send(SimulatedWallet sender, Group group, String kind, long each, int count) {
        Map<String, Object> envelope = new HashMap<>();
        envelope.put("conversation", group.id);
        envelope.put("clientId", nextId());
        envelope.put("kind", kind);
        envelope.put("count", count);
        envelope.put(kind.equals("equal") ? "amountEach" : "amount", kind.equals("equal") ? each : each * count);
        return counted(sender.ask("envelope.send", envelope, PATIENCE)).map(answer -> {
            String id = answer.path("envelope").asText();
            history.sent(id, sender.user(), each * count, count);
            return id;
        });
    }

    Future<Answer> open(SimulatedWallet opener, String envelope) {
        return counted(opener.ask("envelope.open", Map.of("envelope", envelope), PATIENCE))
                .map(answer -> {
                    Answer outcome =
                            Answer.valueOf(answer.path("outcome").asText().toUpperCase(Locale.ROOT));
                    history.opened(
                            envelope,
                            opener.user(),
                            outcome,
                            answer.path("amount").asLong());
                    return outcome;
                });
    }

    /** Counts as one of the {@link #open} requests from now on. */
    Future<Answer> openLater(SimulatedWallet opener, String envelope, Duration delay) {
        open.incrementAndGet();
        return opener.later(delay).compose(none -> {
            Future<Answer> answer = open(opener, envelope);
            open.decrementAndGet();
            return answer;
        });
    }

    /** @return the transfer's id */
    Future<String> transfer(SimulatedWallet from, SimulatedWallet to, long amount) {
        Map<String, Object> transfer = Map.of("to", to.user(), "amount", amount, "clientId", nextId());
        return counted(from.ask("wallet.transfer", transfer, PATIENCE)).map(answer -> {
            String id = answer.path("transfer").asText();
            history.transferred(id, from.user(), to.user(), amount);
            return id;
        });
    }

    Future<Void> settle(SimulatedWallet recipient, String transfer, Settled how) {
        String type = how == Settled.ACCEPTED ? "wallet.accept" : "wallet.refuse";
        return counted(recipient.ask(type, Map.of("transfer", transfer), PATIENCE))
                .onSuccess(done -> history.settled(transfer, how))
                .mapEmpty();
    }

    private <T> Future<T> counted(Future<T> answer) {
        open.incrementAndGet();
        return answer.onComplete(done -> {
            open.decrementAndGet();
            if (done.failed()) {
                (done.cause() instanceof ChatError
                                ? (Runnable) refused::increment
                                : (Runnable) unknown::incrementAndGet)
                        .run();
            }
        });
    }

    /** Everything that the server shows about the envelopes and transfers that it answered, and about all wallets. */
    LedgerSnapshot ledgerSnapshot() {
        Map<String, SimulatedWallet> byUser = new HashMap<>();
        users.forEach(wallet -> byUser.put(wallet.user(), wallet));
        List<Envelope> envelopes = each(history.sent(), "envelopes", sent -> byUser.get(sent.sender())
                .ask("envelope.view", Map.of("envelope", sent.envelope()), PATIENCE)
                .map(SimulatedWallets::envelope));
        return new LedgerSnapshot(envelopes, each(users, "wallets", SimulatedWallets::wallet));
    }

    private static Envelope envelope(JsonNode view) {
        List<Share> shares = new ArrayList<>();
        view.path("openers")
                .forEach(opener -> shares.add(new Share(
                        opener.path("user").asText(), opener.path("amount").asLong())));
        return new Envelope(
                view.path("envelope").asText(),
                view.path("sender").asText(),
                view.path("total").asLong(),
                view.path("count").asInt(),
                view.path("state").asText(),
                shares);
    }

    private static Future<Wallet> wallet(SimulatedWallet wallet) {
        List<Line> lines = new ArrayList<>();
        return statement(wallet, null, lines)
                .compose(none -> wallet.ask("wallet.balance", Map.of(), PATIENCE))
                .map(answer -> new Wallet(wallet.user(), answer.path("balance").asLong(), lines));
    }

    private static Future<Void> statement(SimulatedWallet wallet, String cursor, List<Line> lines) {
        Map<String, Object> page = new HashMap<>(Map.of("limit", PAGE));
        if (cursor != null) {
            page.put("cursor", cursor);
        }
        return wallet.ask("wallet.statement", page, PATIENCE).compose(answer -> {
            answer.path("postings")
                    .forEach(line -> lines.add(new Line(
                            line.path("kind").asText(),
                            line.path("ref").asText(),
                            line.path("amount").asLong())));
            return answer.hasNonNull("cursor")
                    ? statement(wallet, answer.get("cursor").asText(), lines)
                    : Future.succeededFuture();
        });
    }

    /** Sends the same request for each user, a limited number at a time. Returns the answers in order. */
    <A, B> List<B> each(List<A> some, String what, Function<A, Future<B>> question) {
        Semaphore room = new Semaphore(AT_ONCE);
        List<Future<B>> answers = new ArrayList<>();
        try {
            for (A one : some) {
                if (!room.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    throw new ExperimentFailure(what + ": no answers");
                }
                answers.add(question.apply(one).onComplete(done -> room.release()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExperimentFailure("interrupted", e);
        }
        Await.result(Future.all(answers), GATHER, what);
        return answers.stream().map(Future::result).toList();
    }

    @Override
    public void close() {
        users.forEach(SimulatedWallet::close);
    }
}
