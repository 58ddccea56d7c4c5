package im.hongyan.gateway;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketFrame;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Assembles a connection's text messages from frames. Vert.x's own assembly drops what follows an empty first fragment,
 * accepts invalid UTF-8, and continues after a message that is too long.
 */
final class MessageAssembler {
    /** The maximum size of a frame, and of a fragmented message. */
    static final int MAX_MESSAGE_BYTES = 128 << 10;

    /** A message of the maximum size in fragments of 32 bytes; smaller ones only serve to waste the server's time. */
    static final int MAX_FRAGMENTS = MAX_MESSAGE_BYTES / 32;

    private static final char REPLACEMENT = '\uFFFD';

    /** The fragments of an incomplete message; null between messages. */
    private Buffer fragments;

    private int count;

    /** An error that closes the connection; its message is sent to the client. */
    static final class Violation extends Exception {
        private static final long serialVersionUID = 1;
        private final int closeCode;

        private Violation(int closeCode, String message) {
            super(message, null, false, false);
            this.closeCode = closeCode;
        }

        int closeCode() {
            return closeCode;
        }
    }

    /**
     * Adds a text frame or a continuation frame; the decoder has checked their order.
     *
     * @return the complete message; null while it is incomplete
     */
    String add(WebSocketFrame frame) throws Violation {
        Buffer data = frame.binaryData();
        if (fragments == null && frame.isFinal()) {
            return text(data);
        }
        fragments = fragments == null ? Buffer.buffer(data.length()) : fragments;
        if (fragments.length() + data.length() > MAX_MESSAGE_BYTES) {
            throw new Violation(CloseCode.TOO_BIG, "a message must have at most " + MAX_MESSAGE_BYTES + " bytes");
        }
        if (++count > MAX_FRAGMENTS) {
            throw new Violation(CloseCode.TOO_BIG, "a message must have at most " + MAX_FRAGMENTS + " fragments");
        }
        fragments.appendBuffer(data);
        if (!frame.isFinal()) {
            return null;
        }
        Buffer whole = fragments;
        fragments = null;
        count = 0;
        return text(whole);
    }

    private static String text(Buffer bytes) throws Violation {
        String text = bytes.toString(StandardCharsets.UTF_8);
        if (text.indexOf(REPLACEMENT) >= 0 && !isUtf8(bytes)) {
            throw new Violation(CloseCode.INVALID_TEXT, "a text message must be valid UTF-8");
        }
        return text;
    }

    /** Called only for text with a replacement character, which the client may have sent as such. */
    private static boolean isUtf8(Buffer bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.getBytes()));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
