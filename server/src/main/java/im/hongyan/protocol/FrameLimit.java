package im.hongyan.protocol;

import java.util.Optional;

/**
 * A rate limit for frames of one socket.
 *
 * @param perSecond the average rate
 * @param burst the number of frames that may come at once after a silence
 * @param reason the reason of the refusals; empty for the general reasons
 */
public record FrameLimit(int perSecond, int burst, Optional<String> reason) {
    public FrameLimit {
        if (perSecond < 1 || burst < 1) {
            throw new IllegalArgumentException("a frame limit must allow at least one frame");
        }
    }

    public FrameLimit(int perSecond, int burst) {
        this(perSecond, burst, Optional.empty());
    }

    /** The same limit with a reason of the feature for its refusals. */
    public FrameLimit withReason(String ownReason) {
        return new FrameLimit(perSecond, burst, Optional.of(ownReason));
    }
}
