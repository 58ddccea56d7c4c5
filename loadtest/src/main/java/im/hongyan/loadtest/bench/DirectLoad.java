package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.bench.ChatSystem.Place;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Every user sends texts to its partner, each as soon as the last one is acknowledged. */
final class DirectLoad extends Load {
    private final AtomicLong unanswered = new AtomicLong();

    DirectLoad(Crowd crowd) {
        super("direct", crowd);
    }

    @Override
    void begin() {
        for (int user = 0; user < crowd.size(); user++) {
            send(user);
        }
    }

    private void send(int user) {
        if (!sending) {
            return;
        }
        unanswered.incrementAndGet();
        long now = System.nanoTime();
        crowd.user(user)
                .send(crowd.pairOf(user), new Marker(user, now).text())
                .onSuccess(acked -> window.acked(now))
                .onFailure(e -> window.failed())
                .onComplete(done -> {
                    unanswered.decrementAndGet();
                    if (done.succeeded()) {
                        send(user);
                    }
                });
    }

    @Override
    void received(int user, Marker marker) {
        if (user != marker.sender()) {
            window.pushed(marker.sentNanos());
        }
    }

    @Override
    List<Place> places() {
        return crowd.pairs();
    }

    @Override
    List<Figure> figures() {
        return window.closePerMessage(name);
    }

    @Override
    boolean isComplete(long acked, long pushed) {
        return pushed == acked;
    }

    @Override
    long unanswered() {
        return unanswered.get();
    }
}
