package im.hongyan.call;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;

/** Enters calls in progress: accept, join, resume. */
final class CallEntering {
    private final CallAccess access;
    private final CallRooms rooms;
    private final CallUsers users;
    private final ResumeTokens tokens;
    private final CallAnswers answers;
    private final CallMetrics metrics;
    private final String node;

    CallEntering(
            CallAccess access,
            CallRooms rooms,
            CallUsers users,
            ResumeTokens tokens,
            CallAnswers answers,
            CallMetrics metrics,
            String node) {
        this.access = access;
        this.rooms = rooms;
        this.users = users;
        this.tokens = tokens;
        this.answers = answers;
        this.metrics = metrics;
        this.node = node;
    }

    Future<CallFrames.Entered> accept(Principal caller, CallFrames.Enter accept) {
        return enter(caller, accept, true);
    }

    Future<CallFrames.Entered> join(Principal caller, CallFrames.Enter join) {
        return enter(caller, join, false);
    }

    private Future<CallFrames.Entered> enter(Principal caller, CallFrames.Enter enter, boolean accept) {
        UserId user = caller.user();
        return access.checkMember(enter.call(), user).compose(conversation -> rooms.find(conversation)
                .compose(found -> {
                    CallMedia media = found.map(room -> room.info().media()).orElse(CallMedia.AUDIO);
                    MediaState state = MediaState.initial(media, enter.microphone(), enter.camera());
                    CallCommand.Caller from = new CallCommand.Caller(user, Device.of(caller, node));
                    ParticipantId id = ParticipantId.next();
                    return users.mark(user, conversation, enter.call())
                            .compose(taken -> rooms.apply(
                                    conversation,
                                    enter.call(),
                                    accept
                                            ? new CallCommand.Accept(from, id, state)
                                            : new CallCommand.Join(from, id, state)))
                            .recover(failure -> users.unmarkUnlessInCall(user, conversation, enter.call())
                                    .transform(done -> Future.failedFuture(failure)));
                })
                .map(room -> answers.entered(room, caller)));
    }

    Future<CallFrames.Entered> resume(Principal caller, CallFrames.Resume resume) {
        ConversationId conversation = tokens.verify(resume.resumeToken(), resume.call(), resume.participant(), caller)
                .orElseThrow(CallErrors::resumeInvalid);
        CallCommand.Caller from = new CallCommand.Caller(caller.user(), Device.of(caller, node));
        return rooms.apply(conversation, resume.call(), new CallCommand.Resume(from, resume.participant()))
                .onSuccess(room -> {
                    metrics.resumed();
                    access.started(room.id(), conversation);
                    // The mark may have expired while the socket was gone.
                    users.mark(caller.user(), conversation, resume.call());
                })
                .map(room -> answers.entered(room, caller));
    }
}
