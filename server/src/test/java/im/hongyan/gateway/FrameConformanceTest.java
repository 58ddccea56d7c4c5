package im.hongyan.gateway;

import static im.hongyan.gateway.RawSocket.BINARY;
import static im.hongyan.gateway.RawSocket.CLOSE;
import static im.hongyan.gateway.RawSocket.CONTINUATION;
import static im.hongyan.gateway.RawSocket.FIN;
import static im.hongyan.gateway.RawSocket.PING;
import static im.hongyan.gateway.RawSocket.PONG;
import static im.hongyan.gateway.RawSocket.TEXT;
import static im.hongyan.gateway.RawSocket.frame;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import im.hongyan.gateway.GatewayExtension.Running;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Valid and invalid frames from RFC 6455 and the Autobahn test suite. */
class FrameConformanceTest {
    private static final int MAX = MessageAssembler.MAX_MESSAGE_BYTES;

    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    static Stream<Arguments> violations() {
        byte[] half = "{\"type\":\"test.echo\"".getBytes(UTF_8);
        byte[] big = new byte[MAX + 1];
        Arrays.fill(big, (byte) ' ');
        return Stream.of(
                arguments("binary", frame(FIN | BINARY, half), 1003),
                arguments("binary, the first fragment", frame(BINARY, half), 1003),
                arguments("binary, empty", frame(FIN | BINARY, new byte[0]), 1003),
                arguments("one byte too long", frame(FIN | TEXT, big), 1009),
                arguments("announced as 2^62 bytes", frame(FIN | TEXT, half, 1L << 62, true), 1009),
                arguments("announced as a negative length", negative(), 1002),
                arguments("too long in two fragments", join(frame(TEXT, half), frame(CONTINUATION, big)), 1009),
                arguments("too long together", fragments(3, MAX / 2), 1009),
                arguments("too many fragments", fragments(MessageAssembler.MAX_FRAGMENTS + 2, 0), 1009),
                arguments("invalid UTF-8: a lone continuation byte", frame(FIN | TEXT, bytes('"', 0x80, '"')), 1007),
                arguments("invalid UTF-8: cut short", frame(FIN | TEXT, bytes('"', 0xe4, 0xbd)), 1007),
                arguments("invalid UTF-8: overlong", frame(FIN | TEXT, bytes('"', 0xc0, 0xaf, '"')), 1007),
                arguments("invalid UTF-8: a surrogate", frame(FIN | TEXT, bytes(0xed, 0xa0, 0x80)), 1007),
                arguments("invalid UTF-8: beyond Unicode", frame(FIN | TEXT, bytes(0xf4, 0x90, 0x80, 0x80)), 1007),
                arguments(
                        "invalid UTF-8 split across fragments",
                        join(frame(TEXT, bytes('"', 0xe4, 0xbd)), frame(FIN | CONTINUATION, bytes('"'))),
                        1007),
                arguments("reserved bit 1, which no extension claims", frame(FIN | 0x40 | TEXT, half), 1002),
                arguments("reserved bit 2", frame(FIN | 0x20 | TEXT, half), 1002),
                arguments("reserved bit 3", frame(FIN | 0x10 | TEXT, half), 1002),
                arguments("reserved bit on a ping", frame(FIN | 0x40 | PING, new byte[0]), 1002),
                arguments("reserved opcode 3", frame(FIN | 3, half), 1002),
                arguments("reserved opcode 7", frame(FIN | 7, half), 1002),
                arguments("reserved opcode 11", frame(FIN | 11, new byte[0]), 1002),
                arguments("reserved opcode 15", frame(FIN | 15, new byte[0]), 1002),
                arguments("not masked", frame(FIN | TEXT, half, half.length, false), 1002),
                arguments("a ping that is not masked", frame(FIN | PING, new byte[0], 0, false), 1002),
                arguments("a ping of 126 bytes", frame(FIN | PING, new byte[126]), 1002),
                arguments("a pong of 126 bytes", frame(FIN | PONG, new byte[126]), 1002),
                arguments("a close frame of 126 bytes", frame(FIN | CLOSE, new byte[126]), 1002),
                arguments("a ping in fragments", frame(PING, new byte[1]), 1002),
                arguments("a close frame in fragments", frame(CLOSE, new byte[2]), 1002),
                arguments("a continuation of nothing", frame(FIN | CONTINUATION, half), 1002),
                arguments("a first continuation of nothing", frame(CONTINUATION, half), 1002),
                arguments("a text inside a text", join(frame(TEXT, half), frame(FIN | TEXT, half)), 1002),
                arguments("a length written too long", overlong(), 1002),
                arguments("a close frame with half a code", frame(FIN | CLOSE, new byte[1]), 1002),
                arguments("a close frame with code 0", RawSocket.closeFrame(0, ""), 1002),
                arguments("a close frame with code 999", RawSocket.closeFrame(999, ""), 1002),
                arguments("a close frame with code 1005", RawSocket.closeFrame(1005, ""), 1002),
                arguments("a close frame with code 1006", RawSocket.closeFrame(1006, ""), 1002),
                arguments(
                        "a close frame with a broken reason", frame(FIN | CLOSE, bytes(0x03, 0xe8, 0xff, 0xfe)), 1007),
                arguments("a deflate bomb, though deflating was refused", deflateBomb(), 1002));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("violations")
    void violation_closesWithItsCodeWithoutAffectingOthers(String what, byte[] bytes, int code) throws Exception {
        Running running = gateways.start();
        RawSocket other = running.open("bob/1");
        RawSocket socket = running.open("alice/1");
        socket.write(bytes);

        assertThat(socket.readClose().closeCode()).isEqualTo(code);
        socket.readEnd();
        assertThat(other.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
        assertThat(running.handled("alice")).isZero();
        GatewayExtension.eventually("the socket is forgotten", () -> running.sockets.count() == 1);
    }

    @Test
    void frames_afterClose_areIgnored() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.open("alice/1");
        socket.write(join(
                frame(FIN | BINARY, new byte[1]),
                frame(FIN | TEXT, "{\"type\":\"test.echo\",\"id\":\"1\"}".getBytes(UTF_8))));

        RawSocket.Frame first = socket.read();

        assertThat(first.opcode()).isEqualTo(CLOSE);
        socket.write(RawSocket.closeFrame(1003, ""));
        socket.readEnd();
        assertThat(running.handled("alice")).isZero();
    }

    @Test
    void message_ofMaxLength_isHandled() throws Exception {
        Running running = gateways.start();
        String head = "{\"type\":\"test.echo\",\"id\":\"1\",\"data\":{\"text\":\"";
        String whole = head + "x".repeat(MAX - head.length() - 3) + "\"}}";
        assertThat(whole.getBytes(UTF_8)).hasSize(MAX);
        RawSocket socket = running.open("alice/1");
        socket.text(whole);
        assertThat(socket.answer("1").at("/data/text").asText()).hasSize(MAX - head.length() - 3);

        byte[] bytes = whole.getBytes(UTF_8);
        socket.write(frame(TEXT, Arrays.copyOf(bytes, 7)));
        socket.write(frame(FIN | CONTINUATION, Arrays.copyOfRange(bytes, 7, bytes.length)));
        assertThat(socket.answer("1").path("type").asText()).isEqualTo("ok");
    }

    @Test
    void fragments_ofAnySize_formOneMessage() throws Exception {
        Running running = gateways.start();
        byte[] message =
                "{\"type\":\"test.echo\",\"id\":\"1\",\"data\":{\"text\":\"你好 👋🏽 \uFFFD مرحبا\"}}".getBytes(UTF_8);
        RawSocket socket = running.open("alice/1");
        // Empty fragments at both ends, single bytes between them, and a ping in the middle.
        socket.write(frame(TEXT, new byte[0]));
        for (int i = 0; i < message.length; i++) {
            socket.write(frame(CONTINUATION, new byte[] {message[i]}));
            if (i == message.length / 2) {
                socket.write(frame(FIN | PING, "between".getBytes(UTF_8)));
            }
        }
        socket.write(frame(FIN | CONTINUATION, new byte[0]));

        RawSocket.Frame pong = socket.read();
        assertThat(pong.opcode()).isEqualTo(PONG);
        assertThat(pong.text()).isEqualTo("between");
        assertThat(socket.answer("1").at("/data/text").asText()).isEqualTo("你好 👋🏽 \uFFFD مرحبا");
    }

    @Test
    void controlFrames_areAnswered() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.open("alice/1");
        socket.write(frame(FIN | PING, new byte[0]));
        assertThat(socket.read().payload()).isEmpty();
        byte[] payload = new byte[125];
        Arrays.fill(payload, (byte) 0xfe);
        socket.write(frame(FIN | PING, payload));
        assertThat(socket.read().payload()).isEqualTo(payload);
        socket.write(frame(FIN | PONG, "unasked".getBytes(UTF_8)));

        socket.write(RawSocket.closeFrame(1001, "bye"));

        RawSocket.Frame close = socket.readClose();
        assertThat(close.closeCode()).isEqualTo(1001);
        socket.readEnd();
        GatewayExtension.eventually("the socket is forgotten", () -> running.sockets.count() == 0);
    }

    @Test
    void closeFrame_withoutCode_isAnswered() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.open("alice/1");
        socket.write(frame(FIN | CLOSE, new byte[0]));

        assertThat(socket.readClose().opcode()).isEqualTo(CLOSE);
        socket.readEnd();
    }

    /** RFC 6455, 4.1 requires a client to wait for the handshake's response before it sends frames. */
    @Test
    void frame_sentWithHandshake_doesNotAffectOthers() throws Exception {
        Running running = gateways.start();
        RawSocket hasty = running.connect();
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(RawSocket.handshake("alice/1").getBytes(UTF_8));
        both.writeBytes(frame(FIN | TEXT, "{\"type\":\"ping\",\"id\":\"1\"}".getBytes(UTF_8)));
        hasty.write(both.toByteArray());

        RawSocket patient = running.open("alice/1");
        assertThat(patient.ask("ping", "2", "{}").path("type").asText()).isEqualTo("ok");
        hasty.close();
        GatewayExtension.eventually("the hasty one is forgotten", () -> running.sockets.count() == 1);
    }

    @Test
    void reset_isDetected() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.open("alice/1");
        RawSocket other = running.open("alice/2");
        socket.write(new byte[] {(byte) (FIN | TEXT), (byte) 0xfe});
        socket.reset();

        GatewayExtension.eventually("the socket is forgotten", () -> running.sockets.count() == 1);
        assertThat(other.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
    }

    private static byte[] fragments(int count, int size) {
        byte[] piece = new byte[size];
        Arrays.fill(piece, (byte) ' ');
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(frame(TEXT, piece));
        for (int i = 1; i < count; i++) {
            all.writeBytes(frame(CONTINUATION, piece));
        }
        return all.toByteArray();
    }

    private static byte[] negative() {
        byte[] header = new byte[14];
        Arrays.fill(header, (byte) 0xff);
        header[0] = (byte) (FIN | TEXT);
        return header;
    }

    /** Five bytes whose length is encoded in eight bytes. */
    private static byte[] overlong() {
        byte[] header = {(byte) (FIN | TEXT), (byte) 0xff, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1, 2, 3, 4, 5};
        return header;
    }

    /** A message of 62 MB that permessage-deflate compresses to 63 KB. */
    private static byte[] deflateBomb() {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(new byte[62 << 20]);
        deflater.finish();
        byte[] compressed = new byte[MAX];
        int size = deflater.deflate(compressed);
        deflater.end();
        return frame(FIN | 0x40 | TEXT, Arrays.copyOf(compressed, size));
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
