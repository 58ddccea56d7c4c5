package im.hongyan.loadtest.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.money.Books;
import im.hongyan.loadtest.money.Books.Envelope;
import im.hongyan.loadtest.money.Books.Line;
import im.hongyan.loadtest.money.Books.Share;
import im.hongyan.loadtest.money.Books.Wallet;
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

/** People with money, in groups, and all that they are told of it. Methods block unless they return a future. */
final class Purses implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration GATHER = Duration.ofMinutes(4);
    /** Questions under way at once, where many are asked the same. */
    private static final int AT_ONCE = 200;

    private static final int LOOPS = 4;
    private static final int PAGE = 100;

    /** @param id of the conversation */
    record Group(String id, List<Purse> members) {}

    private final Random random;
    private final MoneyHistory told = new MoneyHistory();
    private final LongAdder internal = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger unknown = new AtomicInteger();
    private final List<Purse> people = new ArrayList<>();
    private final List<Group> groups = new ArrayList<>();
    private int ids;

    private Purses(long seed) {
        this.random = new Random(seed);
    }

    /** People who are connected, each with the same amount. */
    static Purses gather(Cluster cluster, int count, long seed) {
        Purses purses = new Purses(seed);
        List<Context> loops = new ArrayList<>();
        for (int i = 0; i < LOOPS; i++) {
            loops.add(((VertxInternal) cluster.vertx()).createEventLoopContext());
        }
        for (Credentials who : cluster.people(count)) {
            Context loop = loops.get(purses.people.size() % LOOPS);
            purses.people.add(new Purse(cluster, who, loop, purses.random.nextLong(), purses.internal));
        }
        purses.each(purses.people, "connecting", purse -> purse.connect(PATIENCE));
        return purses;
    }

    /** One after the other, so that nobody is in two. */
    Purses groupsOf(int size) {
        for (int from = 0; from + size <= people.size(); from += size) {
            group(people.subList(from, from + size));
        }
        return this;
    }

    Purses groups(int count, int size) {
        Deal.groups(people, count, size, random).forEach(this::group);
        return this;
    }

    private void group(List<Purse> members) {
        Map<String, Object> group = Map.of(
                "clientId",
                nextId(),
                "title",
                "purses " + groups.size(),
                "members",
                members.stream().skip(1).map(Purse::user).toList());
        String id = Await.result(members.get(0).ask("group.create", group, PATIENCE), GATHER, "a group")
                .at("/conversation/id")
                .asText();
        groups.add(new Group(id, List.copyOf(members)));
    }

    List<Purse> people() {
        return people;
    }

    List<Group> groups() {
        return groups;
    }

    MoneyHistory told() {
        return told;
    }

    Random random() {
        return random;
    }

    /** Questions whose answer is awaited. */
    int open() {
        return open.get();
    }

    /** Questions that were not answered in time. */
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

    void topUp(List<Purse> some, long amount) {
        each(some, "topping up", purse -> {
            Map<String, Object> topUp = Map.of("amount", amount, "key", nextId());
            return counted(purse.post("/api/v1/wallet/top-ups", topUp, PATIENCE))
                    .onSuccess(answer -> told.toppedUp(answer.path("topUp").asText(), purse.user(), amount));
        });
    }

    /** @return the envelope's id */
    Future<String> send(Purse sender, Group group, String kind, long each, int count) {
        Map<String, Object> envelope = new HashMap<>();
        envelope.put("conversation", group.id);
        envelope.put("clientId", nextId());
        envelope.put("kind", kind);
        envelope.put("count", count);
        envelope.put(kind.equals("equal") ? "amountEach" : "amount", kind.equals("equal") ? each : each * count);
        return counted(sender.ask("envelope.send", envelope, PATIENCE)).map(answer -> {
            String id = answer.path("envelope").asText();
            told.sent(id, sender.user(), each * count, count);
            return id;
        });
    }

    Future<Answer> open(Purse opener, String envelope) {
        return counted(opener.ask("envelope.open", Map.of("envelope", envelope), PATIENCE))
                .map(answer -> {
                    Answer outcome =
                            Answer.valueOf(answer.path("outcome").asText().toUpperCase(Locale.ROOT));
                    told.opened(
                            envelope,
                            opener.user(),
                            outcome,
                            answer.path("amount").asLong());
                    return outcome;
                });
    }

    /** Is one of the {@link #open} questions from now on. */
    Future<Answer> openLater(Purse opener, String envelope, Duration delay) {
        open.incrementAndGet();
        return opener.later(delay).compose(none -> {
            Future<Answer> answer = open(opener, envelope);
            open.decrementAndGet();
            return answer;
        });
    }

    /** @return the transfer's id */
    Future<String> transfer(Purse from, Purse to, long amount) {
        Map<String, Object> transfer = Map.of("to", to.user(), "amount", amount, "clientId", nextId());
        return counted(from.ask("wallet.transfer", transfer, PATIENCE)).map(answer -> {
            String id = answer.path("transfer").asText();
            told.transferred(id, from.user(), to.user(), amount);
            return id;
        });
    }

    Future<Void> settle(Purse recipient, String transfer, Settled how) {
        String type = how == Settled.ACCEPTED ? "wallet.accept" : "wallet.refuse";
        return counted(recipient.ask(type, Map.of("transfer", transfer), PATIENCE))
                .onSuccess(done -> told.settled(transfer, how))
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

    /** All that the server shows of what it has told, and of everybody's wallet. */
    Books books() {
        Map<String, Purse> byUser = new HashMap<>();
        people.forEach(purse -> byUser.put(purse.user(), purse));
        List<Envelope> envelopes = each(told.sent(), "envelopes", sent -> byUser.get(sent.sender())
                .ask("envelope.view", Map.of("envelope", sent.envelope()), PATIENCE)
                .map(Purses::envelope));
        return new Books(envelopes, each(people, "wallets", Purses::wallet));
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

    private static Future<Wallet> wallet(Purse purse) {
        List<Line> lines = new ArrayList<>();
        return statement(purse, null, lines)
                .compose(none -> purse.ask("wallet.balance", Map.of(), PATIENCE))
                .map(answer -> new Wallet(purse.user(), answer.path("balance").asLong(), lines));
    }

    private static Future<Void> statement(Purse purse, String cursor, List<Line> lines) {
        Map<String, Object> page = new HashMap<>(Map.of("limit", PAGE));
        if (cursor != null) {
            page.put("cursor", cursor);
        }
        return purse.ask("wallet.statement", page, PATIENCE).compose(answer -> {
            answer.path("postings")
                    .forEach(line -> lines.add(new Line(
                            line.path("kind").asText(),
                            line.path("ref").asText(),
                            line.path("amount").asLong())));
            return answer.hasNonNull("cursor")
                    ? statement(purse, answer.get("cursor").asText(), lines)
                    : Future.succeededFuture();
        });
    }

    /** Asks the same of each, not all at once; in their order. */
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
        people.forEach(Purse::close);
    }
}
