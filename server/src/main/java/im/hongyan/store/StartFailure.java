package im.hongyan.store;

/** Why a store cannot be used at the start: one clear sentence for the person who started the server, no stack trace. */
@SuppressWarnings("serial") // never serialised
public final class StartFailure extends RuntimeException {
    public StartFailure(String sentence) {
        this(sentence, null);
    }

    public StartFailure(String sentence, Throwable cause) {
        super(sentence, cause, false, false);
    }
}
