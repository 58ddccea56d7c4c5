package im.hongyan.loadtest.history;

import im.hongyan.loadtest.history.Event.Acknowledged;
import im.hongyan.loadtest.history.Event.Anomaly;
import im.hongyan.loadtest.history.Event.Gone;
import im.hongyan.loadtest.history.Event.Invoked;
import im.hongyan.loadtest.history.Event.Joined;
import im.hongyan.loadtest.history.Event.Left;
import im.hongyan.loadtest.history.Event.Observed;
import im.hongyan.loadtest.history.Event.Refused;
import im.hongyan.loadtest.history.Event.Restarted;
import im.hongyan.loadtest.history.Event.Settled;
import im.hongyan.loadtest.history.Event.Started;
import im.hongyan.loadtest.history.Event.Unknown;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A history indexed by conversation. Reports events that are inconsistent by themselves. */
final class HistoryIndex {
    final Map<String, ConversationRecord> conversations = new LinkedHashMap<>();
    final Map<String, String> userOf = new HashMap<>();
    final Set<String> gone = new HashSet<>();
    final List<Violation> violations = new ArrayList<>();

    static HistoryIndex of(Iterable<Event> events) {
        HistoryIndex records = new HistoryIndex();
        // Collects the clients first: with several files, an event of a device may come before the line that starts
        // it.
        for (Event event : events) {
            if (event instanceof Started started) {
                records.started(started);
            }
        }
        events.forEach(records::add);
        records.conversations.values().forEach(ConversationRecord::complete);
        return records;
    }

    private void started(Started started) {
        String before = userOf.put(started.client(), started.user());
        if (before != null && !before.equals(started.user())) {
            malformed(null, "client " + started.client() + " belongs to two users");
        }
    }

    private void add(Event event) {
        if (event instanceof Observed seen) {
            if (known(seen.client())) {
                conversation(seen.conversation()).observed(seen);
            }
        } else if (event instanceof Invoked sent) {
            invoked(sent);
        } else if (event instanceof Acknowledged acked) {
            acknowledged(acked);
        } else if (event instanceof Refused refused) {
            if (known(refused.client())) {
                send(refused.client(), refused.conversation(), refused.clientId()).refused = true;
            }
        } else if (event instanceof Joined joined) {
            membership(joined.conversation(), joined.user(), joined.seq(), true);
        } else if (event instanceof Left left) {
            membership(left.conversation(), left.user(), left.seq(), false);
        } else {
            addRare(event);
        }
    }

    private void addRare(Event event) {
        if (event instanceof Settled settled) {
            if (known(settled.client())) {
                conversation(settled.conversation()).settled.put(settled.client(), settled.through());
            }
        } else if (event instanceof Restarted restarted) {
            conversations.values().forEach(conversation -> conversation.forget(restarted.client()));
        } else if (event instanceof Gone left) {
            gone.add(left.client());
        } else if (event instanceof Anomaly anomaly) {
            String detail = anomaly.client() + ": " + anomaly.what();
            violations.add(new Violation(Rule.ANOMALY, anomaly.conversation(), detail));
        } else if (!(event instanceof Started) && !(event instanceof Unknown)) {
            throw new IllegalStateException("no rule for " + event);
        }
    }

    private void invoked(Invoked sent) {
        if (!known(sent.client())) {
            return;
        }
        ConversationRecord.Send send = send(sent.client(), sent.conversation(), sent.clientId());
        if (send.invoked) {
            malformed(sent.conversation(), send + " was invoked twice: retries are one invocation");
        }
        send.invoked = true;
        send.kind = sent.kind();
        send.digest = sent.digest();
    }

    private void acknowledged(Acknowledged acked) {
        if (known(acked.client())) {
            send(acked.client(), acked.conversation(), acked.clientId()).acks.add(acked.seq());
        }
    }

    private void membership(String conversation, String user, long seq, boolean joined) {
        if (!conversation(conversation).membership(user, seq, joined)) {
            malformed(conversation, user + " both joined and left at " + seq);
        }
    }

    private ConversationRecord.Send send(String client, String conversation, String clientId) {
        return conversation(conversation).send(userOf.get(client), clientId);
    }

    private ConversationRecord conversation(String id) {
        return conversations.computeIfAbsent(id, ConversationRecord::new);
    }

    private boolean known(String client) {
        if (userOf.containsKey(client)) {
            return true;
        }
        malformed(null, "client " + client + " was never started");
        userOf.put(client, "the unknown user of " + client);
        return true;
    }

    private void malformed(String conversation, String detail) {
        violations.add(new Violation(Rule.MALFORMED, conversation, detail));
    }
}
