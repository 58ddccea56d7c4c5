package im.hongyan.timeline;

import im.hongyan.chat.ChatFeature;
import im.hongyan.chat.ContentTypes;
import im.hongyan.feature.Feature;
import im.hongyan.protocol.ConversationId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestNode;
import java.util.List;

/** The log with chat on it. */
final class LogNode extends TestNode {
    private static final List<Feature> FEATURES = List.of(new ChatFeature());

    LogNode(StoresExtension stores) {
        this(stores, stores.postgres());
    }

    LogNode(StoresExtension stores, GroupLimits limits) {
        super(stores, stores.postgres(), FEATURES, limits);
    }

    LogNode(StoresExtension stores, Postgres postgres) {
        super(stores, postgres, FEATURES);
    }

    /** A database with the log's schema. */
    static StoresExtension stores() {
        return stores(FEATURES);
    }

    /** Lets the log hold entries of another kind. */
    void register(EntryKind kind) {
        timeline().kinds().register(frames(), kind, Void.class);
    }

    /** Adds a field to conversations. */
    void register(ConversationExtension<?> extension) {
        timeline().conversationExtensions().register(frames(), extension);
    }

    ContentTypes contentTypes() {
        return service(ContentTypes.class);
    }

    Timeline timeline() {
        return service(Timeline.class);
    }

    static ConversationId id(String conversation) {
        return ConversationId.of(conversation);
    }
}
