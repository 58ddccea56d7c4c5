package im.hongyan.call;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The metrics of calls. No address, candidate, SDP or id of a user is in a label. Thread-safe. */
final class CallMetrics {
    private static final String UNKNOWN = "unknown";

    private static final Duration[] BUCKETS = Stream.of(250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);

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
        firstPairs =
                histogram("hongyan.call.first_pair.duration", "Time from joining to the first connection with a peer");
        meshes = histogram("hongyan.call.mesh.duration", "Time from joining to connections with all peers");
        resumes = counter("hongyan.call.resumes", "Participants that resumed on another socket");
        lost = counter("hongyan.call.lost", "Participants that did not resume in time");
        restarts = counter("hongyan.call.ice_restarts", "Reported results of pairs after the first generation");
        // Registers the metrics with 0 before the first call.
        end(CallOutcome.COMPLETED, CallReason.LEFT);
        end(CallOutcome.FAILED, CallReason.FAILED);
        pair("connected", "relay", "udp");
        pair("failed", UNKNOWN, UNKNOWN);
        refusal("call.full");
    }

    /** @param count the number of configured TURN servers, so that an alert knows whether to expect relayed pairs */
    void turnServers(int count) {
        Gauge.builder("hongyan.call.turn_servers", () -> count)
                .description("Configured TURN servers")
                .register(registry);
    }

    void localParticipants(LocalParticipants localParticipants) {
        Gauge.builder("hongyan.call.participants", localParticipants, LocalParticipants::count)
                .description("Call participants connected to this node")
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
        // If the call ends with a lost participant, the others leave it for the same reason.
        before.inCall()
                .filter(one -> one.state() == ParticipantState.RECONNECTING)
                .filter(one -> after.find(one.seat().id())
                        .filter(left -> left.reason() == CallReason.LOST && !left.isIn())
                        .isPresent())
                .forEach(one -> lost.increment());
        if (after.isEnded() && !before.isEnded()) {
            CallRoom.Ending ending = after.phase().ending();
            end(ending.outcome(), ending.reason()).increment();
        }
    }

    void resumed() {
        resumes.increment();
    }

    void refused(String reason) {
        refusal(reason).increment();
    }

    /** A client has reported the result of a pair. */
    void pair(CallFrames.Link link) {
        if (link.generation() > 1) {
            restarts.increment();
        }
        pair(
                        link.state().text(),
                        link.route() == null ? UNKNOWN : link.route().text(),
                        link.protocol() == null ? UNKNOWN : link.protocol().text())
                .increment();
    }

    void firstPair(long ms) {
        firstPairs.record(ms, TimeUnit.MILLISECONDS);
    }

    void mesh(long ms) {
        meshes.record(ms, TimeUnit.MILLISECONDS);
    }

    private Counter end(CallOutcome outcome, CallReason reason) {
        return Counter.builder("hongyan.call.ends")
                .description("Calls that have ended, by outcome and reason")
                .tag("outcome", outcome.text())
                .tag("reason", reason.text())
                .register(registry);
    }

    private Counter pair(String outcome, String route, String protocol) {
        return Counter.builder("hongyan.call.pairs")
                .description("Reported results of connections between participants")
                .tag("outcome", outcome)
                .tag("route", route)
                .tag("protocol", protocol)
                .register(registry);
    }

    private Counter refusal(String reason) {
        return Counter.builder("hongyan.call.refusals")
                .description("Refused call requests, by reason")
                .tag("reason", reason)
                .register(registry);
    }

    private Timer histogram(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }
}
