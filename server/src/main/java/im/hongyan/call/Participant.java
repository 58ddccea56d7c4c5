package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import im.hongyan.protocol.UserId;

/**
 * A user in the roster of a call. After a join from another socket, the roster has two participants of the user: the
 * replaced one and the new one. Times are in ms since 1970, by Redis' clock.
 *
 * @param reason why the participant left; null before
 * @param since when the state began
 * @param ring the latest ring; null if the user was not rung
 * @param seat null until the user joins
 * @param media null until the user joins
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Participant(
        UserId user, ParticipantState state, CallReason reason, long since, Ring ring, Seat seat, MediaState media) {
    /** @param until when the ring times out */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Ring(long at, long until) {}

    /** @param graceUntil until when a disconnected participant can resume; 0 while connected */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Seat(ParticipantId id, Device device, long joinedAt, long graceUntil) {}

    @JsonIgnore
    boolean isIn() {
        return state.isIn();
    }

    @JsonIgnore
    boolean isRinging() {
        return state.isRinging();
    }

    boolean has(ParticipantId id) {
        return seat != null && seat.id.equals(id);
    }

    boolean holds(String connection) {
        return isIn() && seat.device.connection().equals(connection);
    }

    Participant to(ParticipantState newState, CallReason newReason, long now) {
        return new Participant(user, newState, newReason, now, ring, seat, newState.isIn() ? media : null);
    }

    Participant rung(Ring newRing, long now) {
        return new Participant(user, ParticipantState.INVITED, null, now, newRing, null, null);
    }

    Participant seated(Seat newSeat, MediaState newMedia, long now) {
        return new Participant(user, ParticipantState.JOINED, null, now, ring, newSeat, newMedia);
    }

    Participant with(MediaState newMedia) {
        return new Participant(user, state, reason, since, ring, seat, newMedia);
    }

    Participant reconnecting(long graceUntil, long now) {
        Seat waiting = new Seat(seat.id, seat.device, seat.joinedAt, graceUntil);
        return new Participant(user, ParticipantState.RECONNECTING, null, now, ring, waiting, media);
    }
}
