package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.experiment.Purses.Group;
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

/** Red envelopes, transfers and the ledger, while what holds them is killed. */
final class Money {
    /** Seconds until an envelope or a transfer goes back, so that a run sees that too. */
    private static final int EXPIRES_SECONDS = 45;

    static final Map<String, String> SETTINGS = Map.of(
            "HONGYAN_ENVELOPE_EXPIRY_SECONDS", Integer.toString(EXPIRES_SECONDS),
            "HONGYAN_WALLET_TRANSFER_EXPIRY_SECONDS", Integer.toString(EXPIRES_SECONDS),
            "HONGYAN_WALLET_MAX_DAILY_FEN", "2000000000");

    private static final Duration OUTCOMES = Duration.ofMinutes(4);
    private static final Duration BACK = Duration.ofMinutes(1);
    /** After the last envelope has expired, until all of them were given back. */
    private static final Duration SETTLED = Duration.ofSeconds(EXPIRES_SECONDS + 60);

    private static final int SHARES = 100;
    private static final long SHARE_FEN = 123;
    private static final long PURSE_FEN = 900_000;
    private static final long TICK_MS = 50;
    /** Questions without an answer, those to come included; no more are begun. */
    private static final int MAX_OPEN = 2_000;
    /** Of so many envelopes one is opened just when its time is over. */
    private static final int LATE = 8;

    /** What is killed, as often as it is here. */
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

    /** So often, and each of them was killed. */
    static final int KINDS = Kill.values().length;

    private Money() {}

    /** Row 18: a crowd in each group, one envelope each, and all of them at once. */
    static Outcome crowd(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("18");
        int shares = Math.min(SHARES, scale.crowd() / 3);
        int openers = scale.groups() * scale.crowd();
        try (Purses purses = Purses.gather(cluster, openers, scale.seed()).groupsOf(scale.crowd())) {
            List<String> envelopes = new ArrayList<>();
            for (Group group : purses.groups()) {
                Purse sender = group.members().get(0);
                purses.topUp(List.of(sender), SHARE_FEN * shares);
                envelopes.add(Await.result(
                        purses.send(sender, group, "lucky", SHARE_FEN, shares), OUTCOMES, "sending an envelope"));
            }
            long began = System.nanoTime();
            for (int i = 0; i < scale.crowd(); i++) {
                for (int group = 0; group < envelopes.size(); group++) {
                    purses.open(purses.groups().get(group).members().get(i), envelopes.get(group));
                }
            }
            int node = killed(purses, openers / 50, () -> killNode(cluster, 2));
            int database = killed(purses, openers / 10, () -> killPostgres(cluster));
            Await.until(() -> purses.open() == 0, OUTCOMES);
            outcome.figure(
                    "%d openers of %d envelopes with %d shares each; node2 killed after %d answers, PostgreSQL after %d; the last"
                            + " answer after %.1f s",
                    openers, envelopes.size(), shares, node, database, Await.seconds(began));
            outcome.must(database < openers, "both were killed before all were answered");
            List<Opening> first = purses.told().openings();
            outcome.must(first.size() == openers, first.size() + " of " + openers + " were told");
            cluster.awaitWhole(BACK);
            for (int group = 0; group < envelopes.size(); group++) {
                String envelope = envelopes.get(group);
                purses.each(purses.groups().get(group).members(), "asking again", who -> purses.open(who, envelope));
            }
            outcome.must(
                    told(purses, Answer.ALREADY) >= (long) shares * envelopes.size(),
                    "asked again, those who have a share are told so");
            judge(outcome, cluster, purses);
            outcome.must(
                    purses.books().envelopes().stream()
                            .allMatch(e -> e.shares().size() == shares
                                    && e.shares().stream()
                                                    .mapToLong(share -> share.amount())
                                                    .sum()
                                            == SHARE_FEN * shares),
                    "exactly " + shares + " shares of each were taken, with the exact sum");
        }
        return outcome;
    }

    /** As soon as so many were answered. How many they were. */
    private static int killed(Purses purses, int answers, Runnable kill) {
        Await.require(() -> purses.told().openings().size() >= answers, OUTCOMES, "the first answers");
        kill.run();
        return purses.told().openings().size();
    }

    /** Kills one thing after the other, for as often as the scale says, while everybody sends, opens and transfers. */
    static Outcome kills(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("money");
        outcome.figure("seed %d", scale.seed());
        Random random = new Random(scale.seed());
        Map<Kill, Integer> kills = new EnumMap<>(Kill.class);
        try (Purses purses =
                Purses.gather(cluster, scale.people(), scale.seed()).groups(scale.groups(), scale.groupSize())) {
            purses.topUp(purses.people(), PURSE_FEN);
            long timer = cluster.vertx().setPeriodic(TICK_MS, tick -> spend(purses, scale.rate() / 150.0));
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
            Await.until(() -> purses.open() == 0, OUTCOMES);
            outcome.figure(
                    "%s",
                    kills.entrySet().stream()
                            .collect(Collectors.groupingBy(
                                    kill -> kill.getKey().what, Collectors.summingInt(Map.Entry::getValue))));
            for (Answer answer : Answer.values()) {
                outcome.figure("%d told %s", told(purses, answer), answer);
                outcome.must(told(purses, answer) > 0, "somebody was told " + answer);
            }
            judge(outcome, cluster, purses);
        }
        return outcome;
    }

    private static long told(Purses purses, Answer answer) {
        return purses.told().openings().stream()
                .filter(opening -> opening.answer() == answer)
                .count();
    }

    private static void kill(Kill kill, Cluster cluster, Random random) {
        // Whoever does not find the others ends, and is started again by whatever looks after it.
        cluster.nodes().stream().filter(node -> !node.process().isAlive()).forEach(cluster::restart);
        switch (kill) {
            case NODE, NODE_AGAIN -> {
                Await.require(
                        () -> cluster.nodes().stream().filter(Node::isReady).count() > 1,
                        BACK,
                        "two nodes being ready");
                List<Node> ready =
                        cluster.nodes().stream().filter(Node::isReady).toList();
                killNode(
                        cluster,
                        (ready.isEmpty() ? cluster.node(1) : ready.get(random.nextInt(ready.size()))).number());
            }
            case POSTGRES -> killPostgres(cluster);
            case REDIS -> {
                Await.require(() -> RedisLine.answers(cluster.redisUrl()), BACK, "Redis being back");
                Commands.run("kill", "-KILL", Long.toString(cluster.redisPid()));
            }
            case FLUSH -> {
                Await.require(() -> RedisLine.answers(cluster.redisUrl()), BACK, "Redis being back");
                try (RedisLine redis = RedisLine.open(cluster.redisUrl())) {
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
        Await.require(cluster::isPostgresUp, BACK, "PostgreSQL being back");
        Commands.run("kill", "-KILL", Long.toString(cluster.postgresPid()));
    }

    /** On an event loop: somebody sends an envelope, others open it, and money changes hands. */
    private static void spend(Purses purses, double chance) {
        Random random = purses.random();
        if (purses.open() > MAX_OPEN || random.nextDouble() > chance) {
            return;
        }
        Group group = purses.groups().get(random.nextInt(purses.groups().size()));
        List<Purse> members = group.members();
        Purse one = members.get(random.nextInt(members.size()));
        if (random.nextInt(3) == 0) {
            Purse other = members.get((members.indexOf(one) + 1) % members.size());
            int fate = random.nextInt(10);
            purses.transfer(one, other, 1 + random.nextInt(500)).onSuccess(transfer -> {
                if (fate < 8) {
                    purses.settle(other, transfer, fate < 6 ? Settled.ACCEPTED : Settled.REFUSED);
                }
            });
            return;
        }
        // Every few envelopes are opened by some only, and go back to the sender in part.
        int openers = random.nextInt(3) == 0 ? members.size() / 3 : members.size();
        int count = 1 + random.nextInt(members.size());
        String kind = random.nextBoolean() ? "lucky" : "equal";
        boolean late = purses.told().envelopes() % LATE == 0;
        List<Integer> delays = members.stream()
                .map(member -> random.nextInt(1_500) + (late ? EXPIRES_SECONDS * 1_000 - 750 : 0))
                .toList();
        boolean again = random.nextInt(4) == 0;
        purses.send(one, group, kind, 1 + random.nextInt(300), count)
                .onSuccess(envelope -> members.stream().limit(openers).forEach(opener -> {
                    int delay = delays.get(members.indexOf(opener));
                    purses.openLater(opener, envelope, Duration.ofMillis(delay)).onSuccess(answer -> {
                        if (again) {
                            purses.open(opener, envelope);
                        }
                    });
                }));
    }

    private static void judge(Outcome outcome, Cluster cluster, Purses purses) {
        outcome.must(purses.unknown() == 0, purses.unknown() + " questions without an answer");
        outcome.must(purses.internal() == 0, purses.internal() + " answers that the server had failed");
        outcome.figure("%d refusals", purses.refused());
        MoneyVerdict[] verdict = {MoneyChecker.check(purses.told(), purses.books())};
        // What is left of envelopes goes back when their time is over.
        Await.until(
                () -> {
                    if (!verdict[0].holds()) {
                        verdict[0] = MoneyChecker.check(purses.told(), purses.books());
                    }
                    return verdict[0].holds();
                },
                SETTLED);
        outcome.must(verdict[0].holds(), verdict[0].toString());
        outcome.must(cluster.reconciles(), "hongyan reconcile: the ledger adds up");
    }
}
