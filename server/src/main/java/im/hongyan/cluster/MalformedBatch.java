package im.hongyan.cluster;

/** The bytes of a message from another node are not a valid batch. */
@SuppressWarnings("serial") // never serialised
final class MalformedBatch extends RuntimeException {
    MalformedBatch(String message) {
        super(message, null, false, false);
    }
}
