package im.hongyan.call;

import im.hongyan.protocol.Rejection;

/** The rejections of calls, in one place so that the same error always has the same reason. */
final class CallErrors {
    private CallErrors() {}

    /** Also for users who are not members, so that a guessed id does not reveal that the call exists. */
    static Rejection notFound() {
        return Rejection.notFound("call.not_found", "there is no such call").at("call");
    }

    static Rejection peerUnknown(String field) {
        return Rejection.notFound("call.peer_unknown", "this participant is not in the call")
                .at(field);
    }

    static Rejection active(CallId call) {
        return Rejection.conflict("call.active", "a call is in progress in this conversation")
                .with("call", call);
    }

    static Rejection ended() {
        return Rejection.conflict("call.ended", "the call has ended");
    }

    static boolean isEnded(Throwable failure) {
        return failure instanceof Rejection rejection && rejection.reason().equals("call.ended");
    }

    static Rejection full(int max) {
        return Rejection.conflict("call.full", "at most " + max + " participants may be in a call")
                .with("max", max);
    }

    static Rejection answeredElsewhere() {
        return Rejection.conflict("call.answered_elsewhere", "another device has answered the call");
    }

    static Rejection inAnotherCall(CallId call) {
        return Rejection.conflict("call.in_another_call", "you are in another call")
                .with("call", call);
    }

    static Rejection peerReconnecting() {
        return Rejection.conflict("call.peer_reconnecting", "this participant is reconnecting; try again later");
    }

    static Rejection screenTaken() {
        return Rejection.conflict("call.screen_taken", "another participant shares a screen");
    }

    static Rejection notJoined() {
        return Rejection.forbidden("call.not_joined", "this connection does not take part in the call");
    }

    static Rejection notHost() {
        return Rejection.forbidden("call.not_host", "only the host of the call may do this");
    }

    static Rejection removed() {
        return Rejection.forbidden("call.removed", "the host has removed you from the call");
    }

    static Rejection resumeInvalid() {
        return Rejection.forbidden("call.resume_invalid", "the participation cannot be resumed; join again");
    }

    static Rejection signalRate(long retryAfterMs) {
        return Rejection.limited("call.signal_rate", "too many signals", retryAfterMs);
    }

    static Rejection ringRate(long retryAfterMs) {
        return Rejection.limited("call.ring_rate", "a user was rung or has declined a moment ago", retryAfterMs);
    }

    static Rejection recovering(long retryAfterMs) {
        return Rejection.unavailable(
                "call.recovering", "the call is being restored; try again", Math.max(1, retryAfterMs));
    }

    static Rejection peerUnreachable() {
        return Rejection.unavailable("call.peer_unreachable", "the participant's connection does not answer", 500);
    }

    static Rejection overloaded() {
        return Rejection.unavailable("call.busy", "too many requests for this call; try again", 500);
    }

    static Rejection notMember(String field) {
        return Rejection.notFound("member.not_found", "one of the users is not a member of the conversation")
                .at(field);
    }
}
