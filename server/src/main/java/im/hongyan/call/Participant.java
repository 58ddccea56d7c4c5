package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import im.hongyan.protocol.UserId;

/**
 * A user in the roster of a call. A user who joined from another socket has two: the one that was replaced and the one
 * that took its place. Times are in ms since 1970, by Redis' clock.
 *
 * @param reason why the participation ended; null while it lasts
 * @param since when the state began
 * @param ring the latest ring; null if the user was not rung
 * @param seat null until the user joins
 * @param media null until the user joins
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Participant(
        UserId user, ParticipantState state, CallReason reason, long since, Ring ring, Seat seat, MediaState media) {
    /** @param until when it stops by itself */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Ring(long at, long until) {}

    /** @param graceUntil when the participant is lost; 0 while the socket is alive */
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
