package im.hongyan.cluster;

import im.hongyan.cluster.NodeMessage.AddressedFrame;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Encodes batches of {@link NodeMessage} for nodes of this release and the next.
 *
 * <p>A batch is the byte {@value #VERSION}, followed by its messages. A message is one byte for its kind, four bytes
 * for its length, and its fields. A field is one byte for its tag, four bytes for its length, and its value. Integers
 * are big-endian, ids are 16 bytes, times are milliseconds since 1970. A reader skips unknown kinds and tags, so a
 * later release may add either; it must never change the meaning of an existing one.
 */
final class NodeCodec {
    static final byte VERSION = 1;

    /** Larger than any batch that a node sends, small enough that a forged length does no harm. */
    static final int MAX_BATCH = 8 << 20;

    /* Kinds of messages. */
    private static final int ENTRY = 1;
    private static final int PUSH = 2;
    private static final int MISSED_ENTRIES = 3;
    private static final int SYNC_REQUIRED = 4;
    private static final int PRESENCE_CHANGED = 5;
    private static final int WATCHER_PUSH = 6;
    private static final int CONNECTION_REPLACED = 7;
    private static final int SESSION_REVOKED = 8;
    private static final int LEAVING = 9;
    private static final int BROADCAST_MODE = 10;
    private static final int BATCH_HEADER = 11;
    private static final int BATCH_ACK = 12;
    private static final int CONNECTION_FRAME = 13;
    private static final int CONNECTION_FRAME_RESULT = 14;

    /* Tags of fields. */
    private static final int CONVERSATION = 1;
    private static final int SEQ = 2;
    private static final int MEMBER_VERSION = 3;
    private static final int ADDRESSED_FRAME = 4;
    private static final int USERS = 5;
    private static final int BYTES = 6;
    private static final int DROP_POLICY = 7;
    private static final int THROUGH = 8;
    private static final int ONLINE = 9;
    private static final int AT = 10;
    private static final int CONNECTION = 11;
    private static final int SESSION = 12;
    private static final int NUMBER = 13;
    private static final int QUEUED = 14;

    /* Values of DROP_POLICY. */
    private static final int SYNC = 1;
    private static final int FORGET = 2;

    private NodeCodec() {}

    static byte[] encode(List<NodeMessage> batch) {
        FieldWriter out = new FieldWriter();
        out.byteValue(VERSION);
        for (NodeMessage message : batch) {
            write(out, message);
        }
        return out.bytes();
    }

    static List<NodeMessage> decode(byte[] bytes) {
        if (bytes.length == 0 || bytes.length > MAX_BATCH) {
            throw new MalformedBatch("invalid batch size: " + bytes.length + " bytes");
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            if (in.get() < VERSION) {
                throw new MalformedBatch("unsupported version " + bytes[0]);
            }
            List<NodeMessage> batch = new ArrayList<>();
            while (in.hasRemaining()) {
                int kind = in.get();
                ByteBuffer body = FieldReader.slice(in);
                if (kind >= ENTRY && kind <= CONNECTION_FRAME_RESULT) {
                    batch.add(read(kind, new FieldReader(body)));
                }
            }
            return batch;
        } catch (BufferUnderflowException e) {
            throw new MalformedBatch("truncated batch");
        } catch (IllegalArgumentException e) {
            throw new MalformedBatch(e.getMessage());
        }
    }

    private static void write(FieldWriter out, NodeMessage message) {
        if (message instanceof NodeMessage.Entry entry) {
            out.message(ENTRY, fields -> {
                fields.id(CONVERSATION, entry.conversation().value());
                fields.number(SEQ, entry.seq());
                fields.number(MEMBER_VERSION, entry.version());
                entry.frames().forEach(frame -> fields.nested(ADDRESSED_FRAME, nested -> write(nested, frame)));
            });
        } else if (message instanceof NodeMessage.Push push) {
            out.message(PUSH, fields -> fields.nested(ADDRESSED_FRAME, nested -> write(nested, push.frame())));
        } else if (message instanceof NodeMessage.MissedEntries missed) {
            out.message(MISSED_ENTRIES, fields -> {
                fields.id(CONVERSATION, missed.conversation().value());
                fields.number(SEQ, missed.from());
                fields.number(THROUGH, missed.through());
            });
        } else if (message instanceof NodeMessage.SyncRequired sync) {
            out.message(SYNC_REQUIRED, fields -> fields.users(USERS, sync.users()));
        } else if (message instanceof NodeMessage.PresenceChanged presence) {
            out.message(PRESENCE_CHANGED, fields -> {
                fields.users(USERS, List.of(presence.user()));
                fields.number(ONLINE, presence.online() ? 1 : 0);
                fields.number(AT, presence.at().toEpochMilli());
            });
        } else if (message instanceof NodeMessage.WatcherPush push) {
            out.message(WATCHER_PUSH, fields -> write(fields, new AddressedFrame(List.of(push.user()), push.frame())));
        } else if (message instanceof NodeMessage.ConnectionReplaced replaced) {
            out.message(CONNECTION_REPLACED, fields -> {
                fields.users(USERS, List.of(replaced.user()));
                fields.text(CONNECTION, replaced.connection());
            });
        } else if (message instanceof NodeMessage.SessionRevoked revoked) {
            out.message(
                    SESSION_REVOKED,
                    fields -> fields.id(SESSION, revoked.session().value()));
        } else if (message instanceof NodeMessage.BroadcastMode mode) {
            out.message(BROADCAST_MODE, fields -> fields.number(ONLINE, mode.enabled() ? 1 : 0));
        } else if (message instanceof NodeMessage.BatchHeader header) {
            out.message(BATCH_HEADER, fields -> fields.number(SEQ, header.number()));
        } else if (message instanceof NodeMessage.BatchAck ack) {
            out.message(BATCH_ACK, fields -> fields.number(SEQ, ack.number()));
        } else if (message instanceof NodeMessage.ConnectionFrame addressed) {
            out.message(CONNECTION_FRAME, fields -> {
                fields.number(NUMBER, addressed.number());
                fields.users(USERS, List.of(addressed.to().user()));
                fields.id(SESSION, addressed.to().session().value());
                fields.text(CONNECTION, addressed.to().connection());
                fields.value(BYTES, addressed.bytes());
            });
        } else if (message instanceof NodeMessage.ConnectionFrameResult result) {
            out.message(CONNECTION_FRAME_RESULT, fields -> {
                fields.number(NUMBER, result.number());
                fields.number(QUEUED, result.queued() ? 1 : 0);
            });
        } else {
            out.message(LEAVING, fields -> {});
        }
    }

    private static void write(FieldWriter fields, AddressedFrame addressed) {
        fields.users(USERS, addressed.recipients());
        fields.number(DROP_POLICY, addressed.frame().dropPolicy() == Frame.DropPolicy.SILENTLY ? FORGET : SYNC);
        fields.value(BYTES, addressed.frame().bytes());
    }

    private static NodeMessage read(int kind, FieldReader fields) {
        return switch (kind) {
            case ENTRY ->
                new NodeMessage.Entry(
                        new ConversationId(fields.id(CONVERSATION)),
                        fields.number(SEQ),
                        fields.number(MEMBER_VERSION),
                        fields.all(ADDRESSED_FRAME).stream()
                                .map(NodeCodec::readAddressedFrame)
                                .toList());
            case PUSH -> new NodeMessage.Push(readAddressedFrame(fields.nested(ADDRESSED_FRAME)));
            case MISSED_ENTRIES ->
                new NodeMessage.MissedEntries(
                        new ConversationId(fields.id(CONVERSATION)), fields.number(SEQ), fields.number(THROUGH));
            case SYNC_REQUIRED -> new NodeMessage.SyncRequired(fields.users(USERS));
            case PRESENCE_CHANGED ->
                new NodeMessage.PresenceChanged(
                        fields.user(USERS), fields.number(ONLINE) != 0, Instant.ofEpochMilli(fields.number(AT)));
            case WATCHER_PUSH ->
                new NodeMessage.WatcherPush(
                        fields.user(USERS), readAddressedFrame(fields).frame());
            case CONNECTION_REPLACED -> new NodeMessage.ConnectionReplaced(fields.user(USERS), fields.text(CONNECTION));
            case SESSION_REVOKED -> new NodeMessage.SessionRevoked(new SessionId(fields.id(SESSION)));
            case BROADCAST_MODE -> new NodeMessage.BroadcastMode(fields.number(ONLINE) != 0);
            case BATCH_HEADER -> new NodeMessage.BatchHeader(fields.number(SEQ));
            case BATCH_ACK -> new NodeMessage.BatchAck(fields.number(SEQ));
            case CONNECTION_FRAME ->
                new NodeMessage.ConnectionFrame(
                        fields.number(NUMBER),
                        new Principal(fields.user(USERS), new SessionId(fields.id(SESSION)), fields.text(CONNECTION)),
                        fields.value(BYTES));
            case CONNECTION_FRAME_RESULT ->
                new NodeMessage.ConnectionFrameResult(fields.number(NUMBER), fields.number(QUEUED) != 0);
            default -> new NodeMessage.Leaving();
        };
    }

    private static AddressedFrame readAddressedFrame(FieldReader fields) {
        // An unknown policy, perhaps of a later release, is read as the safe one.
        Frame.DropPolicy loss =
                fields.number(DROP_POLICY) == FORGET ? Frame.DropPolicy.SILENTLY : Frame.DropPolicy.THEN_SYNC;
        return new AddressedFrame(fields.users(USERS), new Frame(fields.value(BYTES), loss));
    }
}
