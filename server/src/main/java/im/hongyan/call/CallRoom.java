package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The whole state of a call. Immutable; {@link CallMachine} computes the next state. Times are in ms since 1970, by
 * Redis' clock.
 *
 * @param version grows with every change; a node replaces a room only if the version is unchanged since it was read
 * @param revision grows with every change that clients see
 * @param host the participant that may remove others and end the call
 * @param participants in the order in which they were invited or joined
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record CallRoom(
        Info info,
        long version,
        long revision,
        ParticipantId host,
        List<Participant> participants,
        Phase phase,
        CallHistory history) {
    /** The part that never changes. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Info(
            CallId id, ConversationId conversation, boolean direct, CallMedia media, UserId creator, long startedAt) {}

    /**
     * The phase of the call.
     *
     * @param activeSince when the second participant joined; 0 before
     * @param aloneSince since when an active call has had only one participant; 0 if it has more
     * @param knownOnlyUntil after Redis lost the room: until then, only earlier participants may enter
     * @param banner the last {@code call.banner} that was sent
     * @param ending null while the call is in progress. Afterwards the room stays until its end is recorded
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Phase(long activeSince, long aloneSince, long knownOnlyUntil, Banner banner, Ending ending) {}

    /**
     * @param count the number of participants in it
     * @param at when it was sent
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Banner(int count, long at) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Ending(CallOutcome outcome, CallReason reason, long at) {}

    CallRoom {
        participants = List.copyOf(participants);
    }

    CallId id() {
        return info.id;
    }

    @JsonIgnore
    boolean isActive() {
        return phase.activeSince > 0;
    }

    @JsonIgnore
    boolean isEnded() {
        return phase.ending != null;
    }

    Stream<Participant> inCall() {
        return participants.stream().filter(Participant::isIn);
    }

    Stream<Participant> ringing() {
        return participants.stream().filter(Participant::isRinging);
    }

    boolean isIn(UserId user) {
        return inCall().anyMatch(one -> one.user().equals(user));
    }

    boolean isRinging(UserId user) {
        return ringing().anyMatch(one -> one.user().equals(user));
    }

    Optional<Participant> find(ParticipantId id) {
        return participants.stream().filter(one -> one.has(id)).findFirst();
    }

    /** The participant of a socket. */
    Optional<Participant> heldBy(UserId user, String connection) {
        return inCall().filter(one -> one.user().equals(user) && one.holds(connection))
                .findFirst();
    }

    /** Seconds since the call became active, at its end; 0 if it never was. */
    long seconds() {
        return isActive() && isEnded() ? Math.max(0, phase.ending.at - phase.activeSince) / 1000 : 0;
    }

    /** The earliest time at which {@link CallMachine} has something to do without a request. */
    long nextDeadline(CallRules rules) {
        LongStream ofParticipants = participants.stream()
                .flatMapToLong(one -> one.isRinging()
                        ? LongStream.of(one.ring().until())
                        : one.state() == ParticipantState.RECONNECTING
                                ? LongStream.of(one.seat().graceUntil())
                                : LongStream.empty());
        LongStream ofRoom = LongStream.of(
                isEnded() ? phase.ending.at : Long.MAX_VALUE,
                isActive() ? Long.MAX_VALUE : waitingSince() + rules.ringMs(),
                phase.aloneSince > 0 ? phase.aloneSince + rules.aloneMs() : Long.MAX_VALUE,
                inCall().count() != phase.banner.count ? phase.banner.at + CallRules.BANNER_MS : Long.MAX_VALUE);
        return LongStream.concat(ofParticipants, ofRoom).min().orElse(Long.MAX_VALUE);
    }

    /** Since when a call waits for its second participant: since its start or the latest ring. */
    long waitingSince() {
        return participants.stream()
                .filter(one -> one.ring() != null)
                .mapToLong(one -> one.ring().at())
                .reduce(info.startedAt, Math::max);
    }
}
