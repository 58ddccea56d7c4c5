package im.hongyan.redenvelope;

import im.hongyan.protocol.UserId;
import java.util.Objects;

/**
 * A user's request for a share.
 *
 * @param idx the share that the allocator reserved; null for any free share
 */
record ClaimRequest(EnvelopeId envelope, UserId user, Integer idx) {
    ClaimRequest {
        Objects.requireNonNull(envelope);
        Objects.requireNonNull(user);
    }
}
