package im.hongyan.call;

import im.hongyan.protocol.Principal;

/** Builds the answer to a user who enters a call: the snapshot, a resume token and ICE servers. */
final class CallAnswers {
    private final ResumeTokens tokens;
    private final IceServers iceServers;

    CallAnswers(ResumeTokens tokens, IceServers iceServers) {
        this.tokens = tokens;
        this.iceServers = iceServers;
    }

    CallFrames.Entered entered(CallRoom room, Principal caller) {
        ParticipantId own = room.heldBy(caller.user(), caller.connection())
                .orElseThrow(CallErrors::notJoined)
                .seat()
                .id();
        return new CallFrames.Entered(
                room.id(),
                own,
                tokens.issue(room, own, caller),
                CallFrames.Transport.mesh(iceServers.relayOnly()),
                iceServers.issue(caller.user()).servers(),
                room.revision(),
                room.host(),
                CallFrames.Item.all(room));
    }
}
