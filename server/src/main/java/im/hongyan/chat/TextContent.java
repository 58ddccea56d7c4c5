package im.hongyan.chat;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.UserId;
import java.util.List;

/**
 * A text.
 *
 * @param text at most 16 KiB of UTF-8
 * @param mentions the users whose attention the sender asks for
 */
record TextContent(String text, List<UserId> mentions) implements Content {
    static final ContentType<TextContent> TYPE = ContentType.editable("text", TextContent.class);

    private static final int MAX_TEXT_BYTES = 16 << 10;
    private static final int MAX_MENTIONS = 50;

    TextContent {
        Check.text("text", text, MAX_TEXT_BYTES);
        mentions = mentions == null || mentions.isEmpty() ? null : Check.distinct("mentions", mentions, MAX_MENTIONS);
    }

    @Override
    public String type() {
        return TYPE.name();
    }
}
