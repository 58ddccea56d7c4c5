package im.hongyan.protocol;

/**
 * An encoded frame for any number of sockets. They share the bytes, which must not be modified.
 *
 * @param bytes JSON in UTF-8
 * @param dropPolicy whether a slow socket may drop the frame
 */
public record Frame(byte[] bytes, DropPolicy dropPolicy) {
    /** What happens to a frame that a socket is too slow to take. */
    public enum DropPolicy {
        /** The frame is never dropped; the socket is closed instead. For answers. */
        NEVER,
        /** It is dropped, and {@code sync.required} follows when the socket has drained. For what a sync repairs. */
        THEN_SYNC,
        /** It is dropped silently. For what is soon stale, such as typing. */
        SILENTLY
    }
}
