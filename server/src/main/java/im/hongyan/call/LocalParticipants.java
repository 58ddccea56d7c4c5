package im.hongyan.call;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Principal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The participants whose sockets are on this node, with their rooms as this node last saw them. The node renews the
 * leases of these participants, and rebuilds their rooms if Redis loses them. Thread-safe.
 */
final class LocalParticipants {
    private final String node;
    /** Rooms with at least one participant of this node. */
    private final Map<ConversationId, CallRoom> rooms = new HashMap<>();

    private final Map<Principal, ConversationId> bySocket = new HashMap<>();

    /** @param node the boot id of this node */
    LocalParticipants(String node) {
        this.node = node;
    }

    /**
     * Stores the current version of a room.
     *
     * @return the sockets of this node that have entered the call with this change
     */
    synchronized List<Principal> update(CallRoom room) {
        ConversationId conversation = room.info().conversation();
        CallRoom known = rooms.get(conversation);
        if (known != null && known.id().equals(room.id()) && known.version() >= room.version()) {
            return List.of();
        }
        return refresh(room);
    }

    /** As {@link #update}, but also accepts a lower version, which a restored room may have. */
    synchronized List<Principal> refresh(CallRoom room) {
        ConversationId conversation = room.info().conversation();
        List<Principal> sockets = in(room).map(LocalParticipants::socket).toList();
        List<Principal> entered = new ArrayList<>(sockets);
        entered.removeIf(socket -> conversation.equals(bySocket.get(socket)));
        remove(conversation);
        if (!sockets.isEmpty()) {
            rooms.put(conversation, room);
            sockets.forEach(socket -> bySocket.put(socket, conversation));
        }
        return entered;
    }

    /** Forgets the room of a conversation. */
    synchronized void remove(ConversationId conversation) {
        CallRoom known = rooms.remove(conversation);
        if (known != null) {
            in(known).forEach(one -> bySocket.remove(socket(one), conversation));
        }
    }

    /** The room of a participant of this node, as last seen. */
    synchronized Optional<CallRoom> roomOf(Principal socket) {
        return Optional.ofNullable(bySocket.get(socket)).map(rooms::get);
    }

    synchronized Optional<CallRoom> room(ConversationId conversation) {
        return Optional.ofNullable(rooms.get(conversation));
    }

    synchronized List<CallRoom> rooms() {
        return List.copyOf(rooms.values());
    }

    /** The number of participants of this node. */
    synchronized int count() {
        return bySocket.size();
    }

    /** The connected participants of this node in a room. */
    Stream<Participant> in(CallRoom room) {
        return room.inCall()
                .filter(one -> one.state() == ParticipantState.JOINED)
                .filter(one -> one.seat().device().node().equals(node));
    }

    static Principal socket(Participant one) {
        return one.seat().device().principal(one.user());
    }
}
