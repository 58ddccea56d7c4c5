package im.hongyan.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.cluster.NodeMessage.AddressedFrame;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class NodeCodecTest {
    private static final UserId ALICE = new UserId(new UUID(1, 2));
    private static final UserId BOB = new UserId(new UUID(3, 4));
    private static final ConversationId TALK = new ConversationId(new UUID(5, 6));

    private static final NodeMessage FRAME = new NodeMessage.ConnectionFrame(
            258, new Principal(ALICE, new SessionId(new UUID(5, 6)), "a socket"), "{\"c\":3}".getBytes(UTF_8));

    /** One message of each type of the first release. */
    private static final List<NodeMessage> ALL = List.of(
            new NodeMessage.Entry(
                    TALK,
                    7,
                    8,
                    List.of(
                            new AddressedFrame(List.of(ALICE, BOB), frame("{\"a\":1}", Frame.DropPolicy.THEN_SYNC)),
                            new AddressedFrame(List.of(BOB), frame("鸿雁", Frame.DropPolicy.SILENTLY)))),
            new NodeMessage.Push(new AddressedFrame(List.of(ALICE), frame("{}", Frame.DropPolicy.SILENTLY))),
            new NodeMessage.MissedEntries(TALK, 9, 10),
            new NodeMessage.SyncRequired(List.of(ALICE, BOB)),
            new NodeMessage.SyncRequired(List.of()),
            new NodeMessage.PresenceChanged(BOB, true, Instant.ofEpochMilli(11)),
            new NodeMessage.WatcherPush(ALICE, frame("{\"b\":2}", Frame.DropPolicy.THEN_SYNC)),
            new NodeMessage.ConnectionReplaced(ALICE, "a socket"),
            new NodeMessage.SessionRevoked(new SessionId(new UUID(12, 13))),
            new NodeMessage.Leaving());

    /**
     * {@link #ALL} as the first release encoded it. It must never change, because nodes of neighbouring releases read
     * and write it. New messages get a recording of their own.
     */
    private static final String RECORDED =
            "0101000000a4010000001000000000000000050000000000000006020000000800000000000000070300000008000000"
                    + "0000000008040000003e0500000020000000000000000100000000000000020000000000000003000000000000000407"
                    + "00000008000000000000000106000000077b2261223a317d040000002d05000000100000000000000003000000000000"
                    + "0004070000000800000000000000020600000006e9b8bfe99b81020000002e0400000029050000001000000000000000"
                    + "0100000000000000020700000008000000000000000206000000027b7d030000002f0100000010000000000000000500"
                    + "00000000000006020000000800000000000000090800000008000000000000000a040000002505000000200000000000"
                    + "00000100000000000000020000000000000003000000000000000404000000050500000000050000002f050000001000"
                    + "000000000000030000000000000004090000000800000000000000010a00000008000000000000000b060000002e0500"
                    + "000010000000000000000100000000000000020700000008000000000000000106000000077b2262223a327d07000000"
                    + "220500000010000000000000000100000000000000020b000000086120736f636b657408000000150c00000010000000"
                    + "000000000c000000000000000d0900000000";

    @Test
    void encode_allMessages_matchesRecording() {
        assertThat(HexFormat.of().formatHex(NodeCodec.encode(ALL))).isEqualTo(RECORDED);
    }

    /** The metrics' tag: dashboards and alerts use these words. */
    @Test
    void type_isAStableUniqueWord() {
        assertThat(ALL.stream().map(NodeMessage::type).distinct())
                .containsExactly(
                        "entry",
                        "push",
                        "missed_entries",
                        "sync_required",
                        "presence_changed",
                        "watcher_push",
                        "connection_replaced",
                        "session_revoked",
                        "leaving");
        assertThat(List.of(
                        new NodeMessage.BroadcastMode(true).type(),
                        new NodeMessage.BatchHeader(1).type(),
                        new NodeMessage.BatchAck(1).type(),
                        FRAME.type(),
                        new NodeMessage.ConnectionFrameResult(1, true).type()))
                .containsExactly(
                        "broadcast_mode", "batch_header", "batch_ack", "connection_frame", "connection_frame_result");
    }

    @Test
    void decode_recording_returnsAllMessages() {
        assertSame(NodeCodec.decode(HexFormat.of().parseHex(RECORDED)), ALL);
    }

    /** Added after the first release of the format. */
    @Test
    void encode_broadcastMode_matchesRecording() {
        List<NodeMessage> both = List.of(new NodeMessage.BroadcastMode(true), new NodeMessage.BroadcastMode(false));
        byte[] recorded =
                HexFormat.of().parseHex("010a0000000d090000000800000000000000010a0000000d09000000080000000000000000");

        assertThat(NodeCodec.encode(both)).isEqualTo(recorded);
        assertThat(NodeCodec.decode(recorded)).isEqualTo(both);
    }

    /** Added together with numbered batches. */
    @Test
    void encode_acks_matchesRecording() {
        List<NodeMessage> both = List.of(new NodeMessage.BatchHeader(258), new NodeMessage.BatchAck(3));
        byte[] recorded =
                HexFormat.of().parseHex("010b0000000d020000000800000000000001020c0000000d02000000080000000000000003");

        assertThat(NodeCodec.encode(both)).isEqualTo(recorded);
        assertThat(NodeCodec.decode(recorded)).isEqualTo(both);
    }

    /** Added for frames to a single connection; releases without them skip both kinds. */
    @Test
    void encode_connectionFrames_matchesRecording() {
        List<NodeMessage> all = List.of(
                FRAME,
                new NodeMessage.ConnectionFrameResult(258, true),
                new NodeMessage.ConnectionFrameResult(3, false));
        byte[] recorded = HexFormat.of()
                .parseHex("010d000000500d0000000800000000000001020500000010000000000000000100000000000000020c000000"
                        + "10000000000000000500000000000000060b000000086120736f636b657406000000077b2263223a337d0e00"
                        + "00001a0d0000000800000000000001020e0000000800000000000000010e0000001a0d000000080000000000"
                        + "0000030e000000080000000000000000");

        assertThat(NodeCodec.encode(all)).isEqualTo(recorded);
        assertSame(NodeCodec.decode(recorded), all);
        // A kind that an earlier release knows would be misread there.
        assertThat(recorded[1]).isGreaterThan((byte) 12);
    }

    @Test
    void decode_connectionFrameWithoutConnection_throwsMalformed() {
        byte[] frame = {NodeCodec.VERSION, 13, 0, 0, 0, 0};

        assertThatThrownBy(() -> NodeCodec.decode(frame)).isInstanceOf(MalformedBatch.class);
    }

    @Test
    void decode_unknownKind_skipsMessage() {
        byte[] known = NodeCodec.encode(List.of(new NodeMessage.Leaving()));
        ByteBuffer later = ByteBuffer.allocate(100).put(known);
        later.put((byte) 99).putInt(3).put(new byte[] {1, 2, 3});
        later.put(known, 1, known.length - 1);

        assertThat(NodeCodec.decode(Arrays.copyOf(later.array(), later.position())))
                .containsExactly(new NodeMessage.Leaving(), new NodeMessage.Leaving());
    }

    @Test
    void decode_unknownField_skipsField() {
        byte[] known = NodeCodec.encode(List.of(new NodeMessage.MissedEntries(TALK, 1, 2)));
        int length = ByteBuffer.wrap(known).getInt(2);
        ByteBuffer later =
                ByteBuffer.allocate(200).put(known).put((byte) 77).putInt(4).putInt(5);
        later.putInt(2, length + 9);

        assertThat(NodeCodec.decode(Arrays.copyOf(later.array(), later.position())))
                .containsExactly(new NodeMessage.MissedEntries(TALK, 1, 2));
    }

    @Test
    void decode_laterVersion_readsKnownMessages() {
        byte[] later = NodeCodec.encode(List.of(new NodeMessage.Leaving()));
        later[0]++;

        assertThat(NodeCodec.decode(later)).containsExactly(new NodeMessage.Leaving());
    }

    @Test
    void decode_emptyBatch_isEmpty() {
        assertThat(NodeCodec.decode(NodeCodec.encode(List.of()))).isEmpty();
    }

    @Test
    void decode_missingField_throwsMalformed() {
        byte[] entry = {NodeCodec.VERSION, 3, 0, 0, 0, 0};

        assertThatThrownBy(() -> NodeCodec.decode(entry)).isInstanceOf(MalformedBatch.class);
    }

    @Property(tries = 3_000)
    void decode_randomBytes_readsOrThrowsMalformed(@ForAll @Size(max = 200) byte[] bytes) {
        readOrMalformed(bytes);
    }

    /** Changes lengths, tags and values of a valid batch at any position. */
    @Property(tries = 3_000)
    void decode_damagedRecording_readsOrThrowsMalformed(@ForAll int place, @ForAll byte with, @ForAll int end) {
        byte[] bytes = HexFormat.of().parseHex(RECORDED);
        bytes[Math.floorMod(place, bytes.length)] = with;
        readOrMalformed(Arrays.copyOf(bytes, 1 + Math.floorMod(end, bytes.length)));
    }

    private static void readOrMalformed(byte[] bytes) {
        try {
            NodeCodec.decode(bytes);
        } catch (MalformedBatch expected) {
            assertThat(expected.getMessage()).isNotBlank();
        }
    }

    private static Frame frame(String json, Frame.DropPolicy loss) {
        return new Frame(json.getBytes(UTF_8), loss);
    }

    private static void assertSame(List<NodeMessage> found, List<NodeMessage> expected) {
        assertThat(found).usingRecursiveComparison().isEqualTo(expected);
    }
}
