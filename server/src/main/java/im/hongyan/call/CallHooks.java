package im.hongyan.call;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Updates calls when sockets, sessions, accounts, members or nodes change. Thread-safe. */
final class CallHooks {
    private final CallRooms rooms;
    private final LocalParticipants localParticipants;
    private final CallUserStore users;
    private final CallAccess access;
    private final CallEvents events;
    /** The calls of sessions whose socket has closed: a sign-out may close the socket before the hook reports it. */
    private final Cache<SessionId, CallRoom> disconnected = Caffeine.newBuilder()
            .maximumSize(100_000)
            .expireAfterWrite(Duration.ofMinutes(10))
            .build();

    CallHooks(
            CallRooms rooms,
            LocalParticipants localParticipants,
            CallUserStore users,
            CallAccess access,
            CallEvents events) {
        this.rooms = rooms;
        this.localParticipants = localParticipants;
        this.users = users;
        this.access = access;
        this.events = events;
    }

    /** Repeats the rings that the new connection has missed. */
    void socketOpened(Principal connection) {
        users.rings(connection.user())
                .compose(rooms::inProgress)
                .onSuccess(ringing -> ringing.forEach(room -> events.repeatRing(room, connection)));
    }

    void socketClosed(Principal socket) {
        localParticipants.roomOf(socket).ifPresent(room -> {
            disconnected.put(socket.session(), room);
            rooms.disconnected(socket, room);
        });
    }

    void sessionsEnded(Set<SessionId> sessions) {
        Set<CallRoom> affected = new HashSet<>();
        localParticipants.rooms().stream()
                .filter(room -> room.inCall()
                        .anyMatch(one -> sessions.contains(one.seat().device().session())))
                .forEach(affected::add);
        sessions.forEach(session -> {
            CallRoom left = disconnected.getIfPresent(session);
            if (left != null) {
                affected.add(left);
            }
        });
        affected.forEach(room -> rooms.applyIfPresent(room, new CallCommand.EndSessions(sessions)));
    }

    Future<Void> accountDeleted(UserId user) {
        return users.current(List.of(user)).compose(current -> users.rings(user).compose(ringing -> {
            Set<ConversationId> conversations = new HashSet<>(ringing);
            current.values().forEach(one -> conversations.add(one.conversation()));
            return Future.join(conversations.stream()
                            .map(conversation -> drop(conversation, user))
                            .toList())
                    .mapEmpty();
        }));
    }

    void memberLeft(ConversationId conversation, UserId user) {
        drop(conversation, user);
    }

    private Future<Void> drop(ConversationId conversation, UserId user) {
        return rooms.find(conversation)
                .compose(room -> room.isEmpty()
                        ? Future.succeededFuture()
                        : rooms.applyIfPresent(room.get(), new CallCommand.Drop(user, CallReason.REMOVED)));
    }

    /** A block ends the two users' direct call. Group calls continue. */
    void standingChanged(ConversationId conversation, UserId user) {
        rooms.find(conversation).onSuccess(room -> room.filter(
                        found -> found.info().direct() && !found.isEnded())
                .ifPresent(found -> access.checkCaller(conversation, user).onFailure(failure -> {
                    if (failure instanceof Rejection rejection
                            && rejection.reason().equals("blocked")) {
                        rooms.applyIfPresent(found, new CallCommand.Drop(user, CallReason.REMOVED));
                    }
                })));
    }

    void nodeLeft(String node) {
        localParticipants.rooms().stream()
                .filter(room ->
                        room.inCall().anyMatch(one -> one.seat().device().node().equals(node)))
                .forEach(room -> rooms.applyIfPresent(room, new CallCommand.LoseNode(node)));
    }
}
