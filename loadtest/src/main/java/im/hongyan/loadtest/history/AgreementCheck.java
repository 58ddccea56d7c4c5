package im.hongyan.loadtest.history;

import im.hongyan.loadtest.history.ConversationRecord.Send;
import im.hongyan.loadtest.history.ConversationRecord.SendKey;
import im.hongyan.loadtest.history.Event.Observed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Compares all clients with each other and with what was sent: there is one log, with the acknowledged entries in
 * their places.
 */
final class AgreementCheck {
    private record State(long seq, long revision) {}

    /** What was recalled, and which entry edited what. */
    private record Changes(Set<Long> recalled, Map<Long, List<Long>> edits) {
        static Changes of(Collection<Observed> entries) {
            Changes changes = new Changes(new HashSet<>(), new HashMap<>());
            for (Observed entry : entries) {
                if (entry.target() != null && entry.kind().equals("recall")) {
                    changes.recalled.add(entry.target());
                } else if (entry.target() != null && entry.kind().equals("edit")) {
                    changes.edits
                            .computeIfAbsent(entry.target(), target -> new ArrayList<>())
                            .add(entry.seq());
                }
            }
            return changes;
        }

        /**
         * The user may have left before the edit: then the new text is not visible, and the old one no longer exists.
         */
        boolean editedBehind(Windows visible, long seq) {
            return edits.getOrDefault(seq, List.of()).stream()
                    .anyMatch(edit -> visible != null && !visible.contains(edit));
        }
    }

    private final ConversationRecord log;
    private final HistoryIndex records;
    private final Consumer<Violation> found;
    /** The first observation of each place, and of each place in each state. All others must agree with it. */
    private final Map<Long, Observed> entries = new HashMap<>();

    private final Map<State, Observed> states = new HashMap<>();
    private final Map<SendKey, Observed> ids = new HashMap<>();
    private final Set<String> users;

    AgreementCheck(ConversationRecord log, HistoryIndex records, Consumer<Violation> found) {
        this.log = log;
        this.records = records;
        this.found = found;
        this.users = new HashSet<>(this.records.userOf.values());
    }

    void check() {
        for (List<Observed> seen : log.observedBy.values()) {
            for (Observed entry : seen) {
                checkPlace(entry);
                checkState(entry);
                checkId(entry);
            }
        }
        Changes changes = Changes.of(entries.values());
        log.observedBy.values().forEach(seen -> seen.forEach(entry -> checkReason(entry, changes)));
        entries.values().forEach(this::checkAgainstSends);
    }

    private void checkPlace(Observed entry) {
        Observed first = entries.putIfAbsent(entry.seq(), entry);
        if (first == null) {
            return;
        }
        // An id may be shown only to the sender's devices, so a missing id agrees with any id.
        boolean sameId = first.clientId() == null
                || entry.clientId() == null
                || first.clientId().equals(entry.clientId());
        if (!first.kind().equals(entry.kind()) || !Objects.equals(first.sender(), entry.sender()) || !sameId) {
            report(Rule.DISAGREEMENT, describe(first) + ", but " + describe(entry));
        } else if (first.at() != 0 && entry.at() != 0 && first.at() != entry.at()) {
            String times = first.at() + " µs, but for " + entry.client() + " at " + entry.at() + " µs";
            report(Rule.DISAGREEMENT, describe(first) + " at time " + times);
        }
        if (first.clientId() == null && entry.clientId() != null) {
            entries.put(entry.seq(), entry);
        }
    }

    private void checkState(Observed entry) {
        Observed first = states.putIfAbsent(new State(entry.seq(), entry.revision()), entry);
        if (first != null && !Objects.equals(first.digest(), entry.digest())) {
            String both = first.client() + " and " + entry.client();
            report(Rule.ALTERED, both + " saw different content at " + entry.seq() + state(entry));
        }
    }

    private void checkId(Observed entry) {
        if (entry.clientId() == null || entry.sender() == null) {
            return;
        }
        Observed before = ids.putIfAbsent(new SendKey(entry.sender(), entry.clientId()), entry);
        if (before != null && before.seq() != entry.seq()) {
            report(Rule.DUPLICATED, describe(before) + ", and " + describe(entry));
        }
    }

    /** A message that differs from its first state needs an entry that explains it. */
    private void checkReason(Observed entry, Changes changes) {
        if (!entry.kind().equals("message") || entry.revision() == 0) {
            return;
        }
        String saw = entry.client() + " saw " + entry.seq() + state(entry);
        Observed edit = entries.get(entry.revision());
        if (entry.revision() == Event.RECALLED) {
            Windows visible = log.windows().get(records.userOf.get(entry.client()));
            if (!changes.recalled.contains(entry.seq()) && !changes.editedBehind(visible, entry.seq())) {
                report(Rule.ALTERED, saw + ", but no client saw a recall");
            }
        } else if (edit != null && !(edit.kind().equals("edit") && Objects.equals(edit.target(), entry.seq()))) {
            report(Rule.ALTERED, saw + ", which is not an edit of it");
        }
    }

    private void checkAgainstSends(Observed entry) {
        Send acked = log.acknowledged().get(entry.seq());
        if (acked != null && !isOf(entry, acked)) {
            report(Rule.MISPLACED, acked + " was acknowledged at " + entry.seq() + ", but " + describe(entry));
        }
        Send send = sendOf(entry, acked);
        if (send == null) {
            checkForged(entry);
            return;
        }
        if (send.refused && send.acks.isEmpty()) {
            report(Rule.REFUSED_BUT_STORED, send + " was refused, but " + describe(entry));
        }
        if (!send.acks.isEmpty() && !send.acks.contains(entry.seq())) {
            report(Rule.MISPLACED, send + " was acknowledged at " + send.acks + ", but " + describe(entry));
        }
        checkContent(send, entry);
    }

    private void checkContent(Send send, Observed entry) {
        if (send.kind != null && !send.kind.equals(entry.kind())) {
            report(Rule.ALTERED, send + " was sent as " + send.kind + ", but " + describe(entry));
        }
        Observed original = states.get(new State(entry.seq(), 0));
        if (send.digest != null && original != null && !send.digest.equals(original.digest())) {
            report(Rule.ALTERED, send + " had other content than " + original.client() + " saw at " + entry.seq());
        }
    }

    private void checkForged(Observed entry) {
        boolean ownWords = entry.kind().equals("message") && users.contains(entry.sender());
        if (ownWords && !(entry.clientId() == null && perhapsSent(entry))) {
            report(Rule.FORGED, describe(entry) + ", which was never sent");
        }
    }

    private boolean perhapsSent(Observed entry) {
        return log.sends.values().stream()
                .anyMatch(send -> send.acks.isEmpty()
                        && !send.refused
                        && Objects.equals(send.user, entry.sender())
                        && (entry.revision() != 0 || Objects.equals(send.digest, entry.digest())));
    }

    /** Finds the send of this entry: by its id, or by its place if the id is not shown. */
    private Send sendOf(Observed entry, Send acked) {
        if (entry.sender() == null) {
            return null;
        }
        if (entry.clientId() == null) {
            return acked != null && isOf(entry, acked) ? acked : null;
        }
        return log.sends.get(new SendKey(entry.sender(), entry.clientId()));
    }

    private static boolean isOf(Observed entry, Send send) {
        return Objects.equals(entry.sender(), send.user)
                && (entry.clientId() == null || entry.clientId().equals(send.clientId));
    }

    private void report(Rule rule, String detail) {
        found.accept(new Violation(rule, log.id, detail));
    }

    private static String describe(Observed entry) {
        String id = entry.clientId() == null ? "" : " " + entry.clientId();
        return entry.client() + " saw " + entry.kind() + id + " of " + entry.sender() + " at " + entry.seq();
    }

    private static String state(Observed entry) {
        if (entry.revision() == 0) {
            return "";
        }
        return entry.revision() == Event.RECALLED ? " as recalled" : " as edited by " + entry.revision();
    }
}
