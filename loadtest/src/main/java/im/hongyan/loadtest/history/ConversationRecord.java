package im.hongyan.loadtest.history;

import im.hongyan.loadtest.history.Event.Observed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Everything that a history says about one conversation, indexed for the rules. */
final class ConversationRecord {
    /** A client id is unique per sender (a user, not a device) and conversation. */
    record SendKey(String user, String clientId) {}

    /** What one user sent with one client id, and how it was answered. */
    static final class Send {
        final String user;
        final String clientId;
        String kind;
        String digest;
        boolean invoked;
        boolean refused;
        final Set<Long> acks = new TreeSet<>();

        Send(String user, String clientId) {
            this.user = user;
            this.clientId = clientId;
        }

        @Override
        public String toString() {
            return "client id " + clientId + " of " + user;
        }
    }

    final String id;
    final Map<SendKey, Send> sends = new LinkedHashMap<>();
    final Map<String, List<Observed>> observedBy = new LinkedHashMap<>();
    final Map<String, Long> settled = new HashMap<>();
    private final Map<String, NavigableMap<Long, Boolean>> changes = new LinkedHashMap<>();
    private final Map<String, Windows> windows = new LinkedHashMap<>();
    private final NavigableMap<Long, Send> acknowledged = new TreeMap<>();

    ConversationRecord(String id) {
        this.id = id;
    }

    Send send(String user, String clientId) {
        return sends.computeIfAbsent(new SendKey(user, clientId), key -> new Send(user, clientId));
    }

    void observed(Observed seen) {
        observedBy.computeIfAbsent(seen.client(), client -> new ArrayList<>()).add(seen);
    }

    /**
     * HistoryIndex that a user joined or left at {@code seq}.
     *
     * @return false if the history already has the opposite for the same place
     */
    boolean membership(String user, long seq, boolean joined) {
        Boolean before = changes.computeIfAbsent(user, u -> new TreeMap<>()).put(seq, joined);
        return before == null || before == joined;
    }

    /** No more events will come. Computes what the rules need often. */
    void complete() {
        changes.forEach((user, joinedAt) -> windows.put(user, Windows.of(joinedAt)));
        sends.values().forEach(send -> send.acks.forEach(seq -> acknowledged.putIfAbsent(seq, send)));
    }

    /** Users and their windows. */
    Map<String, Windows> windows() {
        return windows;
    }

    /** Acknowledged places and what was acknowledged there; the first one if two claim a place. */
    NavigableMap<Long, Send> acknowledged() {
        return acknowledged;
    }

    void forget(String client) {
        observedBy.remove(client);
        settled.remove(client);
    }
}
