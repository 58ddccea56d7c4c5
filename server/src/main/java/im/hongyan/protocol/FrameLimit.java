package im.hongyan.protocol;

/**
 * A rate limit for frames of one socket.
 *
 * @param perSecond the average rate
 * @param burst the number of frames that may come at once after a silence
 */
public record FrameLimit(int perSecond, int burst) {
    public FrameLimit {
        if (perSecond < 1 || burst < 1) {
            throw new IllegalArgumentException("a frame limit must allow at least one frame");
        }
    }
}
