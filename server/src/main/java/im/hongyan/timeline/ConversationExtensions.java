package im.hongyan.timeline;

import im.hongyan.async.LogThrottle;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fields that features add to conversations. Filled while the node is put together; after that it is only read, by
 * all event loops.
 *
 * <p>A field is absent if its feature fails or needs longer than half a second: a store that is away must not keep
 * users from their conversations.
 */
public final class ConversationExtensions {
    private static final Logger LOG = LoggerFactory.getLogger(ConversationExtensions.class);
    private static final long DEADLINE_MS = 500;

    private final List<ConversationExtension<?>> extensions = new ArrayList<>();
    private final LogThrottle failures = new LogThrottle();

    ConversationExtensions() {}

    /** Adds a field to all conversations, and describes it in the protocol. */
    public void register(FrameRoutes routes, ConversationExtension<?> extension) {
        routes.declareConversationField(extension.name(), extension.type());
        extensions.add(extension);
    }

    /** The same conversations in the same order, with the features' fields. Never fails. */
    Future<List<ConversationView>> addTo(UserId viewer, List<ConversationView> views) {
        if (extensions.isEmpty() || views.isEmpty()) {
            return Future.succeededFuture(views);
        }
        List<ConversationId> ids = views.stream().map(ConversationView::id).toList();
        Map<ConversationId, Map<String, Object>> added = new HashMap<>();
        ids.forEach(id -> added.put(id, new HashMap<>()));
        List<Future<?>> reads = new ArrayList<>();
        for (ConversationExtension<?> extension : extensions) {
            reads.add(read(extension, viewer, ids));
        }
        return Future.all(reads).map(all -> {
            for (int i = 0; i < extensions.size(); i++) {
                String name = extensions.get(i).name();
                all.<Map<ConversationId, ?>>resultAt(i)
                        .forEach((id, value) -> added.get(id).put(name, value));
            }
            return views.stream()
                    .map(view -> view.withFields(added.get(view.id())))
                    .toList();
        });
    }

    private <T> Future<Map<ConversationId, T>> read(
            ConversationExtension<T> extension, UserId viewer, List<ConversationId> ids) {
        Future<Map<ConversationId, T>> read;
        try {
            read = extension.reader().read(viewer, ids);
        } catch (RuntimeException e) {
            read = Future.failedFuture(e);
        }
        return read.timeout(DEADLINE_MS, TimeUnit.MILLISECONDS)
                .map(values -> {
                    Map<ConversationId, T> ofPage = new HashMap<>(values);
                    ofPage.keySet().retainAll(ids);
                    return ofPage;
                })
                .otherwise(failure -> {
                    failures.log(suppressed -> LOG.warn(
                            "cannot read the conversation field '{}', so it is omitted "
                                    + "({} more failures not logged): {}",
                            extension.name(),
                            suppressed,
                            failure.toString()));
                    return Map.of();
                });
    }
}
