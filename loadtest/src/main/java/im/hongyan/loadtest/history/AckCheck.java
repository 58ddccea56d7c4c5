package im.hongyan.loadtest.history;

import im.hongyan.loadtest.history.ConversationRecord.Send;
import java.util.function.Consumer;

/** Checks the answers to sends by themselves: one place per client id, one client id per place. */
record AckCheck(ConversationRecord log, Consumer<Violation> found) {

    void check() {
        log.sends.values().forEach(this::check);
    }

    private void check(Send send) {
        if (!send.invoked) {
            report(Rule.MALFORMED, send + " has an outcome but was never invoked");
        }
        if (send.acks.size() > 1) {
            report(Rule.CONTRADICTORY_ACK, send + " was acknowledged at " + send.acks);
        }
        if (send.refused && !send.acks.isEmpty()) {
            report(Rule.CONTRADICTORY_ACK, send + " was refused and acknowledged at " + send.acks);
        }
        for (long seq : send.acks) {
            Send first = log.acknowledged().get(seq);
            if (first != send) {
                report(Rule.CONTRADICTORY_ACK, seq + " was acknowledged to both " + first + " and " + send);
            }
        }
    }

    private void report(Rule rule, String detail) {
        found.accept(new Violation(rule, log.id, detail));
    }
}
