package im.hongyan.loadtest.money;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.loadtest.money.LedgerSnapshot.Envelope;
import im.hongyan.loadtest.money.LedgerSnapshot.Line;
import im.hongyan.loadtest.money.LedgerSnapshot.Share;
import im.hongyan.loadtest.money.LedgerSnapshot.Wallet;
import im.hongyan.loadtest.money.MoneyHistory.Answer;
import im.hongyan.loadtest.money.MoneyHistory.Settled;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A correct run, and each way in which it could be wrong. */
class MoneyCheckerTest {
    /** The answers and the final state, which a test can change. */
    private static final class Run {
        final MoneyHistory told = new MoneyHistory();
        final Map<String, Envelope> envelopes = new HashMap<>();
        final Map<String, List<Line>> lines = new HashMap<>();
        final Map<String, Long> missing = new HashMap<>();

        Run() {
            told.toppedUp("t1", "ada", 1_000);
            line("ada", "topup", "t1", 1_000);
            told.sent("e1", "ada", 300, 2);
            line("ada", "envelope", "e1", -300);
            told.opened("e1", "bo", Answer.OPENED, 100);
            told.opened("e1", "bo", Answer.ALREADY, 100);
            told.opened("e1", "li", Answer.ALREADY, 200);
            told.opened("e1", "wu", Answer.EMPTY, 0);
            envelope("e1", 300, 2, "exhausted", new Share("bo", 100), new Share("li", 200));
            line("bo", "envelope_claim", "e1", 100);
            line("li", "envelope_claim", "e1", 200);
            told.sent("e2", "ada", 90, 3);
            line("ada", "envelope", "e2", -90);
            told.opened("e2", "bo", Answer.OPENED, 30);
            told.opened("e2", "wu", Answer.EXPIRED, 0);
            envelope("e2", 90, 3, "expired", new Share("bo", 30));
            line("bo", "envelope_claim", "e2", 30);
            line("ada", "envelope_refund", "e2", 60);
            told.sent("e3", "ada", 10, 1);
            line("ada", "envelope", "e3", -10);
            envelope("e3", 10, 1, "open");
            told.transferred("f1", "ada", "bo", 40);
            told.settled("f1", Settled.ACCEPTED);
            line("ada", "transfer", "f1", -40);
            line("bo", "transfer_accept", "f1", 40);
            told.transferred("f2", "ada", "bo", 50);
            told.settled("f2", Settled.REFUSED);
            line("ada", "transfer", "f2", -50);
            line("ada", "transfer_return", "f2", 50);
            told.transferred("f3", "ada", "li", 7);
            line("ada", "transfer", "f3", -7);
        }

        void line(String user, String kind, String ref, long amount) {
            lines.computeIfAbsent(user, key -> new ArrayList<>()).add(new Line(kind, ref, amount));
        }

        void drop(String user, String kind, String ref) {
            assertThat(lines.get(user)
                            .removeIf(line ->
                                    line.kind().equals(kind) && line.ref().equals(ref)))
                    .isTrue();
        }

        void envelope(String id, long total, int count, String state, Share... shares) {
            envelopes.put(id, new Envelope(id, "ada", total, count, state, List.of(shares)));
        }

        MoneyVerdict verdict() {
            List<Wallet> wallets = new ArrayList<>();
            lines.forEach((user, statement) -> wallets.add(new Wallet(
                    user,
                    statement.stream().mapToLong(Line::amount).sum() - missing.getOrDefault(user, 0L),
                    statement)));
            return MoneyChecker.check(told, new LedgerSnapshot(List.copyOf(envelopes.values()), wallets));
        }
    }

    @Test
    void wellKeptBooks_hold() {
        MoneyVerdict verdict = new Run().verdict();

        assertThat(verdict.holds()).as(verdict.toString()).isTrue();
        assertThat(verdict.counts().shares()).isEqualTo(3);
        assertThat(verdict.toString()).startsWith("no fen was lost or created: 3 wallets, 3 envelopes");
    }

    static List<Arguments> wrongs() {
        return List.of(
                wrong(MoneyRule.SHARE_KEPT, "told of a share that is another's", run -> {
                    run.told.opened("e1", "xi", Answer.OPENED, 100);
                }),
                wrong(MoneyRule.SHARE_KEPT, "another amount", run -> run.told.opened("e1", "li", Answer.OPENED, 201)),
                wrong(
                        MoneyRule.SHARE_KEPT,
                        "an envelope that is gone",
                        run -> run.told.opened("e9", "li", Answer.OPENED, 1)),
                wrong(MoneyRule.ONE_ANSWER, "opened twice", run -> run.told.opened("e1", "bo", Answer.OPENED, 100)),
                wrong(MoneyRule.ONE_ANSWER, "empty after a share", run -> run.told.opened("e1", "bo", Answer.EMPTY, 0)),
                wrong(MoneyRule.ONE_SHARE_EACH, "two shares", run -> {
                    run.envelope("e1", 300, 2, "exhausted", new Share("bo", 100), new Share("bo", 200));
                }),
                wrong(MoneyRule.NOT_MORE_SHARES, "a third of two", run -> {
                    run.envelope(
                            "e1", 300, 2, "exhausted", new Share("bo", 100), new Share("li", 200), new Share("wu", 0));
                }),
                wrong(MoneyRule.EMPTY_IS_EMPTY, "empty, and one left", run -> {
                    run.told.opened("e2", "xi", Answer.EMPTY, 0);
                }),
                wrong(MoneyRule.EMPTY_IS_EMPTY, "empty, and holds one", run -> {
                    run.told.opened("e1", "li", Answer.EMPTY, 0);
                }),
                wrong(MoneyRule.EXPIRED_GIVES_NONE, "expired, and holds one", run -> {
                    run.told.opened("e2", "bo", Answer.EXPIRED, 0);
                }),
                wrong(MoneyRule.EXACT_SUM, "a fen less was taken", run -> {
                    run.envelope("e1", 300, 2, "exhausted", new Share("bo", 100), new Share("li", 199));
                }),
                wrong(MoneyRule.EXACT_SUM, "no refund", run -> run.drop("ada", "envelope_refund", "e2")),
                wrong(MoneyRule.EXACT_SUM, "two refunds", run -> run.line("ada", "envelope_refund", "e2", 60)),
                wrong(MoneyRule.EXACT_SUM, "a refund while it is open", run -> {
                    run.line("ada", "envelope_refund", "e3", 10);
                }),
                wrong(MoneyRule.EXACT_SUM, "exhausted, and one left", run -> {
                    run.envelope("e3", 10, 2, "exhausted", new Share("bo", 10));
                }),
                wrong(MoneyRule.PAID_ONCE, "paid twice", run -> run.line("ada", "envelope", "e1", -300)),
                wrong(MoneyRule.PAID_ONCE, "not paid", run -> run.drop("ada", "envelope", "e1")),
                wrong(MoneyRule.PAID_ONCE, "not acknowledged", run -> run.line("ada", "envelope", "e8", -3)),
                wrong(MoneyRule.PAID_ONCE, "gone", run -> run.envelopes.remove("e3")),
                wrong(MoneyRule.PAID_ONCE, "of another size", run -> run.envelope("e3", 11, 1, "open")),
                wrong(MoneyRule.RECEIVED_ONCE, "posted twice", run -> run.line("bo", "envelope_claim", "e1", 100)),
                wrong(MoneyRule.RECEIVED_ONCE, "not posted", run -> run.drop("li", "envelope_claim", "e1")),
                wrong(MoneyRule.RECEIVED_ONCE, "no share", run -> run.line("xi", "envelope_claim", "e1", 1)),
                wrong(MoneyRule.TRANSFERRED_ONCE, "paid twice", run -> run.line("ada", "transfer", "f1", -40)),
                wrong(MoneyRule.TRANSFERRED_ONCE, "not come", run -> run.drop("bo", "transfer_accept", "f1")),
                wrong(MoneyRule.TRANSFERRED_ONCE, "came, and back", run -> {
                    run.line("ada", "transfer_return", "f1", 40);
                }),
                wrong(MoneyRule.TRANSFERRED_ONCE, "refused, and came", run -> {
                    run.drop("ada", "transfer_return", "f2");
                    run.line("bo", "transfer_accept", "f2", 50);
                }),
                wrong(MoneyRule.TRANSFERRED_ONCE, "accepted, then refused", run -> {
                    run.told.settled("f1", Settled.REFUSED);
                }),
                wrong(MoneyRule.TRANSFERRED_ONCE, "more than was sent", run -> {
                    run.line("li", "transfer_accept", "f3", 8);
                }),
                wrong(MoneyRule.TRANSFERRED_ONCE, "not acknowledged", run -> run.line("ada", "transfer", "f9", -1)),
                wrong(MoneyRule.TOPPED_UP_ONCE, "twice", run -> run.line("ada", "topup", "t1", 1_000)),
                wrong(MoneyRule.TOPPED_UP_ONCE, "not there", run -> run.drop("ada", "topup", "t1")),
                wrong(MoneyRule.STATEMENT_ADDS_UP, "a fen is missing", run -> run.missing.put("bo", 1L)),
                wrong(MoneyRule.STATEMENT_ADDS_UP, "below zero", run -> {
                    run.line("xi", "transfer", "f3", -7);
                }),
                wrong(MoneyRule.NOTHING_FROM_NOTHING, "from nowhere", run -> run.line("bo", "topup", "t7", 5)),
                wrong(MoneyRule.NOTHING_FROM_NOTHING, "nowhere to be found", run -> {
                    run.told.toppedUp("t2", "bo", 5);
                }));
    }

    private static Arguments wrong(MoneyRule rule, String how, Consumer<Run> change) {
        return Arguments.of(rule, how, change);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("wrongs")
    void wrongBooks_areNoticed(MoneyRule rule, String how, Consumer<Run> change) {
        Run run = new Run();
        change.accept(run);

        MoneyVerdict verdict = run.verdict();

        assertThat(verdict.broken()).as(how).contains(rule);
        assertThat(verdict.toString()).startsWith("MONEY IS WRONG").contains(rule.meaning());
    }

    /** For each rule, a history that violates it. */
    @Test
    void everyRule_isTried() {
        assertThat(wrongs().stream().map(wrong -> wrong.get()[0]).distinct())
                .containsExactlyInAnyOrder((Object[]) MoneyRule.values());
    }
}
