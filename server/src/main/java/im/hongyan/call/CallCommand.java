package im.hongyan.call;

import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.util.List;
import java.util.Set;

/** What can happen to a call. */
sealed interface CallCommand {
    /** A user with the socket that the request came from. */
    record Caller(UserId user, Device device) {}

    /**
     * Starts the call, or accepts one that rings: in a direct conversation whose other user calls at the same time.
     *
     * @param invited the users to ring
     * @param busy those of the invited who are in another call, and are not rung
     */
    record Start(
            CallRoom.Info info,
            Caller caller,
            ParticipantId id,
            MediaState media,
            List<UserId> invited,
            Set<UserId> busy)
            implements CallCommand {}

    /** Answers a ring. Without one, the same as {@link Join}. */
    record Accept(Caller caller, ParticipantId id, MediaState media) implements CallCommand {}

    /** Enters the call, in place of the user's other participant if there is one. */
    record Join(Caller caller, ParticipantId id, MediaState media) implements CallCommand {}

    /** Continues a participation with another socket. The resume token was checked before. */
    record Resume(Caller caller, ParticipantId id) implements CallCommand {}

    /** A device of the user rings. */
    record ConfirmRing(UserId user) implements CallCommand {}

    record Decline(UserId user) implements CallCommand {}

    /** Ends the participation that this socket holds, if any. */
    record Leave(Caller caller) implements CallCommand {}

    /** The user may no longer take part, or be rung. */
    record Drop(UserId user, CallReason reason) implements CallCommand {}

    record EndSessions(Set<SessionId> sessions) implements CallCommand {}

    /** A socket has closed. */
    record Disconnect(Caller caller) implements CallCommand {}

    /** A node has died with all its sockets. */
    record LoseNode(String node) implements CallCommand {}

    /** Invites users. */
    record Ring(Caller caller, List<UserId> users, Set<UserId> busy) implements CallCommand {}

    record Remove(Caller caller, ParticipantId target) implements CallCommand {}

    record End(Caller caller) implements CallCommand {}

    /** Changes what is not null. */
    record SetMedia(Caller caller, Boolean microphone, Boolean camera, Boolean screen, Boolean hand)
            implements CallCommand {}

    /** What a client says about its connection to a peer. */
    record ReportLink(Caller caller, ParticipantId peer, boolean connected) implements CallCommand {}

    /** Time has passed. */
    record Tick() implements CallCommand {}

    /** The store was unavailable: participants who could not come back in that time get another grace period. */
    record RestartGrace() implements CallCommand {}

    /**
     * The room was lost, or may lack participants of a node.
     *
     * @param known the room as the node has last seen it
     * @param node whose participants are connected
     */
    record Restore(CallRoom known, String node) implements CallCommand {}

    /** The server cannot continue the call. */
    record Fail() implements CallCommand {}
}
