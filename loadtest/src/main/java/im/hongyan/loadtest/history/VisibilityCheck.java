package im.hongyan.loadtest.history;

import im.hongyan.loadtest.history.ConversationRecord.Send;
import im.hongyan.loadtest.history.Event.Observed;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Checks what each client saw by itself: in order, once, nothing invisible, and everything visible. */
record VisibilityCheck(ConversationRecord log, HistoryIndex records, Consumer<Violation> found) {

    void check() {
        log.observedBy.forEach(this::checkOrder);
        log.observedBy.forEach(this::checkTimes);
        log.observedBy.forEach(this::checkVisibility);
        for (Map.Entry<String, String> client : records.userOf.entrySet()) {
            Windows visible = log.windows().get(client.getValue());
            if (visible != null) {
                checkComplete(client.getKey(), visible);
            }
        }
    }

    private void checkOrder(String client, List<Observed> seen) {
        Set<Long> places = new HashSet<>();
        long highest = 0;
        for (Observed entry : seen) {
            if (entry.seq() < 1) {
                report(Rule.MALFORMED, client + " saw an entry at " + entry.seq());
            }
            if (!places.add(entry.seq())) {
                report(Rule.DUPLICATED, client + " was shown " + entry.seq() + " twice");
            } else if (entry.seq() < highest) {
                report(Rule.REORDERED, client + " was shown " + entry.seq() + " after " + highest);
            }
            highest = Math.max(highest, entry.seq());
        }
    }

    private void checkTimes(String client, List<Observed> seen) {
        List<Observed> ascending = seen.stream()
                .filter(entry -> entry.at() > 0)
                .sorted(Comparator.comparingLong(Observed::seq))
                .toList();
        for (int i = 1; i < ascending.size(); i++) {
            Observed earlier = ascending.get(i - 1);
            Observed later = ascending.get(i);
            if (later.at() < earlier.at()) {
                String back = (earlier.at() - later.at()) + " µs from " + earlier.seq() + " to " + later.seq();
                report(Rule.REORDERED, client + " saw time run back " + back);
            }
        }
    }

    private void checkVisibility(String client, List<Observed> seen) {
        String user = records.userOf.get(client);
        Windows visible = log.windows().get(user);
        for (Observed entry : seen) {
            if (visible == null) {
                report(Rule.LEAKED, client + " saw " + entry.seq() + ", but " + user + " was never a member");
            } else if (!visible.contains(entry.seq())) {
                report(
                        Rule.LEAKED,
                        client + " saw " + entry.seq() + ", outside the windows " + visible + " of " + user);
            }
        }
    }

    private void checkComplete(String client, Windows visible) {
        NavigableMap<Long, Observed> seen = new TreeMap<>();
        log.observedBy.getOrDefault(client, List.of()).forEach(entry -> seen.put(entry.seq(), entry));
        Long settled = log.settled.get(client);
        if (records.gone.contains(client)) {
            checkGaps(client, visible, seen, seen.isEmpty() ? 0 : seen.lastKey());
        } else if (settled == null) {
            report(Rule.UNSETTLED, client + " never said that it caught up");
        } else {
            checkGaps(client, visible, seen, settled);
            checkBeyond(client, visible, settled);
        }
    }

    private void checkGaps(String client, Windows visible, NavigableMap<Long, Observed> seen, long through) {
        for (Map.Entry<Long, Long> window : visible.ranges().entrySet()) {
            long next = window.getKey();
            long last = Math.min(window.getValue(), through);
            if (next > last) {
                continue;
            }
            for (long seq : seen.subMap(next, true, last, true).keySet()) {
                gap(client, next, seq - 1);
                next = seq + 1;
            }
            gap(client, next, last);
        }
    }

    private void gap(String client, long from, long to) {
        if (from > to) {
            return;
        }
        NavigableMap<Long, Send> lost = log.acknowledged().subMap(from, true, to, true);
        lost.forEach((seq, send) ->
                report(Rule.LOST, send + ", acknowledged at " + seq + ", is missing from what " + client + " saw"));
        if (lost.size() < to - from + 1) {
            report(Rule.HOLE, client + " saw nothing at " + (from == to ? from : from + ".." + to));
        }
    }

    private void checkBeyond(String client, Windows visible, long settled) {
        log.acknowledged().tailMap(settled, false).forEach((seq, send) -> {
            if (visible.contains(seq)) {
                String beyond = ", is beyond all that " + client + " could find (" + settled + ")";
                report(Rule.LOST, send + ", acknowledged at " + seq + beyond);
            }
        });
    }

    private void report(Rule rule, String detail) {
        found.accept(new Violation(rule, log.id, detail));
    }
}
