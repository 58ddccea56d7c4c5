package im.hongyan.timeline;

/**
 * Whether a member may append entries of their own. Set by features with {@link LogTransaction#setStanding}; every
 * append checks it in its transaction. A mute is independent of it: see {@link LogTransaction#mute}.
 *
 * <p>Codes are stored, and {@code timeline_append} knows them: never reuse one.
 */
public enum Standing {
    SPEAKER(0),
    /** Reads everything and appends nothing. */
    LISTENER(1),
    /** Blocked by the other user of a direct conversation. */
    BLOCKED(2),
    /** The other user of a direct conversation has deleted their account. */
    PEER_DELETED(3);

    private final int code;

    Standing(int code) {
        this.code = code;
    }

    /** Rejects the request unless the member may write. */
    void checkMaySpeak(Role role, boolean muted) {
        if (role == Role.NONE) {
            throw TimelineErrors.notMember();
        }
        switch (this) {
            case LISTENER -> throw TimelineErrors.listenOnly();
            case BLOCKED -> throw TimelineErrors.blocked();
            case PEER_DELETED -> throw TimelineErrors.peerDeleted();
            case SPEAKER -> {}
        }
        if (muted) {
            throw TimelineErrors.muted();
        }
    }

    int code() {
        return code;
    }

    static Standing of(int code) {
        for (Standing standing : values()) {
            if (standing.code == code) {
                return standing;
            }
        }
        throw new IllegalStateException("no standing has the code " + code);
    }
}
