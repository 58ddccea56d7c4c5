package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.bench.ChatSystem.Place;
import java.time.Duration;
import java.util.List;

/** One load on a crowd: warmed up, measured, ended, and then held against what was stored and received. */
abstract class Load {
    private static final Duration DRAIN = Duration.ofSeconds(30);
    /** When nothing has arrived for so long, nothing more will. */
    private static final Duration QUIET = Duration.ofSeconds(3);

    final String name;
    final Crowd crowd;
    final Window window;
    volatile boolean sending;

    Load(String name, Crowd crowd) {
        this.name = name;
        this.crowd = crowd;
        this.window = new Window(crowd.system().processes());
    }

    /** Begins to send; sends on until {@link #sending} is false. */
    abstract void begin();

    /** A marked text arrived at a user. */
    abstract void received(int user, Marker marker);

    abstract List<Place> places();

    abstract List<Figure> figures();

    /** Receipts that so many acknowledged messages must lead to. */
    abstract boolean isComplete(long acked, long pushed);

    /** Sends without an outcome yet. */
    abstract long unanswered();

    /** @throws BenchFailure when a send failed, or something acknowledged was not stored or not received */
    final List<Figure> run(WarmUp warmup, Duration length) {
        long before = crowd.stored(places());
        crowd.receiveBy(this::received);
        sending = true;
        begin();
        Waiting.sleep(warmup.least());
        warmup.untilCompiled(crowd.system().processes());
        window.open();
        Waiting.sleep(length);
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
            if (Waiting.until(() -> unanswered() == 0 && isComplete(window.allAcked(), window.allPushed()), QUIET)) {
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
