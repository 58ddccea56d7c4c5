package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.bench.ChatSystem.Place;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed number of texts per second, from each user in turn to its partner, whether the server keeps up or not.
 * Latencies count from when a text was due, so that a stall is not hidden by the sends that it delayed.
 */
final class PacedLoad extends Load {
    private static final long TICK_NANOS = 1_000_000;
    /** If more texts than this are unanswered, the server does not keep up. */
    private static final long MAX_UNANSWERED = 20_000;

    private final int perSecond;
    private final AtomicLong unanswered = new AtomicLong();

    PacedLoad(Crowd crowd, int perSecond) {
        super("paced", crowd);
        this.perSecond = perSecond;
    }

    @Override
    void begin() {
        Thread pacer = new Thread(this::pace, "pacer");
        pacer.setDaemon(true);
        pacer.start();
    }

    private void pace() {
        long start = System.nanoTime();
        for (long sent = 0; sending; ) {
            long due = (System.nanoTime() - start) / 1_000 * perSecond / 1_000_000;
            for (; sent < due && unanswered.get() < MAX_UNANSWERED; sent++) {
                send((int) (sent % crowd.size()), start + sent * 1_000_000_000L / perSecond);
            }
            LockSupport.parkNanos(TICK_NANOS);
        }
    }

    private void send(int user, long dueNanos) {
        unanswered.incrementAndGet();
        crowd.user(user)
                .send(crowd.pairOf(user), new Marker(user, dueNanos).text())
                .onSuccess(acked -> window.acked(dueNanos))
                .onFailure(e -> window.failed())
                .onComplete(done -> unanswered.decrementAndGet());
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
