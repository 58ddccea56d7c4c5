package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.bench.ChatSystem.Place;
import java.time.Duration;
import java.util.List;

/** One load on a crowd. It is warmed up, measured, ended, and then verified against what was stored and received. */
abstract class Load {
    private static final Duration DRAIN = Duration.ofSeconds(30);
    /** If nothing has arrived for this long, nothing more will arrive. */
    private static final Duration QUIET = Duration.ofSeconds(3);

    final String name;
    final Crowd crowd;
    final Measurement window;
    volatile boolean sending;

    Load(String name, Crowd crowd) {
        this.name = name;
        this.crowd = crowd;
        this.window = new Measurement(crowd.system().processes());
    }

    /** Starts to send, and continues until {@link #sending} is false. */
    abstract void begin();

    /** A marked text has arrived at a user. */
    abstract void received(int user, Marker marker);

    abstract List<Place> places();

    abstract List<Figure> figures();

    /** The receipts that this number of acknowledged messages must cause. */
    abstract boolean isComplete(long acked, long pushed);

    /** Sends without an outcome. */
    abstract long unanswered();

    /** @throws BenchFailure if a send failed, or if an acknowledged message was not stored or not received */
    final List<Figure> run(WarmUp warmup, Duration length) {
        long before = crowd.stored(places());
        crowd.receiveBy(this::received);
        sending = true;
        begin();
        Await.sleep(warmup.min());
        warmup.untilCompiled(crowd.system().processes());
        window.open();
        Await.sleep(length);
        List<Figure> figures = figures();
        sending = false;
        drain();
        prove(crowd.stored(places()) - before);
        return figures;
    }

    private void drain() {
        long end = System.nanoTime() + DRAIN.toNanos();
        long seen = -1;
        while (seen != window.allAcked() + window.allPushed() && System.nanoTime() < end) {
            seen = window.allAcked() + window.allPushed();
            if (Await.until(() -> unanswered() == 0 && isComplete(window.allAcked(), window.allPushed()), QUIET)) {
                return;
            }
        }
    }

    private void prove(long stored) {
        long acked = window.allAcked();
        long pushed = window.allPushed();
        String all = acked + " acknowledged, " + stored + " stored, " + pushed + " received, " + window.allFailed()
                + " failed, " + unanswered() + " without an answer";
        if (acked == 0 || window.allFailed() > 0 || unanswered() > 0 || stored != acked || !isComplete(acked, pushed)) {
            throw new BenchFailure(name + " on " + crowd.system().name() + " proves nothing: " + all);
        }
        System.err.println(crowd.system().name() + " " + name + ": " + all);
    }
}
