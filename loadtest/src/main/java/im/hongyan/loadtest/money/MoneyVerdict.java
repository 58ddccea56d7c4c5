package im.hongyan.loadtest.money;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The result of the checker.
 *
 * @param counts what was checked, so that the reader can judge how much the verdict covers
 */
public record MoneyVerdict(List<Violation> violations, Counts counts) {
    private static final int SHOWN_PER_RULE = 10;

    public record Violation(MoneyRule rule, String detail) {}

    public record Counts(int wallets, int envelopes, int shares, int openings, int transfers, int lines) {
        @Override
        public String toString() {
            return wallets + " wallets, " + envelopes + " envelopes, " + shares + " shares taken, " + openings
                    + " answers to openings, " + transfers + " transfers, " + lines + " lines of statements";
        }
    }

    public MoneyVerdict {
        violations = List.copyOf(violations);
    }

    public boolean holds() {
        return violations.isEmpty();
    }

    /** The rules that are violated. */
    public Set<MoneyRule> broken() {
        return violations.stream().map(Violation::rule).collect(Collectors.toUnmodifiableSet());
    }

    /** The verdict, what was checked, and up to ten violations of each rule, on several lines. */
    @Override
    public String toString() {
        if (holds()) {
            return "no fen was lost or created: " + counts;
        }
        Map<MoneyRule, List<Violation>> byRule = violations.stream()
                .collect(Collectors.groupingBy(
                        Violation::rule,
                        () -> new EnumMap<MoneyRule, List<Violation>>(MoneyRule.class),
                        Collectors.toList()));
        StringBuilder text = new StringBuilder("MONEY IS WRONG: ").append(counts);
        byRule.forEach((rule, broken) -> {
            text.append("\n  ").append(rule).append(" x").append(broken.size()).append(": ");
            text.append(rule.meaning());
            broken.stream().limit(SHOWN_PER_RULE).forEach(violation -> text.append("\n    ")
                    .append(violation.detail()));
        });
        return text.toString();
    }
}
