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

    /**
     * What a new version of a room changes for this node.
     *
     * @param entered the sockets of this node that have entered the call
     * @param forgotten the previous version, if it has participants of this node that the new one does not know: after
     *     Redis lost the room, a node that had not seen them restored it
     */
    record Change(List<Principal> entered, Optional<CallRoom> forgotten) {
        private static final Change NONE = new Change(List.of(), Optional.empty());
    }

    /** @param node the boot id of this node */
    LocalParticipants(String node) {
        this.node = node;
    }

    /** Stores the current version of a room. */
    synchronized Change update(CallRoom room) {
        CallRoom known = rooms.get(room.info().conversation());
        return isSameCall(known, room) && known.version() >= room.version() ? Change.NONE : refresh(room);
    }

    /** As {@link #update}, but also accepts a lower version, which a restored room may have. */
    synchronized Change refresh(CallRoom room) {
        ConversationId conversation = room.info().conversation();
        CallRoom known = rooms.get(conversation);
        List<Principal> sockets = in(room).map(LocalParticipants::socket).toList();
        List<Principal> entered = new ArrayList<>(sockets);
        entered.removeIf(socket -> conversation.equals(bySocket.get(socket)));
        remove(conversation);
        if (!sockets.isEmpty()) {
            rooms.put(conversation, room);
            sockets.forEach(socket -> bySocket.put(socket, conversation));
        }
        boolean forgets = isSameCall(known, room)
                && in(known).anyMatch(one -> room.find(one.seat().id()).isEmpty());
        return new Change(entered, forgets ? Optional.of(known) : Optional.empty());
    }

    private static boolean isSameCall(CallRoom known, CallRoom room) {
        return known != null && known.id().equals(room.id());
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
