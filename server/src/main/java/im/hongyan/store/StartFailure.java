package im.hongyan.store;

/** The server cannot start. The message says why and what to do, for the operator; there is no stack trace. */
@SuppressWarnings("serial") // never serialised
public final class StartFailure extends RuntimeException {
    public StartFailure(String message) {
        this(message, null);
    }

    public StartFailure(String message, Throwable cause) {
        super(message, cause, false, false);
    }
}
