package im.hongyan.call;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.call.CallFrames.LinkState;
import im.hongyan.protocol.Principal;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Collects the clients' reports about their connections, for the outcome of the call and for metrics. */
final class CallLinks {
    /** The connections that a participant of this node has reported. */
    private static final class Progress {
        private final long began = System.nanoTime();
        private final Set<ParticipantId> connected = new HashSet<>();
        private boolean complete;
    }

    private final CallAccess access;
    private final CallRooms rooms;
    private final CallMetrics metrics;
    private final String node;
    private final Cache<ParticipantId, Progress> progress = Caffeine.newBuilder()
            .maximumSize(50_000)
            .expireAfterWrite(Duration.ofMinutes(10))
            .build();

    CallLinks(CallAccess access, CallRooms rooms, CallMetrics metrics, String node) {
        this.access = access;
        this.rooms = rooms;
        this.metrics = metrics;
        this.node = node;
    }

    /** Starts measuring the connections of a participant who has entered a call on this node. */
    void entered(CallFrames.Entered entered) {
        // A repeated request gets the same participant, whose measurement continues.
        if (progress.getIfPresent(entered.participant()) == null) {
            progress.put(entered.participant(), new Progress());
        }
    }

    Future<Void> report(Principal caller, CallFrames.Link link) {
        return access.checkRecentMember(link.call(), caller)
                .compose(conversation -> link.state() == LinkState.CONNECTED || link.state() == LinkState.FAILED
                        ? rooms.apply(conversation, link.call(), command(caller, link))
                        : rooms.current(conversation, link.call()))
                .map(room -> {
                    Participant own =
                            room.heldBy(caller.user(), caller.connection()).orElseThrow(CallErrors::notJoined);
                    measure(room, own.seat().id(), link);
                    return null;
                });
    }

    private CallCommand command(Principal caller, CallFrames.Link link) {
        return new CallCommand.ReportLink(
                new CallCommand.Caller(caller.user(), Device.of(caller, node)),
                link.peer(),
                link.state() == LinkState.CONNECTED);
    }

    private void measure(CallRoom room, ParticipantId own, CallFrames.Link link) {
        metrics.pair(link);
        Progress known = progress.getIfPresent(own);
        if (known == null || link.state() != LinkState.CONNECTED) {
            return;
        }
        long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - known.began);
        synchronized (known) {
            if (known.connected.add(link.peer()) && known.connected.size() == 1) {
                metrics.firstPair(ms);
            }
            boolean all = room.inCall()
                    .filter(one -> !one.has(own))
                    .allMatch(one -> known.connected.contains(one.seat().id()));
            if (all && !known.complete) {
                known.complete = true;
                metrics.mesh(ms);
            }
        }
    }
}
