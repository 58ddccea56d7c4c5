package im.hongyan.protocol;

/**
 * An encoded frame, ready for any number of sockets. The bytes are shared: nobody changes them.
 *
 * @param bytes JSON in UTF-8
 * @param loss what a socket that cannot take the frame in time does
 */
public record Frame(byte[] bytes, DropPolicy loss) {
    /** What happens when a socket is too slow for a frame. */
    public enum DropPolicy {
        /** An answer: never dropped, the socket is closed rather. */
        NEVER,
        /** The log has it: dropped, and {@code sync.required} follows when the socket has drained. */
        SYNC,
        /** It would be stale by then (typing): dropped without a word. */
        FORGET
    }
}
