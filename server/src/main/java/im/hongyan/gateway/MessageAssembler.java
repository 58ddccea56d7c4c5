package im.hongyan.gateway;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketFrame;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Makes text messages of frames, one connection's. Vert.x's own way drops what follows an empty first fragment, reads
 * broken UTF-8 as if it were right, and goes on after a message that is too long.
 */
final class MessageAssembler {
    /** As many as a message of {@link Gateway#MAX_MESSAGE} bytes in pieces of 32: more are meant to keep us busy. */
    static final int MAX = Gateway.MAX_MESSAGE / 32;

    private static final char REPLACEMENT = '\uFFFD';

    private Buffer begun;
    private int count;

    /** What ends a connection; its message is for the peer. */
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
     * Takes a text frame or a continuation of one; the decoder has seen to it that they come in order.
     *
     * @return the message that is complete now; null if it is not
     */
    String add(WebSocketFrame frame) throws Violation {
        Buffer data = frame.binaryData();
        if (begun == null && frame.isFinal()) {
            return text(data);
        }
        begun = begun == null ? Buffer.buffer(data.length()) : begun;
        if (begun.length() + data.length() > Gateway.MAX_MESSAGE) {
            throw new Violation(CloseCode.TOO_BIG, "a message has at most " + Gateway.MAX_MESSAGE + " bytes");
        }
        if (++count > MAX) {
            throw new Violation(CloseCode.TOO_BIG, "a message has at most " + MAX + " fragments");
        }
        begun.appendBuffer(data);
        if (!frame.isFinal()) {
            return null;
        }
        Buffer whole = begun;
        begun = null;
        count = 0;
        return text(whole);
    }

    private static String text(Buffer bytes) throws Violation {
        String text = bytes.toString(StandardCharsets.UTF_8);
        if (text.indexOf(REPLACEMENT) >= 0 && !isUtf8(bytes)) {
            throw new Violation(CloseCode.INVALID_TEXT, "a text frame is UTF-8");
        }
        return text;
    }

    /** Only asked where decoding has put the replacement character, which may have been sent as such. */
    private static boolean isUtf8(Buffer bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.getBytes()));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
