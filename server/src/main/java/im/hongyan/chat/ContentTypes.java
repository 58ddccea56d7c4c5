package im.hongyan.chat;

import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.VisibleText;
import java.util.HashMap;
import java.util.Map;

/**
 * The types of content that a message may have. Filled while the node is put together, with the types of chat and of
 * the features that extend it; after that it is only read, by all event loops.
 */
public final class ContentTypes {
    private static final int MAX_SHOWN = 32;

    private final FrameCodec codec;
    private final FrameRoutes routes;
    private final Map<String, ContentType<?>> types = new HashMap<>();

    ContentTypes(FrameCodec codec, FrameRoutes routes) {
        this.codec = codec;
        this.routes = routes;
        codec.decodeByType(
                Content.class,
                type -> Rejection.field(
                        "type", "content.type", "this server knows no content of type '" + brief(type) + "'"));
    }

    /** Lets messages have this type of content, and describes it in the protocol. */
    public <T extends Content> void register(ContentType<T> type) {
        routes.declareContentType(type.name(), type.record());
        codec.register(type.name(), type.record());
        types.put(type.name(), type);
    }

    /**
     * The type of a content that a client sent.
     *
     * @throws Rejection if the type's rules refuse the content
     */
    ContentType<?> of(Content content) {
        ContentType<?> type = types.get(content.type());
        type.checkContent(content);
        return type;
    }

    private static String brief(String type) {
        return VisibleText.cut(type, MAX_SHOWN);
    }
}
