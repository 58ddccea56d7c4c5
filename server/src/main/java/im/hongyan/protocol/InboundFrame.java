package im.hongyan.protocol;

/** A parsed text frame of a client. */
public sealed interface InboundFrame permits Request, InboundFrame.Malformed {
    /** The id of the request; null if it has no readable one. */
    String id();

    /** A frame that is not a valid request. */
    record Malformed(String id, Rejection rejection) implements InboundFrame {}
}
