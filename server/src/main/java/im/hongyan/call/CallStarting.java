package im.hongyan.call;

import im.hongyan.call.CallAccess.Callable;
import im.hongyan.call.CallStore.StoredCall;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.NewEntry;
import im.hongyan.timeline.TimelineErrors;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Starts calls: stores the row in PostgreSQL, marks the user as in a call, and creates the room. If a call is already
 * in progress, a start accepts it if it rings for the user in a direct conversation, and is otherwise refused.
 */
final class CallStarting {
    /** In larger conversations, a call rings only users whom the caller invites. */
    private static final int MAX_RUNG_BY_DEFAULT = 32;

    private static final int MAX_ATTEMPTS = 3;

    /** If no node rebuilds a lost room within this time, its call is lost. */
    private static final Duration LOST_AFTER = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final CallAccess access;
    private final CallStore store;
    private final CallRooms rooms;
    private final CallUsers users;
    private final CallRecorder recorder;
    private final CallAnswers answers;
    private final String node;

    CallStarting(
            Vertx vertx,
            CallAccess access,
            CallStore store,
            CallRooms rooms,
            CallUsers users,
            CallRecorder recorder,
            CallAnswers answers,
            String node) {
        this.vertx = vertx;
        this.access = access;
        this.store = store;
        this.rooms = rooms;
        this.users = users;
        this.recorder = recorder;
        this.answers = answers;
        this.node = node;
    }

    Future<CallFrames.Entered> start(Principal caller, CallFrames.Start start) {
        return access.checkCaller(start.conversation(), caller.user())
                .compose(callable ->
                        invited(callable, start).compose(invited -> attempt(caller, start, callable, invited, 1)))
                .map(room -> answers.entered(room, caller));
    }

    private static Future<List<UserId>> invited(Callable callable, CallFrames.Start start) {
        if (start.invite() != null && !callable.direct()) {
            List<UserId> named = new ArrayList<>(start.invite());
            return callable.others().containsAll(named)
                    ? Future.succeededFuture(named)
                    : Future.failedFuture(CallErrors.notMember("invite"));
        }
        boolean rings = callable.direct() || callable.others().size() < MAX_RUNG_BY_DEFAULT;
        return Future.succeededFuture(rings ? List.copyOf(callable.others()) : List.of());
    }

    private Future<CallRoom> attempt(
            Principal caller, CallFrames.Start start, Callable callable, List<UserId> invited, int number) {
        return store.find(start.conversation(), caller.user(), start.clientId())
                .compose(earlier -> earlier.isPresent()
                        ? again(caller, start, earlier.get())
                        : rooms.find(start.conversation())
                                .compose(room -> start(caller, start, callable, invited, room, number)));
    }

    private Future<CallRoom> start(
            Principal caller,
            CallFrames.Start start,
            Callable callable,
            List<UserId> invited,
            Optional<CallRoom> room,
            int number) {
        if (room.isPresent() && room.get().isEnded()) {
            return rooms.finish(room.get())
                    .compose(recorded -> next(caller, start, callable, invited, number, CallErrors.ended()));
        }
        CallCommand.Caller from = new CallCommand.Caller(caller.user(), Device.of(caller, node));
        MediaState media = MediaState.initial(start.media(), start.microphone(), start.camera());
        CallRoom.Info info = new CallRoom.Info(
                new CallId(Id.next()), start.conversation(), callable.direct(), start.media(), caller.user(), 0);
        CallCommand.Start command = new CallCommand.Start(info, from, ParticipantId.next(), media, invited, Set.of());
        if (room.isPresent()) {
            return intoExisting(command, room.get())
                    .recover(failure -> isReplaced(failure, room.get(), caller)
                            ? next(caller, start, callable, invited, number, (Rejection) failure)
                            : Future.failedFuture(failure));
        }
        return endLost(info)
                .compose(free -> users.busy(invited, start.conversation()))
                .compose(busy -> open(
                        new CallCommand.Start(info, from, command.id(), media, invited, busy),
                        start.clientId(),
                        digest(start)));
    }

    private Future<CallRoom> next(
            Principal caller,
            CallFrames.Start start,
            Callable callable,
            List<UserId> invited,
            int number,
            Rejection otherwise) {
        return number < MAX_ATTEMPTS
                ? attempt(caller, start, callable, invited, number + 1)
                : Future.failedFuture(otherwise);
    }

    /** Whether the start has ended the caller's own ringing call, so that the new call can start. */
    private static boolean isReplaced(Throwable failure, CallRoom room, Principal caller) {
        return failure instanceof Rejection rejection
                && rejection.reason().equals("call.active")
                && room.info().direct()
                && !room.isActive()
                && room.inCall()
                        .anyMatch(one -> one.user().equals(caller.user())
                                && one.seat().device().session().equals(caller.session()));
    }

    /** Handles a start while a call is in progress: accepts that call, or refuses the start. */
    private Future<CallRoom> intoExisting(CallCommand.Start command, CallRoom room) {
        UserId user = command.caller().user();
        ConversationId conversation = room.info().conversation();
        if (!room.info().direct() || !room.isRinging(user)) {
            return rooms.apply(conversation, room.id(), command);
        }
        return users.mark(user, conversation, room.id())
                .compose(taken -> rooms.apply(conversation, room.id(), command))
                .recover(failure -> users.unmarkUnlessInCall(user, conversation, room.id())
                        .transform(done -> Future.failedFuture(failure)));
    }

    /** Repeats the answer to a retry. From another socket, the caller gets a new participant. */
    private Future<CallRoom> again(Principal caller, CallFrames.Start start, StoredCall earlier) {
        if (!MessageDigest.isEqual(earlier.digest(), digest(start))) {
            return Future.failedFuture(TimelineErrors.clientIdReused());
        }
        if (earlier.ended()) {
            return Future.failedFuture(CallErrors.ended());
        }
        CallCommand.Caller from = new CallCommand.Caller(caller.user(), Device.of(caller, node));
        MediaState media = MediaState.initial(start.media(), start.microphone(), start.camera());
        return users.mark(caller.user(), earlier.conversation(), earlier.id())
                .compose(taken -> rooms.apply(
                        earlier.conversation(), earlier.id(), new CallCommand.Join(from, ParticipantId.next(), media)));
    }

    /** Ends calls that have had no room for {@link #LOST_AFTER}. Until then a node may restore it, so a start fails. */
    private Future<Void> endLost(CallRoom.Info info) {
        return store.missing(info.conversation(), info.id(), LOST_AFTER).compose(missing -> {
            if (missing.containsValue(false)) {
                throw CallErrors.recovering(LOST_AFTER.toMillis() / 5);
            }
            return Future.join(
                            missing.keySet().stream().map(recorder::recordLost).toList())
                    .mapEmpty();
        });
    }

    private Future<CallRoom> open(CallCommand.Start command, String clientId, byte[] digest) {
        CallRoom.Info info = command.info();
        UserId user = info.creator();
        return store.insert(info, clientId, digest)
                .compose(fresh -> fresh
                        ? users.mark(user, info.conversation(), info.id())
                        : Future.failedFuture(CallErrors.recovering(1_000)))
                .compose(taken -> rooms.create(command))
                .onSuccess(room -> started(room, command))
                .recover(failure -> undo(info, failure));
    }

    private Future<CallRoom> undo(CallRoom.Info info, Throwable failure) {
        return Future.join(users.unmark(info.creator(), info.conversation(), info.id()), store.delete(info.id()))
                .transform(undone -> Future.failedFuture(failure));
    }

    /** If the invited user is busy, the call ends as soon as its start is answered. */
    private void started(CallRoom room, CallCommand.Start command) {
        access.started(room.id(), room.info().conversation());
        if (room.info().direct() && !command.busy().isEmpty()) {
            vertx.setTimer(1, later -> rooms.tick(room.info().conversation()));
        }
    }

    private static byte[] digest(CallFrames.Start start) {
        return NewEntry.digest(
                start.media().text(),
                String.valueOf(start.microphone()),
                String.valueOf(start.camera()),
                String.valueOf(start.invite()));
    }
}
