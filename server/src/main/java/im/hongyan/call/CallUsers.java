package im.hongyan.call;

import im.hongyan.call.CallUserStore.Current;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes sure that a user is in only one call at a time. A mark that a user is in a call counts only if the call's room
 * contains the user, so that a stale mark or a dead node never keeps a user from calling. Thread-safe.
 */
final class CallUsers {
    private static final int MAX_ATTEMPTS = 3;

    private final CallUserStore store;
    private final CallRooms rooms;

    CallUsers(CallUserStore store, CallRooms rooms) {
        this.store = store;
        this.rooms = rooms;
    }

    /** Marks the user as in this call. Fails with {@code call.in_another_call}. */
    Future<Void> mark(UserId user, ConversationId conversation, CallId call) {
        return mark(user, conversation, call, null, 1);
    }

    private Future<Void> mark(UserId user, ConversationId conversation, CallId call, Current replaced, int number) {
        return store.mark(user, conversation, call, replaced).compose(found -> {
            if (found.isEmpty()) {
                return Future.succeededFuture();
            }
            Current other = found.get();
            return isIn(user, other).compose(in -> {
                if (in || (other.fresh() && !other.conversation().equals(conversation)) || number == MAX_ATTEMPTS) {
                    throw CallErrors.inAnotherCall(other.call());
                }
                return mark(user, conversation, call, other, number + 1);
            });
        });
    }

    private Future<Boolean> isIn(UserId user, Current current) {
        return rooms.find(current.conversation())
                .map(room -> room.filter(found -> found.id().equals(current.call()) && found.isIn(user))
                        .isPresent());
    }

    /** Deletes the mark after a room has refused the user, unless another of their devices is in the call. */
    Future<Void> unmarkUnlessInCall(UserId user, ConversationId conversation, CallId call) {
        return isIn(user, new Current(conversation, call, false))
                .compose(in -> in ? Future.succeededFuture() : unmark(user, conversation, call));
    }

    Future<Void> unmark(UserId user, ConversationId conversation, CallId call) {
        return store.unmark(List.of(user), conversation, call);
    }

    /** The users, among these, who are in a call in another conversation. */
    Future<Set<UserId>> busy(Collection<UserId> users, ConversationId conversation) {
        return store.current(List.copyOf(users)).compose(found -> {
            found.values().removeIf(current -> current.conversation().equals(conversation));
            List<ConversationId> others = found.values().stream()
                    .map(Current::conversation)
                    .distinct()
                    .toList();
            return rooms.inProgress(others).map(inProgress -> busy(found, inProgress));
        });
    }

    private static Set<UserId> busy(Map<UserId, Current> noted, List<CallRoom> rooms) {
        Set<UserId> busy = new HashSet<>();
        noted.forEach((user, current) -> {
            if (rooms.stream().anyMatch(room -> room.id().equals(current.call()) && room.isIn(user))) {
                busy.add(user);
            }
        });
        return busy;
    }
}
