package im.hongyan.timeline;

import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;

/** The rejections of the log, in one place so that the same error always has the same reason. */
public final class TimelineErrors {
    private TimelineErrors() {}

    /** Also for a conversation that does not exist, so that a client cannot find out whether it does. */
    public static Rejection notMember() {
        return Rejection.forbidden("conversation.not_member", "you are not a member of this conversation");
    }

    static Rejection listenOnly() {
        return Rejection.forbidden("conversation.listen_only", "in this conversation you may only listen");
    }

    static Rejection blocked() {
        return Rejection.forbidden("blocked", "the other user has blocked you");
    }

    static Rejection peerDeleted() {
        return Rejection.notFound("user.not_found", "the other user has deleted their account");
    }

    static Rejection muted() {
        return Rejection.forbidden("conversation.muted", "you are muted in this conversation");
    }

    public static Rejection clientIdReused() {
        return Rejection.conflict("client_id.reused", "this clientId was used for another request")
                .at("clientId");
    }

    /** Also for an entry that the user may not see. */
    public static Rejection noSuchEntry() {
        return Rejection.notFound("entry.not_found", "there is no such entry in this conversation");
    }

    static Rejection busy() {
        return Rejection.unavailable("log.busy", "too many messages wait to be stored", 1_000);
    }

    static Rejection tooManyChanges() {
        return Rejection.limited("changes.limited", "too many of your changes are waiting; retry later", 1_000);
    }

    static Rejection tooManyStays(UserId user) {
        return Rejection.conflict(
                        "member.stays", user + " has left this group too often; open its history to add the user again")
                .at("users");
    }

    static Rejection tooManyGroups(UserId user) {
        return Rejection.conflict("member.groups", user + " is in too many groups and must leave one first");
    }

    static Rejection ownsTooMany() {
        return Rejection.conflict(
                "group.too_many", "this user owns too many groups and must leave one or hand one over first");
    }

    static Rejection tooManyAdditions(long retryAfterMs) {
        return Rejection.limited(
                "members.limited", "you have added too many users to groups; try again later", retryAfterMs);
    }

    static Rejection away() {
        return Rejection.unavailable("store.unavailable", "the message could not be stored in time", 1_000);
    }
}
