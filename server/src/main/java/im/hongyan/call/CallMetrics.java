package im.hongyan.call;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** The metrics of calls. No address, candidate, SDP or id of a user is in a label. Thread-safe. */
final class CallMetrics {
    private final MeterRegistry registry;
    private final Timer answers;
    private final Timer firstPairs;
    private final Timer meshes;
    private final Counter resumes;
    private final Counter lost;
    private final Counter restarts;

    CallMetrics(MeterRegistry registry) {
        this.registry = registry;
        answers = histogram("hongyan.call.answer.duration", "Time from the first ring to the second participant");
        firstPairs = histogram(
                "hongyan.call.first_pair.duration", "Time from joining to the first connection with a peer");
        meshes = histogram("hongyan.call.mesh.duration", "Time from joining to connections with all peers");
        resumes = counter("hongyan.call.resumes", "Participants that continued on another socket");
        lost = counter("hongyan.call.lost", "Participants whose socket did not come back in time");
        restarts = counter("hongyan.call.ice_restarts", "Reported results of pairs after the first generation");
    }

    void seats(CallSeats seats) {
        Gauge.builder("hongyan.call.participants", seats, CallSeats::count)
                .description("Participants of calls that are connected to this node")
                .strongReference(true)
                .register(registry);
    }

    /** @param before null for a new room */
    void changed(CallRoom before, CallRoom after) {
        if (before == null) {
            return;
        }
        if (!before.isActive() && after.isActive()) {
            answers.record(
                    Math.max(0, after.phase().activeSince() - after.info().startedAt()), TimeUnit.MILLISECONDS);
        }
        before.in()
                .filter(one -> after.find(one.seat().id())
                        .filter(left -> left.reason() == CallReason.LOST && !left.isIn())
                        .isPresent())
                .forEach(one -> lost.increment());
        if (after.isEnded() && !before.isEnded()) {
            CallRoom.Ending ending = after.phase().ending();
            Counter.builder("hongyan.call.ends")
                    .description("Calls that have ended, by outcome and reason")
                    .tag("outcome", ending.outcome().text())
                    .tag("reason", ending.reason().text())
                    .register(registry)
                    .increment();
        }
    }

    void resumed() {
        resumes.increment();
    }

    void refused(String reason) {
        Counter.builder("hongyan.call.refusals")
                .description("Requests of calls that were refused, by reason")
                .tag("reason", reason)
                .register(registry)
                .increment();
    }

    /** A client has reported the result of a pair. */
    void pair(CallFrames.Link link) {
        if (link.generation() > 1) {
            restarts.increment();
        }
        Counter.builder("hongyan.call.pairs")
                .description("Reported results of connections between participants")
                .tag("outcome", link.state().text())
                .tag("route", link.route() == null ? "unknown" : link.route().text())
                .tag("protocol", link.protocol() == null ? "unknown" : link.protocol().text())
                .register(registry)
                .increment();
    }

    void firstPair(long ms) {
        firstPairs.record(ms, TimeUnit.MILLISECONDS);
    }

    void mesh(long ms) {
        meshes.record(ms, TimeUnit.MILLISECONDS);
    }

    private Timer histogram(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .publishPercentileHistogram()
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }
}
