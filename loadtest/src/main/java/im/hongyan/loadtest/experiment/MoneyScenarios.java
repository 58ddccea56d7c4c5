package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.experiment.SimulatedWallets.Group;
import im.hongyan.loadtest.money.MoneyChecker;
import im.hongyan.loadtest.money.MoneyHistory.Answer;
import im.hongyan.loadtest.money.MoneyHistory.Opening;
import im.hongyan.loadtest.money.MoneyHistory.Settled;
import im.hongyan.loadtest.money.MoneyVerdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/** Scenarios with red envelopes, transfers and the ledger, in which nodes and stores are killed. */
final class MoneyScenarios {
    /** Seconds until an envelope or a transfer expires, so that a run includes that too. */
    private static final int EXPIRES_SECONDS = 45;

    static final Map<String, String> SETTINGS = Map.of(
            "HONGYAN_ENVELOPE_EXPIRY_SECONDS", Integer.toString(EXPIRES_SECONDS),
            "HONGYAN_WALLET_TRANSFER_EXPIRY_SECONDS", Integer.toString(EXPIRES_SECONDS),
            "HONGYAN_WALLET_MAX_DAILY_FEN", "2000000000");

    private static final Duration OUTCOMES = Duration.ofMinutes(4);
    private static final Duration BACK = Duration.ofMinutes(1);
    /** The time after the last envelope has expired until all of them are refunded. */
    private static final Duration SETTLED = Duration.ofSeconds(EXPIRES_SECONDS + 60);

    private static final int SHARES = 100;
    private static final long SHARE_FEN = 123;
    private static final long WALLET_FEN = 900_000;
    private static final long TICK_MS = 50;
    /** The maximum of requests without an answer, including planned ones. */
    private static final int MAX_OPEN = 2_000;
    /** One of this many envelopes is opened at the moment of its expiry. */
    private static final int LATE = 8;

    /** What is killed, in proportion to how often it is listed. */
    private enum Kill {
        NODE("kill -9 of a node"),
        NODE_AGAIN("kill -9 of a node"),
        POSTGRES("kill -9 of PostgreSQL"),
        REDIS("kill -9 of Redis"),
        FLUSH("FLUSHALL of Redis");

        private final String what;

        Kill(String what) {
            this.what = what;
        }
    }

    /** How often each was killed. Each must have been killed. */
    static final int KINDS = Kill.values().length;

    private MoneyScenarios() {}

    /** Scenario 18: a crowd in each group with one envelope each, and all of them at once. */
    static Outcome crowd(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("18");
        int shares = Math.min(SHARES, scale.crowd() / 3);
        int openers = scale.groups() * scale.crowd();
        try (SimulatedWallets wallets =
                SimulatedWallets.gather(cluster, openers, scale.seed()).groupsOf(scale.crowd())) {
            List<String> envelopes = new ArrayList<>();
            for (Group group : wallets.groups()) {
                SimulatedWallet sender = group.members().get(0);
                wallets.topUp(List.of(sender), SHARE_FEN * shares);
                envelopes.add(Await.result(
                        wallets.send(sender, group, "lucky", SHARE_FEN, shares), OUTCOMES, "sending an envelope"));
            }
            long began = System.nanoTime();
            for (int i = 0; i < scale.crowd(); i++) {
                for (int group = 0; group < envelopes.size(); group++) {
                    wallets.open(wallets.groups().get(group).members().get(i), envelopes.get(group));
                }
            }
            int node = killed(wallets, openers / 50, () -> killNode(cluster, 2));
            int database = killed(wallets, openers / 10, () -> killPostgres(cluster));
            Await.until(() -> wallets.open() == 0, OUTCOMES);
            outcome.figure(
                    "%d openers of %d envelopes with %d shares each; node2 killed after %d answers, PostgreSQL after"
                            + " %d; the last answer after %.1f s",
                    openers, envelopes.size(), shares, node, database, Await.seconds(began));
            outcome.must(database < openers, "both were killed before all were answered");
            List<Opening> first = wallets.history().openings();
            outcome.must(first.size() == openers, first.size() + " of " + openers + " were answered");
            cluster.awaitWhole(BACK);
            for (int group = 0; group < envelopes.size(); group++) {
                String envelope = envelopes.get(group);
                wallets.each(wallets.groups().get(group).members(), "asking again", who -> wallets.open(who, envelope));
            }
            outcome.must(
                    answers(wallets, Answer.ALREADY) >= (long) shares * envelopes.size(),
                    "a retry by a user with a share gets the same share");
            judge(outcome, cluster, wallets);
            outcome.must(
                    wallets.ledgerSnapshot().envelopes().stream()
                            .allMatch(e -> e.shares().size() == shares
                                    && e.shares().stream()
                                                    .mapToLong(share -> share.amount())
                                                    .sum()
                                            == SHARE_FEN * shares),
                    "exactly " + shares + " shares of each were claimed, with the exact sum");
        }
        return outcome;
    }

    /** Waits until this number of requests are answered. Returns how many were answered. */
    private static int killed(SimulatedWallets wallets, int answers, Runnable kill) {
        Await.require(() -> wallets.history().openings().size() >= answers, OUTCOMES, "the first answers");
        kill.run();
        return wallets.history().openings().size();
    }

    /** Kills one process after the other, as often as the scale says, while users send, open and transfer. */
    static Outcome kills(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("money");
        outcome.figure("seed %d", scale.seed());
        Random random = new Random(scale.seed());
        Map<Kill, Integer> kills = new EnumMap<>(Kill.class);
        try (SimulatedWallets wallets = SimulatedWallets.gather(cluster, scale.users(), scale.seed())
                .groups(scale.groups(), scale.groupSize())) {
            wallets.topUp(wallets.users(), WALLET_FEN);
            long timer = cluster.vertx().setPeriodic(TICK_MS, tick -> spend(wallets, scale.rate() / 150.0));
            List<Kill> next = new ArrayList<>();
            for (int done = 0; done < scale.kills(); done++) {
                Await.pause(Duration.ofMillis(1_500 + random.nextInt(3_000)));
                if (next.isEmpty()) {
                    next.addAll(List.of(Kill.values()));
                    Collections.shuffle(next, random);
                }
                Kill kill = next.remove(0);
                kill(kill, cluster, random);
                kills.merge(kill, 1, Integer::sum);
            }
            Await.pause(Duration.ofSeconds(2));
            cluster.vertx().cancelTimer(timer);
            cluster.mend();
            Await.until(() -> wallets.open() == 0, OUTCOMES);
            outcome.figure(
                    "%s",
                    kills.entrySet().stream()
                            .collect(Collectors.groupingBy(
                                    kill -> kill.getKey().what, Collectors.summingInt(Map.Entry::getValue))));
            for (Answer answer : Answer.values()) {
                outcome.figure("%d answers %s", answers(wallets, answer), answer);
                outcome.must(answers(wallets, answer) > 0, "at least one answer was " + answer);
            }
            judge(outcome, cluster, wallets);
        }
        return outcome;
    }

    private static long answers(SimulatedWallets wallets, Answer answer) {
        return wallets.history().openings().stream()
                .filter(opening -> opening.answer() == answer)
                .count();
    }

    private static void kill(Kill kill, Cluster cluster, Random random) {
        // A node that does not find the others exits, and the operator's supervisor would restart it.
        cluster.nodes().stream().filter(node -> !node.process().isAlive()).forEach(cluster::restart);
        switch (kill) {
            case NODE, NODE_AGAIN -> {
                Await.require(
                        () -> cluster.nodes().stream().filter(Node::isReady).count() > 1, BACK, "two nodes are ready");
                List<Node> ready =
                        cluster.nodes().stream().filter(Node::isReady).toList();
                killNode(
                        cluster,
                        (ready.isEmpty() ? cluster.node(1) : ready.get(random.nextInt(ready.size()))).number());
            }
            case POSTGRES -> killPostgres(cluster);
            case REDIS -> {
                Await.require(() -> RedisConnection.answers(cluster.redisUrl()), BACK, "Redis is back");
                Commands.run("kill", "-KILL", Long.toString(cluster.redisPid()));
            }
            case FLUSH -> {
                Await.require(() -> RedisConnection.answers(cluster.redisUrl()), BACK, "Redis is back");
                try (RedisConnection redis = RedisConnection.open(cluster.redisUrl())) {
                    redis.send("FLUSHALL");
                }
            }
        }
    }

    private static void killNode(Cluster cluster, int number) {
        Node node = cluster.node(number);
        node.process().kill();
        cluster.restart(node);
    }

    private static void killPostgres(Cluster cluster) {
        Await.require(cluster::isPostgresUp, BACK, "PostgreSQL is back");
        Commands.run("kill", "-KILL", Long.toString(cluster.postgresPid()));
    }

    /** On an event loop: a user sends an envelope, others open it, and users transfer money. */
    private static void spend(SimulatedWallets wallets, double chance) {
        Random random = wallets.random();
        if (wallets.open() > MAX_OPEN || random.nextDouble() > chance) {
            return;
        }
        Group group = wallets.groups().get(random.nextInt(wallets.groups().size()));
        List<SimulatedWallet> members = group.members();
        SimulatedWallet one = members.get(random.nextInt(members.size()));
        if (random.nextInt(3) == 0) {
            SimulatedWallet other = members.get((members.indexOf(one) + 1) % members.size());
            int fate = random.nextInt(10);
            wallets.transfer(one, other, 1 + random.nextInt(500)).onSuccess(transfer -> {
                if (fate < 8) {
                    wallets.settle(other, transfer, fate < 6 ? Settled.ACCEPTED : Settled.REFUSED);
                }
            });
            return;
        }
        // One of a few envelopes is opened by some users only, so that a part is refunded.
        int openers = random.nextInt(3) == 0 ? members.size() / 3 : members.size();
        int count = 1 + random.nextInt(members.size());
        String kind = random.nextBoolean() ? "lucky" : "equal";
        boolean late = wallets.history().envelopes() % LATE == 0;
        List<Integer> delays = members.stream()
                .map(member -> random.nextInt(1_500) + (late ? EXPIRES_SECONDS * 1_000 - 750 : 0))
                .toList();
        boolean again = random.nextInt(4) == 0;
        wallets.send(one, group, kind, 1 + random.nextInt(300), count)
                .onSuccess(envelope -> members.stream().limit(openers).forEach(opener -> {
                    int delay = delays.get(members.indexOf(opener));
                    wallets.openLater(opener, envelope, Duration.ofMillis(delay))
                            .onSuccess(answer -> {
                                if (again) {
                                    wallets.open(opener, envelope);
                                }
                            });
                }));
    }

    private static void judge(Outcome outcome, Cluster cluster, SimulatedWallets wallets) {
        outcome.must(wallets.unknown() == 0, wallets.unknown() + " requests without an answer");
        outcome.must(wallets.internal() == 0, wallets.internal() + " answers with an internal error");
        outcome.figure("%d errors", wallets.refused());
        MoneyVerdict[] verdict = {MoneyChecker.check(wallets.history(), wallets.ledgerSnapshot())};
        // The rest of envelopes is refunded when they expire.
        Await.until(
                () -> {
                    if (!verdict[0].holds()) {
                        verdict[0] = MoneyChecker.check(wallets.history(), wallets.ledgerSnapshot());
                    }
                    return verdict[0].holds();
                },
                SETTLED);
        outcome.must(verdict[0].holds(), verdict[0].toString());
        outcome.must(cluster.reconciles(), "hongyan reconcile: the ledger balances");
    }
}
