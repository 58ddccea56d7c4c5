package im.hongyan.protocol;

/** What a text frame from a client turned out to be. */
public sealed interface Incoming permits Request, Incoming.Malformed {
    /**
     * No request.
     *
     * @param id of the request if that much could be read, else null
     */
    record Malformed(String id, Rejection rejection) implements Incoming {}
}
