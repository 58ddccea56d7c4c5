package im.hongyan.loadtest.money;

import im.hongyan.loadtest.money.LedgerSnapshot.Envelope;
import im.hongyan.loadtest.money.LedgerSnapshot.Line;
import im.hongyan.loadtest.money.LedgerSnapshot.Share;
import im.hongyan.loadtest.money.LedgerSnapshot.Wallet;
import im.hongyan.loadtest.money.MoneyHistory.Answer;
import im.hongyan.loadtest.money.MoneyHistory.Opening;
import im.hongyan.loadtest.money.MoneyHistory.Sent;
import im.hongyan.loadtest.money.MoneyHistory.Settled;
import im.hongyan.loadtest.money.MoneyHistory.Settlement;
import im.hongyan.loadtest.money.MoneyHistory.TopUp;
import im.hongyan.loadtest.money.MoneyHistory.Transfer;
import im.hongyan.loadtest.money.MoneyVerdict.Counts;
import im.hongyan.loadtest.money.MoneyVerdict.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares what clients were answered with what the server shows at the end. */
public final class MoneyChecker {
    /** A movement of money, as one user sees it. */
    private record Entry(String user, String kind, String ref) {}

    private final MoneyHistory history;
    private final LedgerSnapshot snapshot;
    private final List<Violation> violations = new ArrayList<>();
    private final Map<String, Envelope> envelopes = new HashMap<>();
    private final Map<Entry, List<Long>> lines = new HashMap<>();

    private MoneyChecker(MoneyHistory history, LedgerSnapshot snapshot) {
        this.history = history;
        this.snapshot = snapshot;
        snapshot.envelopes().forEach(envelope -> envelopes.put(envelope.id(), envelope));
        for (Wallet wallet : snapshot.wallets()) {
            for (Line line : wallet.statement()) {
                lines.computeIfAbsent(new Entry(wallet.user(), line.kind(), line.ref()), key -> new ArrayList<>())
                        .add(line.amount());
            }
        }
    }

    public static MoneyVerdict check(MoneyHistory history, LedgerSnapshot snapshot) {
        return new MoneyChecker(history, snapshot).verdict();
    }

    private MoneyVerdict verdict() {
        openings();
        envelopes.values().forEach(this::envelope);
        sent();
        shares();
        transfers();
        for (TopUp topUp : history.topUps()) {
            posted(MoneyRule.TOPPED_UP_ONCE, topUp.user(), "topup", topUp.id(), topUp.amount());
        }
        wallets();
        int shares =
                envelopes.values().stream().mapToInt(e -> e.shares().size()).sum();
        return new MoneyVerdict(
                violations,
                new Counts(
                        snapshot.wallets().size(),
                        envelopes.size(),
                        shares,
                        history.openings().size(),
                        history.transfers().size(),
                        snapshot.wallets().stream()
                                .mapToInt(wallet -> wallet.statement().size())
                                .sum()));
    }

    private void openings() {
        Map<String, Opening> first = new HashMap<>();
        for (Opening opening : history.openings()) {
            Envelope envelope = envelopes.get(opening.envelope());
            if (envelope == null) {
                wrong(MoneyRule.SHARE_KEPT, "no client shows the envelope of " + opening);
                continue;
            }
            List<Long> held = envelope.shares().stream()
                    .filter(share -> share.user().equals(opening.user()))
                    .map(Share::amount)
                    .toList();
            if (opening.answer().hasShare() && !held.contains(opening.amount())) {
                wrong(MoneyRule.SHARE_KEPT, opening + ", but holds " + held);
            }
            if (opening.answer() == Answer.EMPTY
                    && (!held.isEmpty() || envelope.shares().size() < envelope.count())) {
                wrong(
                        MoneyRule.EMPTY_IS_EMPTY,
                        opening + ", but holds " + held + ", and "
                                + envelope.shares().size() + " of " + envelope.count() + " were taken");
            }
            if (opening.answer() == Answer.EXPIRED && !held.isEmpty()) {
                wrong(MoneyRule.EXPIRED_GIVES_NONE, opening + ", but holds " + held);
            }
            Opening before = first.get(opening.envelope() + opening.user());
            if (before != null && (opening.answer() != Answer.ALREADY || opening.amount() != before.amount())) {
                wrong(MoneyRule.ONE_ANSWER, opening + " after " + before);
            }
            if (opening.answer().hasShare()) {
                first.putIfAbsent(opening.envelope() + opening.user(), opening);
            }
        }
    }

    private void envelope(Envelope envelope) {
        Set<String> holders = new HashSet<>();
        for (Share share : envelope.shares()) {
            if (!holders.add(share.user())) {
                wrong(MoneyRule.ONE_SHARE_EACH, share.user() + " in " + envelope.id());
            }
        }
        if (envelope.shares().size() > envelope.count()) {
            wrong(
                    MoneyRule.NOT_MORE_SHARES,
                    envelope.shares().size() + " of " + envelope.count() + " in " + envelope.id());
        }
        boolean exhausted = envelope.state().equals("exhausted");
        long back = sum(posted(envelope.sender(), "envelope_refund", envelope.id()));
        long left = envelope.total() - envelope.taken() - back;
        // The rest of an open envelope is still in it.
        boolean exact = envelope.state().equals("open") ? left > 0 && back == 0 : left == 0;
        if (!exact || exhausted != (envelope.shares().size() == envelope.count())) {
            wrong(
                    MoneyRule.EXACT_SUM,
                    envelope.id() + " is " + envelope.state() + ": of " + envelope.total() + ", " + envelope.taken()
                            + " were taken in " + envelope.shares().size() + " of " + envelope.count() + " shares, "
                            + back + " went back");
        }
    }

    private void sent() {
        Set<String> acknowledged = new HashSet<>();
        for (Sent sent : history.sent()) {
            acknowledged.add(sent.envelope());
            posted(MoneyRule.PAID_ONCE, sent.sender(), "envelope", sent.envelope(), -sent.total());
            Envelope envelope = envelopes.get(sent.envelope());
            if (envelope == null
                    || envelope.total() != sent.total()
                    || envelope.count() != sent.count()
                    || !envelope.sender().equals(sent.sender())) {
                wrong(MoneyRule.PAID_ONCE, sent + " is " + envelope);
            }
        }
        lines.forEach((entry, amounts) -> {
            if (entry.kind.equals("envelope") && !acknowledged.contains(entry.ref)) {
                wrong(MoneyRule.PAID_ONCE, entry + " was paid for but never acknowledged");
            }
        });
    }

    private void shares() {
        Set<Entry> held = new HashSet<>();
        for (Envelope envelope : envelopes.values()) {
            for (Share share : envelope.shares()) {
                held.add(new Entry(share.user(), "envelope_claim", envelope.id()));
                posted(MoneyRule.RECEIVED_ONCE, share.user(), "envelope_claim", envelope.id(), share.amount());
            }
        }
        lines.forEach((entry, amounts) -> {
            if (entry.kind.equals("envelope_claim") && !held.contains(entry)) {
                wrong(MoneyRule.RECEIVED_ONCE, entry + " is not a share");
            }
        });
    }

    private void transfers() {
        Map<String, Settled> settled = new HashMap<>();
        for (Settlement settlement : history.settlements()) {
            Settled before = settled.putIfAbsent(settlement.transfer(), settlement.how());
            if (before != null && before != settlement.how()) {
                wrong(MoneyRule.TRANSFERRED_ONCE, settlement + ", but was " + before);
            }
        }
        Set<String> acknowledged = new HashSet<>();
        for (Transfer transfer : history.transfers()) {
            if (!acknowledged.add(transfer.transfer())) {
                continue;
            }
            posted(MoneyRule.TRANSFERRED_ONCE, transfer.from(), "transfer", transfer.transfer(), -transfer.amount());
            List<Long> came = posted(transfer.to(), "transfer_accept", transfer.transfer());
            List<Long> back = posted(transfer.from(), "transfer_return", transfer.transfer());
            Settled how = settled.get(transfer.transfer());
            boolean right =
                    switch (how == null ? 0 : how == Settled.ACCEPTED ? 1 : 2) {
                        // The transfer is pending, or it expired, or no client learned how it was settled.
                        case 0 ->
                            came.size() + back.size() <= 1
                                    && sum(came) + sum(back) == transfer.amount() * (came.size() + back.size());
                        case 1 -> came.equals(List.of(transfer.amount())) && back.isEmpty();
                        default -> back.equals(List.of(transfer.amount())) && came.isEmpty();
                    };
            if (!right) {
                wrong(
                        MoneyRule.TRANSFERRED_ONCE,
                        transfer + ", settled: " + how + ": " + came + " came, " + back + " went back");
            }
        }
        lines.forEach((entry, amounts) -> {
            if (entry.kind.startsWith("transfer") && !acknowledged.contains(entry.ref)) {
                wrong(MoneyRule.TRANSFERRED_ONCE, entry + " was never acknowledged");
            }
        });
    }

    private void wallets() {
        long held = 0;
        for (Wallet wallet : snapshot.wallets()) {
            held += wallet.balance();
            long sum = wallet.statement().stream().mapToLong(Line::amount).sum();
            if (sum != wallet.balance() || wallet.balance() < 0) {
                wrong(
                        MoneyRule.STATEMENT_ADDS_UP,
                        wallet.user() + " has " + wallet.balance() + ", the lines say " + sum);
            }
        }
        long open = envelopes.values().stream()
                .filter(envelope -> envelope.state().equals("open"))
                .mapToLong(envelope -> envelope.total() - envelope.taken())
                .sum();
        long pending = lines.entrySet().stream()
                .filter(entry -> entry.getKey().kind.startsWith("transfer"))
                .mapToLong(entry -> -sum(entry.getValue()))
                .sum();
        long toppedUp = history.topUps().stream().mapToLong(TopUp::amount).sum();
        if (held + open + pending != toppedUp) {
            wrong(
                    MoneyRule.NOTHING_FROM_NOTHING,
                    toppedUp + " topped up; " + held + " in wallets, " + open + " in envelopes, " + pending
                            + " in transfers");
        }
    }

    private void posted(MoneyRule rule, String user, String kind, String ref, long amount) {
        List<Long> amounts = posted(user, kind, ref);
        if (!amounts.equals(List.of(amount))) {
            wrong(rule, kind + " " + ref + " of " + user + " is " + amounts + ", not " + amount);
        }
    }

    private List<Long> posted(String user, String kind, String ref) {
        return lines.getOrDefault(new Entry(user, kind, ref), List.of());
    }

    private static long sum(List<Long> amounts) {
        return amounts.stream().mapToLong(Long::longValue).sum();
    }

    private void wrong(MoneyRule rule, String detail) {
        violations.add(new Violation(rule, detail));
    }
}
