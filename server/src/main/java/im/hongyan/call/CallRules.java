package im.hongyan.call;

/**
 * The limits of calls, for {@link CallMachine}. Times are in ms.
 *
 * @param ringMs how long a call rings
 * @param graceMs how long a participant without a socket can resume
 * @param aloneMs how long an active call lasts with one participant
 * @param maxParticipants the maximum number of participants
 */
record CallRules(long ringMs, long graceMs, long aloneMs, int maxParticipants) {
    /** The minimum time between two banners about the number of participants. */
    static final long BANNER_MS = 5_000;

    /** How long after Redis lost a room only earlier participants may enter. */
    static final long KNOWN_ONLY_MS = 3_000;

    /** The minimum time between two rings of a user. */
    static final long RING_PAUSE_MS = 30_000;

    /** The minimum time between a decline and the next ring. */
    static final long DECLINE_PAUSE_MS = 60_000;

    /** How long the roster shows participants who have left. */
    static final long DEPARTED_MS = 60_000;

    /** How many participants who have left the roster shows at most. */
    static final int MAX_DEPARTED = 32;

    /** How many users may ring at the same time. */
    static final int MAX_RINGING = 32;
}
