package im.hongyan.redenvelope;

import im.hongyan.protocol.UserId;
import java.time.Instant;

/** A share that a user has. */
record ClaimedShare(UserId user, int idx, long amount, Instant at) {}
