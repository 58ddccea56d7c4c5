package im.hongyan.call.turn;

/** The server refused a request, or did not answer it. */
@SuppressWarnings("serial") // never serialised
final class TurnFailure extends Exception {
    /** The code for a request without an answer. */
    static final int NO_ANSWER = 0;

    private final int code;

    TurnFailure(int code, String message) {
        super(message);
        this.code = code;
    }

    /** The error code of STUN or TURN, such as 401, or {@link #NO_ANSWER}. */
    int code() {
        return code;
    }
}
