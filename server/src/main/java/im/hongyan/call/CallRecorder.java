package im.hongyan.call;

import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.EntryKind;
import im.hongyan.timeline.NewEntry;
import im.hongyan.timeline.Timeline;
import io.vertx.core.Future;
import java.util.List;

/**
 * Records the end of calls. One transaction closes the row of the call and appends the entry, so that a call has
 * exactly one entry, however often and on whichever node its end is recorded.
 */
final class CallRecorder {
    private static final EntryKind KIND = new EntryKind("call", false, true);

    private final FrameCodec codec;
    private final Timeline timeline;
    private final CallStore store;

    CallRecorder(FrameCodec codec, Timeline timeline, CallStore store) {
        this.codec = codec;
        this.timeline = timeline;
        this.store = store;
    }

    void register(FrameRoutes routes) {
        timeline.kinds().register(routes, KIND, CallFrames.Content.class);
    }

    /** Records the end of a room that has ended. Idempotent. */
    Future<Void> record(CallRoom room) {
        CallFrames.Ended end = CallFrames.Ended.of(room);
        CallOutcome outcome = end.outcome();
        CallFrames.Content content = new CallFrames.Content(
                room.id(), room.info().media(), outcome, room.history().participants(), room.seconds());
        // A busy callee was not rung and learns of the call only from its entry.
        boolean counts = outcome == CallOutcome.BUSY
                || (outcome.isMissed() && room.history().rang());
        return append(end, room.info().creator(), content, counts);
    }

    /** Records a call whose room is lost. Idempotent. */
    Future<Void> recordLost(CallStore.StoredCall call) {
        CallFrames.Content content = new CallFrames.Content(call.id(), call.media(), CallOutcome.FAILED, List.of(), 0);
        CallFrames.Ended end =
                new CallFrames.Ended(call.id(), call.conversation(), CallReason.FAILED, CallOutcome.FAILED, 0);
        return append(end, call.caller(), content, false);
    }

    /** The row makes this idempotent. The client id must not be predictable: the caller could use it before. */
    private Future<Void> append(CallFrames.Ended end, UserId caller, CallFrames.Content content, boolean counts) {
        NewEntry entry = new NewEntry(
                end.conversation(),
                caller,
                Id.Text.encode(Id.next()),
                KIND.counting(counts),
                codec.json(content),
                summary(content),
                null);
        // The caller may have left the conversation since.
        return timeline.transact(end.conversation(), tx -> store.close(tx.sql(), end)
                .compose(first -> first ? tx.appendUnchecked(entry).mapEmpty() : Future.succeededFuture()));
    }

    private static String summary(CallFrames.Content content) {
        String icon = content.media() == CallMedia.VIDEO ? "📹 " : "📞 ";
        return icon
                + switch (content.outcome()) {
                    case COMPLETED -> "Call, " + content.seconds() / 60 + ":" + twoDigits(content.seconds() % 60);
                    case FAILED -> "Call failed";
                    case MISSED, CANCELLED, BUSY -> "Missed call";
                    case DECLINED -> "Call declined";
                };
    }

    private static String twoDigits(long seconds) {
        return (seconds < 10 ? "0" : "") + seconds;
    }
}
