package im.hongyan.call;

import im.hongyan.async.LogThrottle;
import im.hongyan.async.PeriodicTasks;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Background tasks of each node: checks rooms that are due, renews the leases of its participants, rebuilds rooms that
 * Redis has lost, repeats snapshots, and closes calls that all nodes have lost. The nodes share the due rooms, so that
 * the calls of a dead node continue.
 */
final class CallMaintenance {
    private static final Logger LOG = LoggerFactory.getLogger(CallMaintenance.class);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration REPEAT = Duration.ofSeconds(20);
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Duration MAX_STOP = Duration.ofSeconds(1);

    private final PeriodicTasks tasks;
    private final CallSettings settings;
    private final CallRoomStore store;
    private final CallUserStore userStore;
    private final CallStore calls;
    private final CallRooms rooms;
    private final CallUsers users;
    private final LocalParticipants localParticipants;
    private final CallAccess access;
    private final CallEvents events;
    private final CallRecorder recorder;
    private final LogThrottle losses = new LogThrottle();
    /** When Redis was unavailable for the last time, by {@link System#nanoTime}. */
    private volatile long lastTrouble;

    private volatile boolean troubled;

    /** The dependencies of this class. */
    record Parts(
            CallRoomStore store,
            CallUserStore userStore,
            CallStore calls,
            CallRooms rooms,
            CallUsers users,
            LocalParticipants localParticipants,
            CallAccess access,
            CallEvents events,
            CallRecorder recorder) {}

    CallMaintenance(Vertx vertx, Parts parts, CallSettings settings) {
        this.tasks = new PeriodicTasks(vertx, LOG, StoreUnavailable.class::isInstance);
        this.settings = settings;
        this.store = parts.store;
        this.userStore = parts.userStore;
        this.calls = parts.calls;
        this.rooms = parts.rooms;
        this.users = parts.users;
        this.localParticipants = parts.localParticipants;
        this.access = parts.access;
        this.events = parts.events;
        this.recorder = parts.recorder;
        rooms.leasesRestartWhile(this::leasesRestart);
    }

    void start() {
        store.onReconnected(() -> {
            noteTrouble();
            renew();
        });
        tasks.every(TICK, "looking after calls", DEADLINE, this::tick)
                .every(settings.lease().dividedBy(4), "renewing the leases of calls", DEADLINE, this::renew)
                .every(REPEAT, "repeating the state of calls", DEADLINE, this::repeat)
                .every(settings.sweep(), "looking for lost calls", DEADLINE, this::sweep);
    }

    Future<Void> stop() {
        return tasks.stop(MAX_STOP);
    }

    private boolean leasesRestart() {
        return troubled && System.nanoTime() - lastTrouble < settings.lease().toNanos();
    }

    private void noteTrouble() {
        lastTrouble = System.nanoTime();
        troubled = true;
    }

    private Future<Void> tick() {
        return store.takeDue()
                .onFailure(failure -> noteTrouble())
                .compose(due -> each(due.stream().map(rooms::tick).toList()));
    }

    /** Renews the leases and marks of this node's participants. */
    private Future<Void> renew() {
        List<CallRoom> known = localParticipants.rooms();
        if (known.isEmpty()) {
            return Future.succeededFuture();
        }
        List<Collection<ParticipantId>> participants = new ArrayList<>();
        Map<UserId, CallRoom> held = new HashMap<>();
        for (CallRoom room : known) {
            // The close of a socket may have failed to reach Redis: then the lease has to expire.
            List<Participant> local =
                    localParticipants.in(room).filter(rooms::isConnected).toList();
            participants.add(local.stream().map(one -> one.seat().id()).toList());
            local.forEach(one -> held.put(one.user(), room));
        }
        return store.renew(known, participants, System.currentTimeMillis())
                .onFailure(failure -> noteTrouble())
                .compose(renewals -> refresh(known, renewals))
                .compose(refreshed -> userStore.renewMarks(held))
                .compose(missing -> takeAgain(missing, held));
    }

    private Future<Void> refresh(List<CallRoom> known, List<CallRoomStore.Renewal> renewals) {
        List<Future<Void>> work = new ArrayList<>();
        List<CallRoom> missing = new ArrayList<>();
        for (int i = 0; i < known.size(); i++) {
            switch (renewals.get(i)) {
                case CHANGED -> work.add(rooms.refresh(known.get(i)));
                case MISSING -> missing.add(known.get(i));
                case RENEWED -> {}
            }
        }
        if (!missing.isEmpty()) {
            work.add(restore(missing));
        }
        return each(work);
    }

    /** Restores missing rooms, unless they are missing because their calls have ended. */
    private Future<Void> restore(List<CallRoom> missing) {
        return calls.ends(missing.stream().map(CallRoom::id).toList())
                // While PostgreSQL is unavailable, ended calls keep their rooms. So Redis has lost these.
                .otherwise(failure -> missing.stream()
                        .collect(Collectors.toMap(CallRoom::id, room -> Optional.<CallFrames.Ended>empty())))
                .compose(ends -> each(
                        missing.stream().map(room -> restoreOrEnd(room, ends)).toList()));
    }

    private Future<Void> restoreOrEnd(CallRoom room, Map<CallId, Optional<CallFrames.Ended>> ends) {
        CallFrames.Ended unknown =
                new CallFrames.Ended(room.id(), room.info().conversation(), CallReason.FAILED, CallOutcome.FAILED, 0);
        Optional<CallFrames.Ended> end = ends.getOrDefault(room.id(), Optional.of(unknown));
        if (end.isEmpty()) {
            return restore(room);
        }
        rooms.over(room, end.get());
        return Future.succeededFuture();
    }

    private Future<Void> restore(CallRoom room) {
        losses.log(suppressed -> LOG.warn(
                "Redis has lost the room of call {}: restoring it ({} more not logged)", room.id(), suppressed));
        return rooms.restore(room).<Void>mapEmpty().recover(failure -> {
            if (!CallErrors.isEnded(failure)) {
                return Future.failedFuture(failure);
            }
            // Another call has started in the conversation.
            localParticipants.remove(room.info().conversation());
            return Future.succeededFuture();
        });
    }

    /** Marks users again whose mark Redis has lost. */
    private Future<Void> takeAgain(List<UserId> missing, Map<UserId, CallRoom> held) {
        return each(missing.stream()
                .filter(user -> localParticipants
                        .room(held.get(user).info().conversation())
                        .filter(room -> room.id().equals(held.get(user).id()) && room.isIn(user))
                        .isPresent())
                .map(user -> {
                    CallRoom room = held.get(user);
                    return users.mark(user, room.info().conversation(), room.id())
                            // The user has left and entered another call in the meantime.
                            .recover(failure -> failure instanceof Rejection
                                    ? Future.succeededFuture()
                                    : Future.failedFuture(failure));
                })
                .toList());
    }

    /** Repeats the snapshots to this node's participants, and removes participants who are no longer members. */
    private Future<Void> repeat() {
        return each(localParticipants.rooms().stream()
                .map(known -> rooms.refresh(known).onSuccess(done -> localParticipants
                        .room(known.info().conversation())
                        .ifPresent(room -> {
                            events.repeat(room, localParticipants.in(room).toList());
                            localParticipants
                                    .in(room)
                                    .map(Participant::user)
                                    .forEach(user -> dropFormerMember(room, user));
                        })))
                .toList());
    }

    private void dropFormerMember(CallRoom room, UserId user) {
        access.isRecentMember(room.info().conversation(), user).onSuccess(member -> {
            if (!member) {
                rooms.applyIfPresent(room, new CallCommand.Drop(user, CallReason.REMOVED));
            }
        });
    }

    /** Closes calls that have had no room for longer than a participant can be disconnected. */
    Future<Void> sweep() {
        return calls.takeUnchecked(settings.sweep().multipliedBy(9).dividedBy(10))
                .compose(open -> each(open.stream().map(this::check).toList()));
    }

    private Future<Void> check(CallStore.StoredCall call) {
        return rooms.find(call.conversation())
                .compose(room -> calls.setMissing(
                        call.id(),
                        room.filter(found -> found.id().equals(call.id())).isEmpty(),
                        settings.reconnect()))
                .compose(lost -> lost ? recorder.recordLost(call) : Future.succeededFuture());
    }

    /** After a restore of the database: ends calls that have no row in it. */
    void historyChanged() {
        List<CallRoom> known = localParticipants.rooms();
        if (!known.isEmpty()) {
            calls.ends(known.stream().map(CallRoom::id).toList()).onSuccess(ends -> known.stream()
                    .filter(room -> !ends.containsKey(room.id()))
                    .forEach(room -> rooms.applyIfPresent(room, new CallCommand.Fail())));
        }
    }

    private static Future<Void> each(List<? extends Future<Void>> work) {
        return work.isEmpty()
                ? Future.succeededFuture()
                : Future.join(List.copyOf(work)).mapEmpty();
    }
}
