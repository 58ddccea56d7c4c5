package im.hongyan.cluster;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.time.Instant;
import java.util.List;

/**
 * A message from one node to another. Any message may be lost; {@link NodeQueue} decides what is repeated, and in which
 * form.
 *
 * @see NodeCodec
 */
public sealed interface NodeMessage {
    /** The value of the metrics' tag {@code type}; stable across releases. */
    String type();

    /** A frame and its recipients, as far as they are connected to the destination node. */
    record AddressedFrame(List<UserId> recipients, Frame frame) {}

    /**
     * A committed entry.
     *
     * @param version the version of the conversation's member list as of this entry; 0 if unknown
     */
    record Entry(ConversationId conversation, long seq, long version, List<AddressedFrame> frames)
            implements NodeMessage {
        @Override
        public String type() {
            return "entry";
        }
    }

    /** A frame that is not part of any log. */
    record Push(AddressedFrame frame) implements NodeMessage {
        @Override
        public String type() {
            return "push";
        }
    }

    /** The entries {@code from…through} may have been lost: read them from the log. */
    record MissedEntries(ConversationId conversation, long from, long through) implements NodeMessage {
        @Override
        public String type() {
            return "missed_entries";
        }
    }

    /**
     * Frames for these users may have been lost: their clients have to sync.
     *
     * @param users empty for all users
     */
    record SyncRequired(List<UserId> users) implements NodeMessage {
        @Override
        public String type() {
            return "sync_required";
        }
    }

    /** A user came online or went offline; for the sockets that watch the user. */
    record PresenceChanged(UserId user, boolean online, Instant at) implements NodeMessage {
        @Override
        public String type() {
            return "presence_changed";
        }
    }

    /** A frame for the sockets that watch {@code user}. */
    record WatcherPush(UserId user, Frame frame) implements NodeMessage {
        @Override
        public String type() {
            return "watcher_push";
        }
    }

    /** A session has too many sockets, and this is its oldest: close it. */
    record ConnectionReplaced(UserId user, String connection) implements NodeMessage {
        @Override
        public String type() {
            return "connection_replaced";
        }
    }

    /** A session was revoked. This is the fast path; polling the revocations in PostgreSQL is the reliable one. */
    record SessionRevoked(SessionId session) implements NodeMessage {
        @Override
        public String type() {
            return "session_revoked";
        }
    }

    /** The sender's users may be missing in the session directory: send it all frames, or stop doing so. */
    record BroadcastMode(boolean enabled) implements NodeMessage {
        @Override
        public String type() {
            return "broadcast_mode";
        }
    }

    /** The sender shuts down in good order; it has sent everything that it had to send. */
    record Leaving() implements NodeMessage {
        @Override
        public String type() {
            return "leaving";
        }
    }

    /** Starts a batch and numbers it: the sender wants a {@link BatchAck}. */
    record BatchHeader(long number) implements NodeMessage {
        @Override
        public String type() {
            return "batch_header";
        }
    }

    /** The sender has received the batch of this number. */
    record BatchAck(long number) implements NodeMessage {
        @Override
        public String type() {
            return "batch_ack";
        }
    }

    /**
     * A frame for exactly one connection of the destination, which answers with a {@link ConnectionFrameResult}. A node
     * of an older release skips the frame and never answers. Its bytes must not be modified.
     *
     * @param number identifies the frame among those of the sender
     */
    record ConnectionFrame(long number, Principal to, byte[] bytes) implements NodeMessage {
        @Override
        public String type() {
            return "connection_frame";
        }
    }

    /**
     * The outcome of a {@link ConnectionFrame}.
     *
     * @param queued whether the frame is queued for the connection's socket
     */
    record ConnectionFrameResult(long number, boolean queued) implements NodeMessage {
        @Override
        public String type() {
            return "connection_frame_result";
        }
    }
}
