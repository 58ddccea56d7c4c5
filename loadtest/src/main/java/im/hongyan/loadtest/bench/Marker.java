package im.hongyan.loadtest.bench;

import java.nio.charset.StandardCharsets;

/**
 * The text of a measured message: its sender and time, which can be found in a frame without parsing it, padded to the
 * length of a typical message. Sender and receiver are the same process, so they share a clock.
 */
record Marker(int sender, long sentNanos) {
    /** The length of a whole text in bytes. */
    static final int LENGTH = 64;

    private static final byte[] BEGIN = "~b".getBytes(StandardCharsets.US_ASCII);

    String text() {
        StringBuilder text = new StringBuilder(LENGTH);
        text.append("~b").append(sender).append('.').append(sentNanos).append('~');
        while (text.length() < LENGTH) {
            text.append((char) ('a' + text.length() % 26));
        }
        return text.toString();
    }

    /** The first marker in a frame, or null. */
    static Marker in(byte[] frame) {
        for (int i = 0; i + BEGIN.length < frame.length; i++) {
            if (frame[i] == BEGIN[0] && frame[i + 1] == BEGIN[1]) {
                return read(frame, i + BEGIN.length);
            }
        }
        return null;
    }

    private static Marker read(byte[] frame, int from) {
        int dot = digitsEnd(frame, from);
        int end = dot < frame.length && frame[dot] == '.' ? digitsEnd(frame, dot + 1) : dot;
        if (dot == from || end <= dot + 1 || end >= frame.length || frame[end] != '~') {
            return null;
        }
        return new Marker((int) number(frame, from, dot), number(frame, dot + 1, end));
    }

    private static int digitsEnd(byte[] frame, int from) {
        int end = from;
        while (end < frame.length && frame[end] >= '0' && frame[end] <= '9') {
            end++;
        }
        return end;
    }

    private static long number(byte[] frame, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            value = value * 10 + frame[i] - '0';
        }
        return value;
    }
}
