package im.hongyan.call;

import im.hongyan.config.SettingsReader;
import java.time.Duration;

/**
 * The settings of calls.
 *
 * @param ring how long a call rings
 * @param reconnect how long a participant without a socket can resume
 * @param alone how long an active call lasts with one participant
 * @param lease how long a node's participants count as connected after it last renewed their leases
 * @param sweep how often nodes look for lost calls
 * @param maxParticipants the maximum number of participants in a call
 * @param signalsPerSecond how many signals a participant may send on average
 * @param signalBurst how many signals a participant may send at once
 * @param ice the STUN and TURN servers
 */
record CallSettings(
        Duration ring,
        Duration reconnect,
        Duration alone,
        Duration lease,
        Duration sweep,
        int maxParticipants,
        int signalsPerSecond,
        int signalBurst,
        IceSettings ice) {
    /** The maximum for a mesh: each browser sends to all others. */
    static final int MAX_PARTICIPANTS = 9;

    /** The settings {@code call.*}. */
    static CallSettings read(SettingsReader settings) {
        return new CallSettings(
                seconds(settings, "call.ring-seconds", 60, 300, "How long a call rings."),
                seconds(
                        settings,
                        "call.reconnect-seconds",
                        25,
                        300,
                        "How long a participant in a call can be disconnected and still resume."),
                seconds(
                        settings,
                        "call.alone-seconds",
                        60,
                        3_600,
                        "How long an active call lasts with only one participant."),
                seconds(
                        settings,
                        "call.lease-seconds",
                        10,
                        60,
                        "If a node does not renew its participants' leases for this long, they are disconnected."),
                seconds(
                        settings,
                        "call.sweep-seconds",
                        60,
                        3_600,
                        "How often nodes look in the database for calls that no node knows any longer."),
                settings.number(
                        "call.max-participants",
                        MAX_PARTICIPANTS,
                        2,
                        MAX_PARTICIPANTS,
                        "The maximum number of participants in a call."),
                settings.number(
                        "call.signals-per-second",
                        30,
                        1,
                        1_000,
                        "How many signals a participant in a call may send per second on average."),
                settings.number(
                        "call.signal-burst", 300, 1, 10_000, "How many signals a participant may send at once."),
                IceSettings.read(settings));
    }

    private static Duration seconds(SettingsReader settings, String key, int fallback, int max, String description) {
        return Duration.ofSeconds(settings.number(key, fallback, 1, max, description));
    }

    CallRules rules() {
        return new CallRules(ring.toMillis(), reconnect.toMillis(), alone.toMillis(), maxParticipants);
    }
}
