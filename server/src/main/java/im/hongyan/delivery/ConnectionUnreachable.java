package im.hongyan.delivery;

/** A frame for one connection may not have reached it. Expected, so it has no stack trace. */
@SuppressWarnings("serial") // never serialised
public final class ConnectionUnreachable extends RuntimeException {
    ConnectionUnreachable(String message) {
        super(message, null, false, false);
    }
}
