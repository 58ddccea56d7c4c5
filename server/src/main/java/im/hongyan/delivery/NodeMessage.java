package im.hongyan.delivery;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.time.Instant;
import java.util.List;

/**
 * What one node tells another. Any of it may be lost on its way; {@link NodeQueue} says what is repeated, and in which form.
 *
 * @see NodeCodec
 */
sealed interface NodeMessage {
    /** A frame and the people it is for, as far as they are connected to the node that is told. */
    record AddressedFrame(List<UserId> to, Frame frame) {}

    /**
     * An entry that was committed.
     *
     * @param version of the conversation's member list as of the entry
     */
    record Entry(ConversationId conversation, long seq, long version, List<AddressedFrame> copies)
            implements NodeMessage {}

    /** A frame that is in no log. */
    record Push(AddressedFrame copy) implements NodeMessage {}

    /** Entries {@code from…through} may not have arrived: read them from the log. */
    record MissedEntries(ConversationId conversation, long from, long through) implements NodeMessage {}

    /**
     * Frames for these people may not have arrived: their devices sync.
     *
     * @param users empty means everybody
     */
    record SyncRequired(List<UserId> users) implements NodeMessage {}

    /** Somebody came or went; for the sockets that watch him. */
    record PresenceChanged(UserId user, boolean online, Instant at) implements NodeMessage {}

    /** A frame for the sockets that watch somebody. */
    record WatcherPush(UserId user, Frame frame) implements NodeMessage {}

    /** A session holds too many sockets, this one is its oldest. */
    record ConnectionReplaced(UserId user, String connection) implements NodeMessage {}

    /** A session was revoked: the fast path, the revocations in PostgreSQL are the sure one. */
    record SessionRevoked(SessionId session) implements NodeMessage {}

    /** The directory may not know the sender's people: it gets all frames, or as before those for its people. */
    record BroadcastMode(boolean wanted) implements NodeMessage {}

    /** The sender leaves in good order: whatever it had to say has been said. */
    record Leaving() implements NodeMessage {}

    /** The number of the batch that it begins: the sender wants a receipt. */
    record BatchHeader(long number) implements NodeMessage {}

    /** The sender has taken the batch of this number. */
    record BatchAck(long number) implements NodeMessage {}
}
