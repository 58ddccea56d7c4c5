package im.hongyan.loadtest.client;

/** No answer came: the outcome is unknown, and the request may be repeated only if it carries a client id. */
public final class NoAnswer extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoAnswer(String message) {
        super(message, null, false, false);
    }
}
