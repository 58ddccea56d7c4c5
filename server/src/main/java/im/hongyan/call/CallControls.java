package im.hongyan.call;

import im.hongyan.protocol.Principal;
import io.vertx.core.Future;

/** Handles the requests of participants and invited users, except those that enter a call. */
final class CallControls {
    private final CallAccess access;
    private final CallRooms rooms;
    private final CallUsers users;
    private final IceServers iceServers;
    private final String node;

    CallControls(CallAccess access, CallRooms rooms, CallUsers users, IceServers iceServers, String node) {
        this.access = access;
        this.rooms = rooms;
        this.users = users;
        this.iceServers = iceServers;
        this.node = node;
    }

    Future<Void> confirmRing(Principal caller, CallFrames.ById request) {
        return apply(caller, request.call(), new CallCommand.ConfirmRing(caller.user()))
                .mapEmpty();
    }

    Future<Void> decline(Principal caller, CallFrames.ById request) {
        return unlessEnded(apply(caller, request.call(), new CallCommand.Decline(caller.user())));
    }

    Future<Void> leave(Principal caller, CallFrames.ById request) {
        return unlessEnded(apply(caller, request.call(), new CallCommand.Leave(from(caller))));
    }

    Future<Void> remove(Principal caller, CallFrames.Remove request) {
        return apply(caller, request.call(), new CallCommand.Remove(from(caller), request.participant()))
                .mapEmpty();
    }

    Future<Void> end(Principal caller, CallFrames.ById request) {
        return apply(caller, request.call(), new CallCommand.End(from(caller))).mapEmpty();
    }

    Future<CallFrames.Revision> setMedia(Principal caller, CallFrames.Media media) {
        return apply(
                        caller,
                        media.call(),
                        new CallCommand.SetMedia(
                                from(caller), media.microphone(), media.camera(), media.screen(), media.hand()))
                .map(room -> new CallFrames.Revision(room.revision()));
    }

    Future<Void> ring(Principal caller, CallFrames.Ring ring) {
        return access.checkRecentMember(ring.call(), caller)
                .compose(conversation -> access.checkMembers(conversation, ring.users(), "users")
                        .compose(members -> users.busy(ring.users(), conversation))
                        .compose(busy -> rooms.apply(
                                conversation, ring.call(), new CallCommand.Ring(from(caller), ring.users(), busy))))
                .mapEmpty();
    }

    Future<CallFrames.Found> get(Principal caller, CallFrames.ById request) {
        return room(caller, request.call()).map(CallFrames.Found::of);
    }

    /** Credentials go to participants only. */
    Future<CallFrames.Ice> ice(Principal caller, CallFrames.ById request) {
        return room(caller, request.call()).map(room -> {
            if (room.heldBy(caller.user(), caller.connection()).isEmpty()) {
                throw CallErrors.notJoined();
            }
            return CallFrames.Ice.of(iceServers.issue(caller.user()));
        });
    }

    private Future<CallRoom> room(Principal caller, CallId call) {
        return access.checkRecentMember(call, caller).compose(conversation -> rooms.current(conversation, call));
    }

    private Future<CallRoom> apply(Principal caller, CallId call, CallCommand command) {
        return access.checkRecentMember(call, caller).compose(conversation -> rooms.apply(conversation, call, command));
    }

    /** Leaving or declining an ended call succeeds, because nothing is left to do. */
    private static Future<Void> unlessEnded(Future<CallRoom> applied) {
        return applied.<Void>mapEmpty()
                .recover(failure ->
                        CallErrors.isEnded(failure) ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    private CallCommand.Caller from(Principal caller) {
        return new CallCommand.Caller(caller.user(), Device.of(caller, node));
    }
}
