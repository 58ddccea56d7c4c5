package im.hongyan.call;

import im.hongyan.delivery.Delivery;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.Members;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Sends the pushes of calls, which it derives from the room before and after a change. Pushes are hints: the ring is
 * repeated to new connections, and snapshots are repeated every 20 s.
 */
final class CallEvents {
    private final FrameCodec codec;
    private final Delivery delivery;
    private final Members members;

    CallEvents(FrameCodec codec, Delivery delivery, Members members) {
        this.codec = codec;
        this.delivery = delivery;
        this.members = members;
    }

    void register(FrameRoutes routes) {
        routes.declarePush("call.ringing", CallFrames.Ringing.class)
                .declarePush("call.state", CallFrames.State.class)
                .declarePush("call.banner", CallFrames.BannerChanged.class)
                .declarePush("call.answered_elsewhere", CallFrames.ById.class)
                .declarePush("call.ended", CallFrames.Ended.class)
                .declarePush("call.signal", CallFrames.Signaled.class);
    }

    /** @param before null for a new room */
    void changed(CallRoom before, CallRoom after) {
        if (after.isEnded()) {
            ended(before, after);
        } else {
            after.ringing()
                    .filter(one -> before == null || !hasRing(before, one))
                    .forEach(one -> delivery.toUser(one.user(), ringing(after, one)));
            if (before != null) {
                ringsStopped(before, after);
            }
            if (before == null || before.revision() != after.revision()) {
                stateChanged(before, after);
            }
        }
        if (before == null || !before.phase().banner().equals(after.phase().banner())) {
            bannerChanged(after);
        }
    }

    private static boolean hasRing(CallRoom room, Participant rung) {
        return room.ringing()
                .anyMatch(one -> one.user().equals(rung.user()) && one.ring().equals(rung.ring()));
    }

    private Frame ringing(CallRoom room, Participant rung) {
        return codec.push("call.ringing", CallFrames.Ringing.of(room, rung), Frame.DropPolicy.THEN_SYNC);
    }

    /**
     * Stops ringing on the devices of users who have answered or can no longer answer. Devices time out by themselves.
     */
    private void ringsStopped(CallRoom before, CallRoom after) {
        Frame frame =
                codec.push("call.answered_elsewhere", new CallFrames.ById(after.id()), Frame.DropPolicy.THEN_SYNC);
        before.ringing().map(Participant::user).forEach(user -> {
            if (after.isRinging(user)) {
                return;
            }
            after.inCall()
                    .filter(one -> one.user().equals(user))
                    .findFirst()
                    .ifPresentOrElse(
                            answered -> delivery.toOtherSockets(LocalParticipants.socket(answered), frame),
                            () -> delivery.toUser(user, frame));
        });
    }

    /** Also sent to participants who have just left, so that they learn why. */
    private void stateChanged(CallRoom before, CallRoom after) {
        Frame state = state(after);
        after.inCall().forEach(one -> toSocket(one, state));
        if (before != null) {
            before.inCall()
                    .filter(one -> after.find(one.seat().id())
                            .filter(Participant::isIn)
                            .isEmpty())
                    .forEach(one -> toSocket(one, state));
        }
    }

    private void toSocket(Participant one, Frame frame) {
        delivery.toConnection(one.seat().device().node(), LocalParticipants.socket(one), frame);
    }

    private Frame state(CallRoom room) {
        return codec.push("call.state", CallFrames.State.of(room), Frame.DropPolicy.SILENTLY);
    }

    private void ended(CallRoom before, CallRoom after) {
        Frame frame = codec.push("call.ended", CallFrames.Ended.of(after), Frame.DropPolicy.THEN_SYNC);
        Set<UserId> users = before.participants().stream()
                .filter(one -> one.isIn()
                        || one.isRinging()
                        || one.state() == ParticipantState.TIMED_OUT
                        || one.state() == ParticipantState.BUSY)
                .map(Participant::user)
                .collect(Collectors.toSet());
        delivery.toUsers(users, frame);
        toMembers(after.info().conversation(), user -> !before.isIn(user), noBanner(after));
    }

    private Frame noBanner(CallRoom room) {
        return banner(new CallFrames.BannerChanged(room.info().conversation(), null));
    }

    private void bannerChanged(CallRoom room) {
        if (!room.isEnded()) {
            CallFrames.BannerChanged banner =
                    new CallFrames.BannerChanged(room.info().conversation(), CallFrames.Banner.of(room));
            toMembers(room.info().conversation(), user -> !room.isIn(user), banner(banner));
        }
    }

    private Frame banner(CallFrames.BannerChanged banner) {
        return codec.push("call.banner", banner, Frame.DropPolicy.THEN_SYNC);
    }

    /** Sent to members outside the call. Skipped if PostgreSQL is unavailable and the members are not cached. */
    private void toMembers(ConversationId conversation, Predicate<UserId> which, Frame frame) {
        members.recent(conversation).onSuccess(list -> {
            Set<UserId> outside = new HashSet<>(list.users());
            outside.removeIf(which.negate());
            delivery.toUsers(outside, frame);
        });
    }

    /** Sends the snapshot again to these participants. */
    void repeat(CallRoom room, List<Participant> participants) {
        Frame state = state(room);
        participants.forEach(one -> toSocket(one, state));
    }

    /** Repeats to these participants that the call has ended, because the node that ended it may have died. */
    void repeatEnd(CallFrames.Ended end, List<Participant> participants) {
        Frame frame = codec.push("call.ended", end, Frame.DropPolicy.THEN_SYNC);
        participants.forEach(one -> toSocket(one, frame));
    }

    /** Repeats the ring to a new connection of a ringing user. */
    void repeatRing(CallRoom room, Principal connection) {
        room.ringing()
                .filter(one -> one.user().equals(connection.user()))
                .findFirst()
                .ifPresent(one -> delivery.toConnection(delivery.ownNode(), connection, ringing(room, one)));
    }
}
