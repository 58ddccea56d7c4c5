package im.hongyan.call;

import im.hongyan.async.KeyedQueue;
import im.hongyan.async.LogThrottle;
import im.hongyan.async.SingleFlight;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies commands to rooms: reads the room from Redis, runs {@link CallMachine}, and replaces the room. If the room
 * has changed in the meantime, it starts again. So the order in which changes reach Redis decides every race. After a
 * change it sends the pushes, and after the end of a call it records the call. Thread-safe.
 */
final class CallRooms {
    private static final Logger LOG = LoggerFactory.getLogger(CallRooms.class);
    private static final int MAX_ATTEMPTS = 30;
    private static final int MAX_WAITING = 200;
    private static final Duration MAX_WAIT = Duration.ofSeconds(5);

    private final CallRoomStore store;
    private final CallUserStore users;
    private final CallStore calls;
    private final CallMachine machine;
    private final CallRules rules;
    private final CallEvents events;
    private final CallRecorder recorder;
    private final LocalParticipants localParticipants;
    private final Sockets sockets;
    private final CallMetrics metrics;
    private final String node;
    private final LogThrottle failures = new LogThrottle();
    /** Serializes the commands per room, so that a node does not compete with itself. */
    private final KeyedQueue<ConversationId> queue = new KeyedQueue<>(1, MAX_WAITING, MAX_WAIT, CallErrors::overloaded);

    private final SingleFlight<CallId, Void> recording = new SingleFlight<>();
    private volatile BooleanSupplier leasesRestart = () -> false;

    /** The dependencies of this class. */
    record Parts(
            CallRoomStore store,
            CallUserStore users,
            CallStore calls,
            CallEvents events,
            CallRecorder recorder,
            LocalParticipants localParticipants,
            Sockets sockets,
            CallMetrics metrics) {}

    /** @param node the boot id of this node */
    CallRooms(Parts parts, CallRules rules, String node) {
        this.store = parts.store;
        this.users = parts.users;
        this.calls = parts.calls;
        this.events = parts.events;
        this.recorder = parts.recorder;
        this.localParticipants = parts.localParticipants;
        this.sockets = parts.sockets;
        this.metrics = parts.metrics;
        this.rules = rules;
        this.machine = new CallMachine(rules);
        this.node = node;
    }

    /** Sets the check for a recent outage of Redis, after which expired leases mean nothing. */
    void leasesRestartWhile(BooleanSupplier condition) {
        leasesRestart = condition;
    }

    /**
     * Applies a command to a call.
     *
     * @return the room afterwards. Fails with the refusal, with {@code call.ended} if the call has ended, and with
     *     {@code call.recovering} if it has not ended but has no room
     */
    Future<CallRoom> apply(ConversationId conversation, CallId call, CallCommand command) {
        return queue.submit(conversation, () -> attempt(conversation, call, command, 1));
    }

    /** As {@link #apply}, for commands of the server itself: does nothing if the call has no room. */
    Future<Void> applyIfPresent(CallRoom known, CallCommand command) {
        ConversationId conversation = known.info().conversation();
        return queue.submit(conversation, () -> store.read(conversation).compose(read -> {
            boolean present = read.room() != null && read.room().id().equals(known.id());
            return present ? applyUnlessGone(read.room(), command) : Future.succeededFuture();
        }));
    }

    /** Does nothing if the call has ended in the meantime. */
    private Future<Void> applyUnlessGone(CallRoom room, CallCommand command) {
        return attempt(room.info().conversation(), room.id(), command, 1)
                .<Void>mapEmpty()
                .recover(failure ->
                        CallErrors.isEnded(failure) ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    /** Applies timers and expired leases to the conversation's room, and retries to record an ended call. */
    Future<Void> tick(ConversationId conversation) {
        return queue.submit(conversation, () -> store.read(conversation).compose(read -> {
            if (read.room() == null) {
                return store.unschedule(conversation);
            }
            if (read.room().isEnded()) {
                return store.keep(conversation).compose(kept -> finish(read.room()));
            }
            return applyUnlessGone(read.room(), new CallCommand.Tick());
        }));
    }

    /** Creates the room of a new call. Fails with {@code call.active} if the conversation already has one. */
    Future<CallRoom> create(CallCommand.Start start) {
        ConversationId conversation = start.info().conversation();
        return queue.submit(conversation, () -> store.read(conversation).compose(read -> {
            if (read.room() != null) {
                throw CallErrors.active(read.room().id());
            }
            CallRoom.Info info = start.info();
            CallRoom.Info timed = new CallRoom.Info(
                    info.id(), info.conversation(), info.direct(), info.media(), info.creator(), read.now());
            CallCommand.Start atNow = new CallCommand.Start(
                    timed, start.caller(), start.id(), start.media(), start.invited(), start.busy());
            return createFrom(atNow, conversation, read.now());
        }));
    }

    /** Rebuilds a room that Redis has lost, or adds this node's missing participants to it. */
    Future<CallRoom> restore(CallRoom known) {
        return queue.submit(known.info().conversation(), () -> restore(known, 1));
    }

    private Future<CallRoom> restore(CallRoom known, int number) {
        ConversationId conversation = known.info().conversation();
        CallCommand.Restore restore = new CallCommand.Restore(known, node);
        return store.read(conversation).compose(read -> {
            if (read.room() == null) {
                // If another node has restored it at the same time, this one adds its participants.
                return createFrom(restore, conversation, read.now())
                        .recover(failure -> failure instanceof Rejection && number < MAX_ATTEMPTS
                                ? restore(known, number + 1)
                                : Future.failedFuture(failure));
            }
            return read.room().id().equals(known.id())
                    ? attempt(conversation, known.id(), restore, 1)
                    : Future.failedFuture(CallErrors.ended());
        });
    }

    private Future<CallRoom> createFrom(CallCommand command, ConversationId conversation, long now) {
        CallRoom room = machine.apply(null, command, Set.of(), now).room();
        return store.scheduleBy(conversation, now + CallRoomStore.REVISIT_MS)
                .compose(scheduled -> store.swap(0, room))
                .compose(swapped -> {
                    if (swapped != CallRoomStore.Swap.DONE) {
                        throw command instanceof CallCommand.Restore
                                ? CallErrors.recovering(rulesDelay())
                                : CallErrors.active(room.id());
                    }
                    return changed(null, room).map(room);
                });
    }

    private static long rulesDelay() {
        return CallRules.KNOWN_ONLY_MS / 3;
    }

    private Future<CallRoom> attempt(ConversationId conversation, CallId call, CallCommand command, int number) {
        return store.read(conversation).compose(read -> {
            CallRoom room = read.room();
            if (room == null || !room.id().equals(call)) {
                return gone(call);
            }
            CallMachine.Decision decision = decide(read, command);
            if (decision.room().version() == room.version()) {
                updateLocalParticipants(room);
                return answer(decision);
            }
            return replace(room, decision, read.now()).compose(done -> {
                if (done) {
                    return answer(decision);
                }
                return number < MAX_ATTEMPTS
                        ? attempt(conversation, call, command, number + 1)
                        : Future.failedFuture(CallErrors.overloaded());
            });
        });
    }

    /** After an outage of Redis: nodes could not renew leases, and participants could not resume in time. */
    private CallMachine.Decision decide(CallRoomStore.Read read, CallCommand command) {
        if (!leasesRestart.getAsBoolean()) {
            return machine.apply(read.room(), command, read.expired(), read.now());
        }
        CallRoom waiting = machine.apply(read.room(), new CallCommand.RestartGrace(), Set.of(), read.now())
                .room();
        return machine.apply(waiting, command, Set.of(), read.now());
    }

    private static Future<CallRoom> answer(CallMachine.Decision decision) {
        return decision.refusal() == null
                ? Future.succeededFuture(decision.room())
                : Future.failedFuture(decision.refusal());
    }

    private Future<Boolean> replace(CallRoom before, CallMachine.Decision decision, long now) {
        CallRoom after = decision.room();
        ConversationId conversation = after.info().conversation();
        long due = Math.min(after.nextDeadline(rules), now + CallRoomStore.REVISIT_MS);
        // Scheduled before the change: a node that dies in between must not leave a room without a check.
        return store.scheduleBy(conversation, due)
                .compose(scheduled -> store.swap(before.version(), after))
                .compose(swapped -> switch (swapped) {
                    case DONE -> changed(before, after).map(true);
                    case CHANGED -> Future.succeededFuture(false);
                    case FULL -> Future.failedFuture(CallErrors.full(rules.maxParticipants()));
                });
    }

    /** Runs the side effects of a change. The change is already stored, so their failures are only logged. */
    private Future<Void> changed(CallRoom before, CallRoom after) {
        updateLocalParticipants(after);
        metrics.changed(before, after);
        Set<UserId> ringing = users(after.ringing());
        ringing.removeAll(before == null ? Set.of() : users(before.ringing()));
        ConversationId conversation = after.info().conversation();
        // Before the pushes and the answer: a device that connects in between finds the ring, and a user who has left
        // can enter another call at once.
        return quietly(users.addRing(ringing, conversation))
                .compose(noted -> before == null ? Future.succeededFuture() : leaveMarks(before, after))
                .onSuccess(marked -> {
                    events.changed(before, after);
                    if (after.isEnded()) {
                        // The call has ended for its participants even if its record cannot be written now.
                        quietly(finish(after));
                    }
                });
    }

    /** Unmarks users who have left, so that they can enter other calls, and removes rings that have stopped. */
    private Future<Void> leaveMarks(CallRoom before, CallRoom after) {
        ConversationId conversation = after.info().conversation();
        Set<UserId> left = users(before.inCall());
        left.removeIf(after::isIn);
        Set<UserId> stopped = users(before.ringing());
        stopped.removeIf(after::isRinging);
        return quietly(
                Future.join(users.unmark(left, conversation, after.id()), users.removeRing(stopped, conversation))
                        .mapEmpty());
    }

    private static Set<UserId> users(Stream<Participant> participants) {
        return participants.map(Participant::user).collect(Collectors.toSet());
    }

    /** Updates what this node knows about its participants. */
    void updateLocalParticipants(CallRoom room) {
        checkSockets(room, localParticipants.update(room));
    }

    /** Reads a room again that another node has changed, or whose version on this node Redis has lost. */
    Future<Void> refresh(CallRoom known) {
        return store.read(known.info().conversation()).map(read -> {
            CallRoom room = read.room();
            if (room != null && room.isEnded() && room.id().equals(known.id())) {
                over(known, CallFrames.Ended.of(room));
            } else if (room != null) {
                checkSockets(room, localParticipants.refresh(room));
            }
            return null;
        });
    }

    /** Tells this node's participants that the call has ended. They may not know yet. */
    void over(CallRoom known, CallFrames.Ended end) {
        events.repeatEnd(end, localParticipants.in(known).toList());
        localParticipants.remove(known.info().conversation());
    }

    /** Whether the socket of a participant belongs to this node and is open. */
    boolean isConnected(Participant one) {
        return one.seat().device().node().equals(node) && sockets.find(LocalParticipants.socket(one)) != null;
    }

    /** Disconnects participants whose socket closed while they entered, and puts back those that the room has lost. */
    private void checkSockets(CallRoom room, LocalParticipants.Change change) {
        change.forgotten().ifPresent(known -> quietly(applyIfPresent(room, new CallCommand.Restore(known, node))));
        keepConnected(room);
        for (Principal socket : change.entered()) {
            if (sockets.find(socket) == null) {
                disconnected(socket, room);
            }
        }
        if (room.isEnded()) {
            localParticipants.remove(room.info().conversation());
        }
    }

    /**
     * A participant whose lease has expired may have an open socket, because this node did not reach Redis or the other
     * nodes for a while. Its client does not know, and would not resume.
     */
    private void keepConnected(CallRoom room) {
        room.inCall()
                .filter(one -> one.state() == ParticipantState.RECONNECTING && isConnected(one))
                .forEach(one -> {
                    CallCommand.Caller caller =
                            new CallCommand.Caller(one.user(), one.seat().device());
                    quietly(applyIfPresent(
                            room, new CallCommand.Resume(caller, one.seat().id())));
                });
    }

    void disconnected(Principal socket, CallRoom room) {
        CallCommand.Caller caller = new CallCommand.Caller(socket.user(), Device.of(socket, node));
        quietly(applyIfPresent(room, new CallCommand.Disconnect(caller)));
    }

    /** Records the end of a room, and removes the room. If that fails, the next check retries it. */
    Future<Void> finish(CallRoom room) {
        return recording.join(room.id(), () -> recorder.record(room).compose(recorded -> store.remove(room)));
    }

    private <T> Future<T> gone(CallId call) {
        return calls.find(call)
                .compose(found -> Future.failedFuture(
                        found.filter(row -> !row.ended()).isPresent()
                                ? CallErrors.recovering(rulesDelay())
                                : found.isPresent() ? CallErrors.ended() : CallErrors.notFound()));
    }

    private Future<Void> quietly(Future<Void> work) {
        return work.otherwise(failure -> {
            failures.log(suppressed ->
                    LOG.warn("call update failed, retrying ({} more not logged): {}", suppressed, failure.toString()));
            return null;
        });
    }

    /** The room of a call in progress. Fails as {@link #apply} does. */
    Future<CallRoom> current(ConversationId conversation, CallId call) {
        return store.read(conversation).compose(read -> {
            CallRoom room = read.room();
            if (room == null || !room.id().equals(call)) {
                return gone(call);
            }
            updateLocalParticipants(room);
            return room.isEnded() ? Future.failedFuture(CallErrors.ended()) : Future.succeededFuture(room);
        });
    }

    /** The rooms of calls in progress among these conversations. */
    Future<List<CallRoom>> inProgress(List<ConversationId> conversations) {
        return store.read(conversations)
                .map(rooms ->
                        rooms.values().stream().filter(room -> !room.isEnded()).toList());
    }

    Future<Optional<CallRoom>> find(ConversationId conversation) {
        return store.read(conversation).map(read -> Optional.ofNullable(read.room()));
    }
}
