package im.hongyan.call;

/**
 * The limits of calls, for {@link CallMachine}. Times are in ms.
 *
 * @param ringMs how long a user is rung
 * @param graceMs how long the place of a participant without a socket is kept
 * @param aloneMs how long an active call lasts with one participant
 * @param maxParticipants how many participants may be in
 */
record CallRules(long ringMs, long graceMs, long aloneMs, int maxParticipants) {
    /** The least time between two banners about the number of participants. */
    static final long BANNER_MS = 5_000;

    /** How long after a loss of Redis only participants that were in before may enter. */
    static final long KNOWN_ONLY_MS = 3_000;

    /** The least time between two rings of a user. */
    static final long RING_PAUSE_MS = 30_000;

    /** How long a user who has declined is not rung. */
    static final long DECLINE_PAUSE_MS = 60_000;

    /** How long the roster shows those who have left. */
    static final long DEPARTED_MS = 60_000;

    /** How many of those who have left the roster shows at most. */
    static final int MAX_DEPARTED = 32;

    /** How many users may be rung at a time. */
    static final int MAX_RINGING = 32;
}
