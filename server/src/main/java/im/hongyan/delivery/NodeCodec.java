package im.hongyan.delivery;

import im.hongyan.delivery.NodeMessage.AddressedFrame;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.SessionId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Batches of {@link NodeMessage} as bytes, for nodes of this release and the next.
 *
 * <p>A batch is the byte {@value #VERSION} and its messages; a message is a byte for its kind, four bytes for its length
 * and its fields; a field is a byte for its tag, four for its length and its value. Integers are big-endian, ids are 16
 * bytes, times are milliseconds since 1970. A reader passes over kinds and tags that it does not know, so a later release
 * may add either; it never gives an old one another meaning.
 */
final class NodeCodec {
    static final byte VERSION = 1;

    /** More than any batch that a node sends, and small enough that a stranger's length cannot hurt. */
    static final int MAX_BATCH = 8 << 20;

    private static final int ENTRY = 1;
    private static final int PUSH = 2;
    private static final int MISSED = 3;
    private static final int BEHIND = 4;
    private static final int SEEN = 5;
    private static final int TO_WATCHERS = 6;
    private static final int REPLACED = 7;
    private static final int REVOKED = 8;
    private static final int LEAVING = 9;
    private static final int EVERYTHING = 10;
    private static final int NUMBERED = 11;
    private static final int RECEIPT = 12;

    private static final int CONVERSATION = 1;
    private static final int SEQ = 2;
    private static final int MEMBERS = 3;
    private static final int COPY = 4;
    private static final int USERS = 5;
    private static final int BYTES = 6;
    private static final int LOSS = 7;
    private static final int THROUGH = 8;
    private static final int ONLINE = 9;
    private static final int AT = 10;
    private static final int CONNECTION = 11;
    private static final int SESSION = 12;

    private static final int SYNC = 1;
    private static final int FORGET = 2;

    /** The bytes are no batch: from a stranger, or damaged. */
    @SuppressWarnings("serial") // never serialised
    static final class Malformed extends RuntimeException {
        Malformed(String message) {
            super(message, null, false, false);
        }
    }

    private NodeCodec() {}

    static byte[] encode(List<NodeMessage> batch) {
        FieldWriter out = new FieldWriter();
        out.u8(VERSION);
        for (NodeMessage message : batch) {
            write(out, message);
        }
        return out.bytes();
    }

    static List<NodeMessage> decode(byte[] bytes) {
        if (bytes.length == 0 || bytes.length > MAX_BATCH) {
            throw new Malformed("a batch of " + bytes.length + " bytes");
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            if (in.get() < VERSION) {
                throw new Malformed("a batch of version " + bytes[0]);
            }
            List<NodeMessage> batch = new ArrayList<>();
            while (in.hasRemaining()) {
                int kind = in.get();
                ByteBuffer body = FieldReader.slice(in);
                if (kind >= ENTRY && kind <= RECEIPT) {
                    batch.add(read(kind, new FieldReader(body)));
                }
            }
            return batch;
        } catch (BufferUnderflowException e) {
            throw new Malformed("a batch that ends early");
        } catch (IllegalArgumentException e) {
            throw new Malformed(e.getMessage());
        }
    }

    private static void write(FieldWriter out, NodeMessage message) {
        if (message instanceof NodeMessage.Entry entry) {
            out.message(ENTRY, fields -> {
                fields.id(CONVERSATION, entry.conversation().value());
                fields.number(SEQ, entry.seq());
                fields.number(MEMBERS, entry.version());
                entry.copies().forEach(copy -> fields.nested(COPY, nested -> write(nested, copy)));
            });
        } else if (message instanceof NodeMessage.Push push) {
            out.message(PUSH, fields -> fields.nested(COPY, nested -> write(nested, push.copy())));
        } else if (message instanceof NodeMessage.MissedEntries missed) {
            out.message(MISSED, fields -> {
                fields.id(CONVERSATION, missed.conversation().value());
                fields.number(SEQ, missed.from());
                fields.number(THROUGH, missed.through());
            });
        } else if (message instanceof NodeMessage.SyncRequired behind) {
            out.message(BEHIND, fields -> fields.users(USERS, behind.users()));
        } else if (message instanceof NodeMessage.PresenceChanged seen) {
            out.message(SEEN, fields -> {
                fields.users(USERS, List.of(seen.user()));
                fields.number(ONLINE, seen.online() ? 1 : 0);
                fields.number(AT, seen.at().toEpochMilli());
            });
        } else if (message instanceof NodeMessage.WatcherPush watched) {
            out.message(
                    TO_WATCHERS, fields -> write(fields, new AddressedFrame(List.of(watched.user()), watched.frame())));
        } else if (message instanceof NodeMessage.ConnectionReplaced replaced) {
            out.message(REPLACED, fields -> {
                fields.users(USERS, List.of(replaced.user()));
                fields.text(CONNECTION, replaced.connection());
            });
        } else if (message instanceof NodeMessage.SessionRevoked revoked) {
            out.message(REVOKED, fields -> fields.id(SESSION, revoked.session().value()));
        } else if (message instanceof NodeMessage.BroadcastMode everything) {
            out.message(EVERYTHING, fields -> fields.number(ONLINE, everything.wanted() ? 1 : 0));
        } else if (message instanceof NodeMessage.BatchHeader numbered) {
            out.message(NUMBERED, fields -> fields.number(SEQ, numbered.number()));
        } else if (message instanceof NodeMessage.BatchAck receipt) {
            out.message(RECEIPT, fields -> fields.number(SEQ, receipt.number()));
        } else {
            out.message(LEAVING, fields -> {});
        }
    }

    private static void write(FieldWriter fields, AddressedFrame copy) {
        fields.users(USERS, copy.to());
        fields.number(LOSS, copy.frame().dropPolicy() == Frame.DropPolicy.SILENTLY ? FORGET : SYNC);
        fields.value(BYTES, copy.frame().bytes());
    }

    private static NodeMessage read(int kind, FieldReader fields) {
        return switch (kind) {
            case ENTRY ->
                new NodeMessage.Entry(
                        new ConversationId(fields.id(CONVERSATION)),
                        fields.number(SEQ),
                        fields.number(MEMBERS),
                        fields.all(COPY).stream().map(NodeCodec::copy).toList());
            case PUSH -> new NodeMessage.Push(copy(fields.nested(COPY)));
            case MISSED ->
                new NodeMessage.MissedEntries(
                        new ConversationId(fields.id(CONVERSATION)), fields.number(SEQ), fields.number(THROUGH));
            case BEHIND -> new NodeMessage.SyncRequired(fields.users(USERS));
            case SEEN ->
                new NodeMessage.PresenceChanged(
                        fields.user(USERS), fields.number(ONLINE) != 0, Instant.ofEpochMilli(fields.number(AT)));
            case TO_WATCHERS ->
                new NodeMessage.WatcherPush(fields.user(USERS), copy(fields).frame());
            case REPLACED -> new NodeMessage.ConnectionReplaced(fields.user(USERS), fields.text(CONNECTION));
            case REVOKED -> new NodeMessage.SessionRevoked(new SessionId(fields.id(SESSION)));
            case EVERYTHING -> new NodeMessage.BroadcastMode(fields.number(ONLINE) != 0);
            case NUMBERED -> new NodeMessage.BatchHeader(fields.number(SEQ));
            case RECEIPT -> new NodeMessage.BatchAck(fields.number(SEQ));
            default -> new NodeMessage.Leaving();
        };
    }

    private static AddressedFrame copy(FieldReader fields) {
        // Of a later release, perhaps: then the safe one of both.
        Frame.DropPolicy loss = fields.number(LOSS) == FORGET ? Frame.DropPolicy.SILENTLY : Frame.DropPolicy.THEN_SYNC;
        return new AddressedFrame(fields.users(USERS), new Frame(fields.value(BYTES), loss));
    }
}
