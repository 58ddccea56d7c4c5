package im.hongyan.protocol;

/** What a text frame from a client turned out to be. */
public sealed interface InboundFrame permits Request, InboundFrame.Malformed {
    /** Of the request; null if not even that could be read. */
    String id();

    /** No request. */
    record Malformed(String id, Rejection rejection) implements InboundFrame {}
}
