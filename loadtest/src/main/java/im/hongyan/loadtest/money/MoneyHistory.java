package im.hongyan.loadtest.money;

import java.util.ArrayList;
import java.util.List;

/**
 * What the server has answered its clients about money, in order. Requests without an answer are not included, because
 * a client repeats them until they are answered. Amounts are in fen. Thread-safe.
 */
public final class MoneyHistory {
    /** The result of opening an envelope. */
    public enum Answer {
        OPENED,
        ALREADY,
        EMPTY,
        EXPIRED;

        boolean hasShare() {
            return this == OPENED || this == ALREADY;
        }
    }

    /** The result of a transfer that was settled. */
    public enum Settled {
        ACCEPTED,
        REFUSED
    }

    /** An envelope that was sent. */
    public record Sent(String envelope, String sender, long total, int count) {}

    /** @param amount of the share, or 0 without one */
    public record Opening(String envelope, String user, Answer answer, long amount) {}

    public record Transfer(String transfer, String from, String to, long amount) {}

    public record Settlement(String transfer, Settled how) {}

    public record TopUp(String id, String user, long amount) {}

    private final List<Sent> sent = new ArrayList<>();
    private final List<Opening> openings = new ArrayList<>();
    private final List<Transfer> transfers = new ArrayList<>();
    private final List<Settlement> settlements = new ArrayList<>();
    private final List<TopUp> topUps = new ArrayList<>();

    public synchronized void sent(String envelope, String sender, long total, int count) {
        sent.add(new Sent(envelope, sender, total, count));
    }

    public synchronized void opened(String envelope, String user, Answer answer, long amount) {
        openings.add(new Opening(envelope, user, answer, amount));
    }

    public synchronized void transferred(String transfer, String from, String to, long amount) {
        transfers.add(new Transfer(transfer, from, to, amount));
    }

    public synchronized void settled(String transfer, Settled how) {
        settlements.add(new Settlement(transfer, how));
    }

    public synchronized void toppedUp(String id, String user, long amount) {
        topUps.add(new TopUp(id, user, amount));
    }

    public synchronized List<Sent> sent() {
        return List.copyOf(sent);
    }

    /** The number of envelopes sent so far. */
    public synchronized int envelopes() {
        return sent.size();
    }

    public synchronized List<Opening> openings() {
        return List.copyOf(openings);
    }

    public synchronized List<Transfer> transfers() {
        return List.copyOf(transfers);
    }

    public synchronized List<Settlement> settlements() {
        return List.copyOf(settlements);
    }

    public synchronized List<TopUp> topUps() {
        return List.copyOf(topUps);
    }
}
