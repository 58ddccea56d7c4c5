package im.hongyan.chat;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import java.util.List;

/**
 * What a message says.
 *
 * @param type {@code text}
 * @param text at most 16 KiB of UTF-8
 * @param mentions people whose attention is asked for
 */
record Content(String type, String text, List<UserId> mentions) {
    private static final int MAX_TEXT_BYTES = 16 << 10;
    private static final int MAX_MENTIONS = 50;

    Content {
        Check.present("type", type);
        if (!type.equals("text")) {
            throw Rejection.field("type", "content.type", "this server knows no content of type '" + brief(type) + "'");
        }
        Check.text("text", text, MAX_TEXT_BYTES);
        mentions = mentions == null || mentions.isEmpty() ? null : Check.distinct("mentions", mentions, MAX_MENTIONS);
    }

    /** As it is stored: with what it replies to. */
    record Stored(String type, String text, List<UserId> mentions, Long replyTo) {}

    Stored replyingTo(Long replyTo) {
        return new Stored(type, text, mentions, replyTo);
    }

    private static String brief(String type) {
        return type.length() > 32 ? type.substring(0, 32) : type;
    }
}
