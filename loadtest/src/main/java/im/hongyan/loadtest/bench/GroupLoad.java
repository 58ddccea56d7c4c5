package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.bench.ChatSystem.Place;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A few members write to a group of all users. Each sends its next text when the last one is acknowledged and has
 * reached the member that connected last. The server's queues thus stay short, and the counted deliveries per second
 * are real.
 */
final class GroupLoad extends Load {
    private static final int SIGNS = 2;

    private final int senders;
    private final int witness;
    /** Per sender: how many of the acknowledgement and the receipt are still missing. */
    private final AtomicIntegerArray awaited;

    private final AtomicLong unanswered = new AtomicLong();

    GroupLoad(Crowd crowd, int senders) {
        super("group", crowd);
        this.senders = Math.min(senders, crowd.size() - 1);
        this.witness = crowd.size() - 1;
        this.awaited = new AtomicIntegerArray(this.senders);
    }

    @Override
    void begin() {
        for (int sender = 0; sender < senders; sender++) {
            send(sender);
        }
    }

    private void send(int sender) {
        if (!sending) {
            return;
        }
        awaited.set(sender, SIGNS);
        unanswered.incrementAndGet();
        long now = System.nanoTime();
        crowd.user(sender)
                .send(crowd.group(), new Marker(sender, now).text())
                .onSuccess(acked -> window.acked(now))
                .onFailure(e -> window.failed())
                .onComplete(done -> {
                    unanswered.decrementAndGet();
                    if (done.succeeded()) {
                        sign(sender);
                    }
                });
    }

    private void sign(int sender) {
        if (awaited.decrementAndGet(sender) == 0) {
            send(sender);
        }
    }

    @Override
    void received(int user, Marker marker) {
        if (user == marker.sender()) {
            return; // Some servers echo, some do not.
        }
        window.pushed(marker.sentNanos());
        if (user == witness) {
            sign(marker.sender());
        }
    }

    @Override
    List<Place> places() {
        return List.of(crowd.group());
    }

    @Override
    List<Figure> figures() {
        return window.closePerDelivery(name);
    }

    @Override
    boolean isComplete(long acked, long pushed) {
        return pushed == acked * (crowd.size() - 1);
    }

    @Override
    long unanswered() {
        return unanswered.get();
    }
}
