package im.hongyan.loadtest.history;

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
public record Verdict(List<Violation> violations, Counts counts) {
    private static final int SHOWN_PER_RULE = 10;

    /** How much was checked. {@code unobserved} members have a window but no client in this history. */
    public record Counts(
            int clients,
            int conversations,
            long acknowledged,
            long refused,
            long unknown,
            long observed,
            int unobserved) {
        @Override
        public String toString() {
            String text = clients + " clients, " + conversations + " conversations, " + acknowledged + " acknowledged, "
                    + refused + " refused, " + unknown + " unknown, " + observed + " observed";
            return unobserved == 0 ? text : text + "; " + unobserved + " members had no client here";
        }
    }

    public Verdict {
        violations = List.copyOf(violations);
    }

    public boolean holds() {
        return violations.isEmpty();
    }

    /** The rules that are violated. */
    public Set<Rule> broken() {
        return violations.stream().map(Violation::rule).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * For tests.
     *
     * @throws AssertionError with the whole verdict if a rule is violated
     */
    public Verdict orThrow() {
        if (!holds()) {
            throw new AssertionError(toString());
        }
        return this;
    }

    /** The verdict, what was checked, and up to ten violations of each rule, on several lines. */
    @Override
    public String toString() {
        if (holds()) {
            return "The history is correct: " + counts;
        }
        Map<Rule, List<Violation>> byRule = violations.stream()
                .collect(Collectors.groupingBy(
                        Violation::rule, () -> new EnumMap<Rule, List<Violation>>(Rule.class), Collectors.toList()));
        StringBuilder text = new StringBuilder("THE HISTORY VIOLATES RULES: ").append(counts);
        byRule.forEach((rule, broken) -> {
            text.append("\n  ")
                    .append(rule)
                    .append(" x")
                    .append(broken.size())
                    .append(": ")
                    .append(rule.meaning());
            broken.stream().limit(SHOWN_PER_RULE).forEach(violation -> text.append("\n    ")
                    .append(violation.conversation() == null ? "" : violation.conversation() + ": ")
                    .append(violation.detail()));
            if (broken.size() > SHOWN_PER_RULE) {
                text.append("\n    … and ")
                        .append(broken.size() - SHOWN_PER_RULE)
                        .append(" more");
            }
        });
        return text.toString();
    }
}
