package im.hongyan.call;

import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.util.List;
import java.util.Set;

/** A request or an event that can change a call. */
sealed interface CallCommand {
    /** A user, and the socket that sent the request. */
    record Caller(UserId user, Device device) {}

    /**
     * Starts a call. If the other user of a direct conversation is calling at the same time, accepts that call instead.
     *
     * @param invited the users to ring
     * @param busy the invited users who are in another call; they are not rung
     */
    record Start(
            CallRoom.Info info,
            Caller caller,
            ParticipantId id,
            MediaState media,
            List<UserId> invited,
            Set<UserId> busy)
            implements CallCommand {}

    /** Accepts a ringing call. If the call does not ring for the user, the same as {@link Join}. */
    record Accept(Caller caller, ParticipantId id, MediaState media) implements CallCommand {}

    /** Enters the call, and replaces the user's other participant if there is one. */
    record Join(Caller caller, ParticipantId id, MediaState media) implements CallCommand {}

    /** Continues a participation with another socket. The resume token was checked before. */
    record Resume(Caller caller, ParticipantId id) implements CallCommand {}

    /** A device of the user rings. */
    record ConfirmRing(UserId user) implements CallCommand {}

    record Decline(UserId user) implements CallCommand {}

    /** Removes the participant of this socket, if any. */
    record Leave(Caller caller) implements CallCommand {}

    /** The user may no longer take part or be rung. */
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

    /** Changes the media state; null leaves a field unchanged. */
    record SetMedia(Caller caller, Boolean microphone, Boolean camera, Boolean screen, Boolean hand)
            implements CallCommand {}

    /** A client's report about its connection to a peer. */
    record ReportLink(Caller caller, ParticipantId peer, boolean connected) implements CallCommand {}

    /** Applies timers only. */
    record Tick() implements CallCommand {}

    /** Redis was unavailable: participants who could not resume in that time get another grace period. */
    record RestartGrace() implements CallCommand {}

    /**
     * Redis has lost the room, or the room may lack participants of a node.
     *
     * @param known the room as the node last saw it
     * @param node the node whose participants are connected
     */
    record Restore(CallRoom known, String node) implements CallCommand {}

    /** The server cannot continue the call. */
    record Fail() implements CallCommand {}
}
