package im.hongyan.call;

import im.hongyan.config.SettingsReader;
import java.time.Duration;

/**
 * What an operator sets about calls.
 *
 * @param ring how long a user is rung
 * @param reconnect how long the place of a participant without a socket is kept
 * @param alone how long an active call lasts with one participant
 * @param lease for how long a node's participants count as connected after it has said so
 * @param sweep how often calls that were lost are looked for
 * @param maxParticipants how many participants a call may have
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
    /** The most participants that a mesh of browsers can bear. */
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
                        "How long the place of a participant in a call is kept without a connection."),
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
                        "After this time without news of a node, its participants count as disconnected."),
                seconds(
                        settings,
                        "call.sweep-seconds",
                        60,
                        3_600,
                        "How often the database is searched for calls that all nodes have lost."),
                settings.number(
                        "call.max-participants",
                        MAX_PARTICIPANTS,
                        2,
                        MAX_PARTICIPANTS,
                        "The maximum number of participants of a call."),
                settings.number(
                        "call.signals-per-second",
                        30,
                        1,
                        1_000,
                        "How many signals a participant of a call may send per second on average."),
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
