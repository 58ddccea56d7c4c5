package im.hongyan.call;

import im.hongyan.async.KeyedQueue;
import im.hongyan.async.KeyedRateLimiter;
import im.hongyan.delivery.Delivery;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;

/**
 * Relays signals between two participants of a call. The sender is the participant of the socket, whatever the signal
 * says. The signals of a socket are checked and sent in order. Signals are neither stored nor logged.
 */
final class CallSignals {
    private static final int MAX_WAITING = 1_000;
    private static final Duration MAX_WAIT = Duration.ofSeconds(2);
    /**
     * The average size of a user's signals that is allowed. With the usual rate, their burst fits into the queue of a
     * socket, so that it does not get another user disconnected. Ten times what a call of nine needs.
     */
    private static final int BYTES_PER_SIGNAL = 2 * 1024;

    /** More than the largest signal has. */
    private static final int MIN_BURST_BYTES = 256 * 1024;

    /** The recipient of a signal, and its sender. */
    private record Route(Participant peer, ParticipantId from) {}

    private final FrameCodec codec;
    private final Delivery delivery;
    private final CallAccess access;
    private final CallRooms rooms;
    private final CallRoomStore store;
    private final LocalParticipants localParticipants;
    /** Queues only the checks, because a peer that does not answer must not delay signals to others. */
    private final KeyedQueue<Principal> checks = new KeyedQueue<>(1, MAX_WAITING, MAX_WAIT, CallErrors::overloaded);

    private final KeyedRateLimiter<UserId> bytes;

    CallSignals(
            FrameCodec codec,
            Delivery delivery,
            CallAccess access,
            CallRooms rooms,
            CallRoomStore store,
            LocalParticipants localParticipants,
            CallSettings settings) {
        bytes = new KeyedRateLimiter<>(
                (double) BYTES_PER_SIGNAL * settings.signalsPerSecond(),
                Math.max(MIN_BURST_BYTES, BYTES_PER_SIGNAL * settings.signalBurst()));
        this.codec = codec;
        this.delivery = delivery;
        this.access = access;
        this.rooms = rooms;
        this.store = store;
        this.localParticipants = localParticipants;
    }

    Future<Void> signal(Principal caller, CallFrames.Signal signal) {
        ParticipantId to = signal.peer();
        long waitMs = bytes.take(caller.user(), signal.signal().size());
        if (waitMs > 0) {
            return Future.failedFuture(CallErrors.signalRate(waitMs));
        }
        return checks.<Future<Void>>submit(caller, () -> room(caller, signal.call())
                        .map(room -> route(room, caller, to))
                        .map(route -> send(route, signal)))
                .compose(sent -> sent);
    }

    private Future<Void> send(Route route, CallFrames.Signal signal) {
        Frame frame = codec.push("call.signal", CallFrames.Signaled.of(signal, route.from()), Frame.DropPolicy.NEVER);
        return delivery.toConnection(route.peer().seat().device().node(), LocalParticipants.socket(route.peer()), frame)
                .recover(failure -> Future.failedFuture(CallErrors.peerUnreachable()));
    }

    /** The room that this node knows, if its version is current: that check costs less than reading the room. */
    private Future<CallRoom> room(Principal caller, CallId call) {
        Optional<CallRoom> known =
                localParticipants.roomOf(caller).filter(room -> room.id().equals(call));
        if (known.isEmpty()) {
            return access.checkRecentMember(call, caller).compose(conversation -> rooms.current(conversation, call));
        }
        ConversationId conversation = known.get().info().conversation();
        return store.version(conversation)
                .compose(version -> version == known.get().version()
                        ? Future.succeededFuture(known.get())
                        : rooms.current(conversation, call));
    }

    private static Route route(CallRoom room, Principal caller, ParticipantId to) {
        Participant own = room.heldBy(caller.user(), caller.connection()).orElseThrow(CallErrors::notJoined);
        Participant peer = room.find(to)
                .filter(one -> one.isIn() && !one.has(own.seat().id()))
                .orElseThrow(() -> CallErrors.peerUnknown("to"));
        if (peer.state() == ParticipantState.RECONNECTING) {
            throw CallErrors.peerReconnecting();
        }
        return new Route(peer, own.seat().id());
    }
}
