package im.hongyan.call.turn;

/** Bytes that are not a STUN message. */
@SuppressWarnings("serial") // never serialised
final class MalformedStun extends RuntimeException {
    MalformedStun(String message) {
        super(message);
    }
}
