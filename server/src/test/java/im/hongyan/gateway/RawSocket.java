package im.hongyan.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * A raw TCP client that can send HTTP requests and WebSocket frames in any form, even invalid ones. It answers neither
 * pings nor close frames. One thread may read and another one write; every wait is bounded.
 */
public final class RawSocket implements AutoCloseable {
    public static final int CONTINUATION = 0;
    public static final int TEXT = 1;
    public static final int BINARY = 2;
    public static final int CLOSE = 8;
    public static final int PING = 9;
    public static final int PONG = 10;
    public static final int FIN = 0x80;

    private static final int PATIENCE_MS = 30_000;
    private static final byte[] MASK = {0x12, 0x34, (byte) 0xab, (byte) 0xcd};
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The response to an HTTP request; {@code head} includes the status line. */
    public record Reply(int status, String head, String body) {
        public Optional<String> header(String name) {
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                    .map(line -> line.substring(name.length() + 1).trim())
                    .findFirst();
        }

        public JsonNode json() {
            return parse(body);
        }
    }

    /** A frame from the server. */
    public record Frame(int first, byte[] payload) {
        public int opcode() {
            return first & 0x0f;
        }

        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        public JsonNode json() {
            return parse(text());
        }

        public int closeCode() {
            return ByteBuffer.wrap(payload).getShort() & 0xffff;
        }

        public String closeReason() {
            return new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
        }
    }

    private final Socket socket;
    private final DataInputStream in;

    private RawSocket(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    public static RawSocket connect(int port) throws IOException {
        return connect(port, 0);
    }

    /** @param receiveBuffer the size of the kernel's receive buffer; 0 for its default */
    public static RawSocket connect(int port, int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MS);
        return new RawSocket(socket);
    }

    /** Opens a WebSocket and reads its welcome. */
    public static RawSocket open(int port, String token, String... headers) throws IOException {
        return connect(port).opened(token, headers);
    }

    public RawSocket opened(String token, String... headers) throws IOException {
        Reply reply = upgrade(token, headers);
        if (reply.status != 101) {
            throw new AssertionError("not upgraded: " + reply);
        }
        JsonNode welcome = read().json();
        if (!welcome.path("type").asText().equals("welcome")) {
            throw new AssertionError("not a welcome: " + welcome);
        }
        return this;
    }

    /** Requests a WebSocket with a token in the header. */
    public Reply upgrade(String token, String... headers) throws IOException {
        write(handshake(token, headers));
        return reply();
    }

    /** Tries to open a WebSocket; if the server refuses, another attempt may follow. */
    public boolean upgraded(String token) {
        try {
            return upgrade(token).status == 101;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param token null to send none */
    public static String handshake(String token, String... headers) {
        String authorization = token == null ? "" : "Authorization: Bearer " + token + "\r\n";
        String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + (more.contains("Sec-WebSocket-Protocol") ? "" : "Sec-WebSocket-Protocol: hongyan.v1\r\n")
                + authorization + more + "\r\n";
    }

    public void write(String ascii) throws IOException {
        write(ascii.getBytes(StandardCharsets.ISO_8859_1));
    }

    public void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    public void text(String text) throws IOException {
        write(frame(FIN | TEXT, text.getBytes(StandardCharsets.UTF_8)));
    }

    public void request(String type, String id, String data) throws IOException {
        text("{\"type\":\"" + type + "\",\"id\":\"" + id + "\",\"data\":" + data + "}");
    }

    /** Waits for the answer to a request; other frames before it are skipped. */
    public JsonNode ask(String type, String id, String data) throws IOException {
        request(type, id, data);
        return answer(id);
    }

    public JsonNode answer(String id) throws IOException {
        while (true) {
            Frame frame = read();
            if (frame.opcode() == CLOSE) {
                throw new AssertionError("closed: " + frame.closeCode() + " " + frame.closeReason());
            }
            if (frame.opcode() == TEXT && frame.json().path("id").asText().equals(id)) {
                return frame.json();
            }
        }
    }

    /** Creates a masked frame. */
    public static byte[] frame(int first, byte[] payload) {
        return frame(first, payload, payload.length, true);
    }

    /** @param announced the length in the header, which may differ from the payload's */
    public static byte[] frame(int first, byte[] payload, long announced, boolean masked) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length + 14);
        int maskBit = masked ? 0x80 : 0;
        out.write(first);
        if (announced < 126) {
            out.write(maskBit | (int) announced);
        } else if (announced < 1 << 16) {
            out.write(maskBit | 126);
            out.writeBytes(ByteBuffer.allocate(2).putShort((short) announced).array());
        } else {
            out.write(maskBit | 127);
            out.writeBytes(ByteBuffer.allocate(8).putLong(announced).array());
        }
        if (!masked) {
            out.writeBytes(payload);
            return out.toByteArray();
        }
        out.writeBytes(MASK);
        for (int i = 0; i < payload.length; i++) {
            out.write(payload[i] ^ MASK[i % 4]);
        }
        return out.toByteArray();
    }

    public static byte[] closeFrame(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        return frame(
                FIN | CLOSE,
                ByteBuffer.allocate(2 + text.length)
                        .putShort((short) code)
                        .put(text)
                        .array());
    }

    /** Waits for the next frame. */
    public Frame read() throws IOException {
        int first = in.readUnsignedByte();
        int length = in.readUnsignedByte();
        long size = length;
        if (length == 126) {
            size = in.readUnsignedShort();
        } else if (length == 127) {
            size = in.readLong();
        }
        byte[] payload = new byte[Math.toIntExact(size)];
        in.readFully(payload);
        return new Frame(first, payload);
    }

    /** Waits for the close frame; other frames before it are skipped. */
    public Frame readClose() throws IOException {
        Frame frame = read();
        while (frame.opcode() != CLOSE) {
            frame = read();
        }
        return frame;
    }

    /** Waits for the end of the TCP connection, orderly or not; fails if it stays open. */
    public void readEnd() throws IOException {
        try {
            while (in.read(new byte[64 << 10]) >= 0) {
                // Skips data that was already on its way.
            }
        } catch (SocketException reset) {
            // A reset is an end, too: the server may not have read everything.
        }
    }

    /** Closes the sending side. */
    public void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Reads a whole HTTP response. */
    public Reply reply() throws IOException {
        Reply reply = head();
        int length = reply.header("content-length").map(Integer::parseInt).orElse(0);
        byte[] body = new byte[length];
        if (reply.status != 101) {
            in.readFully(body);
        }
        return new Reply(reply.status, reply.head, new String(body, StandardCharsets.UTF_8));
    }

    /** Reads a response without a body, whatever length it announces. */
    public Reply head() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int state = 0;
        while (state < 4) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("the connection ended after: " + head.toString(StandardCharsets.ISO_8859_1));
            }
            head.write(b);
            state = b == (state % 2 == 0 ? '\r' : '\n') ? state + 1 : 0;
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        return new Reply(Integer.parseInt(text.substring(9, 12)), text, "");
    }

    /** Resets the connection, as a killed process does. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }
}
