package im.hongyan.loadtest.money;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the checker found.
 *
 * @param counts what was looked at, so that a reader sees that the verdict is about something
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

    /** The rules that are broken. */
    public Set<MoneyRule> broken() {
        return violations.stream().map(Violation::rule).collect(Collectors.toUnmodifiableSet());
    }

    /** Several lines: the verdict, what was checked, and up to ten violations of each broken rule. */
    @Override
    public String toString() {
        if (holds()) {
            return "not a fen is lost: " + counts;
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
