package im.hongyan.loadtest.client;

/** No answer arrived. The outcome is unknown, and a request may be repeated only if it has a client id. */
public final class NoAnswer extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoAnswer(String message) {
        super(message, null, false, false);
    }
}
