package im.hongyan.loadtest.history;

import im.hongyan.loadtest.history.Event.Observed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks that a history shows no lost, duplicated, reordered or leaked entry. Every client that is not {@link
 * Event.Gone} must have settled after the last send was answered: what is acknowledged later counts as lost for it.
 * Needs the whole history in memory.
 */
public final class HistoryChecker {
    private HistoryChecker() {}

    public static Verdict check(History history) {
        return check(history.events());
    }

    public static Verdict check(List<Event> events) {
        HistoryIndex records = HistoryIndex.of(events);
        List<Violation> violations = new ArrayList<>(records.violations);
        for (ConversationRecord log : records.conversations.values()) {
            new AckCheck(log, violations::add).check();
            new VisibilityCheck(log, records, violations::add).check();
            new AgreementCheck(log, records, violations::add).check();
        }
        Verdict.Counts counts = count(records, events);
        if (counts.acknowledged() == 0 || counts.observed() == 0) {
            violations.add(new Violation(Rule.EMPTY, null, counts.toString()));
        }
        return new Verdict(violations, counts);
    }

    private static Verdict.Counts count(HistoryIndex records, List<Event> events) {
        Set<String> users = new HashSet<>(records.userOf.values());
        Set<String> unobserved = new HashSet<>();
        long acknowledged = 0;
        long refused = 0;
        long unknown = 0;
        for (ConversationRecord log : records.conversations.values()) {
            log.windows().keySet().stream()
                    .filter(user -> !users.contains(user))
                    .forEach(unobserved::add);
            for (ConversationRecord.Send send : log.sends.values()) {
                acknowledged += send.acks.isEmpty() ? 0 : 1;
                refused += send.refused && send.acks.isEmpty() ? 1 : 0;
                unknown += send.acks.isEmpty() && !send.refused ? 1 : 0;
            }
        }
        long observed = events.stream().filter(Observed.class::isInstance).count();
        int conversations = records.conversations.size();
        return new Verdict.Counts(
                records.userOf.size(), conversations, acknowledged, refused, unknown, observed, unobserved.size());
    }

    /**
     * Reads the given files, prints the verdict, and exits with 0 if no rule is violated, 1 if one is, and 2 if a file
     * cannot be read.
     */
    public static void main(String[] files) {
        if (files.length == 0) {
            System.err.println("usage: HistoryChecker <history file>...");
            System.exit(2);
        }
        try {
            Verdict verdict =
                    check(History.read(Arrays.stream(files).map(Path::of).toList()));
            System.out.println(verdict);
            System.exit(verdict.holds() ? 0 : 1);
        } catch (IOException e) {
            System.err.println("cannot read the history: " + e.getMessage());
            System.exit(2);
        }
    }
}
