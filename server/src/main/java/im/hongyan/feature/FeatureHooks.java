package im.hongyan.feature;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls every feature of a node. A hook that throws is logged, and the others are still called. Thread-safe. */
public final class FeatureHooks {
    private static final Logger LOG = LoggerFactory.getLogger(FeatureHooks.class);

    private record Installed(String name, FeatureInstance instance) {}

    private final List<Installed> features;
    /** Hooks that are only hints are not called before: {@link #start} reads the state they refer to. */
    private volatile boolean started;

    private FeatureHooks(List<Installed> features) {
        this.features = features;
    }

    /**
     * Installs the features in their order.
     *
     * @throws IllegalStateException if two features have the same name
     */
    public static FeatureHooks install(List<Feature> features, FeatureContext context) {
        if (features.stream().map(Feature::name).distinct().count() < features.size()) {
            throw new IllegalStateException("two features have the same name: "
                    + features.stream().map(Feature::name).toList());
        }
        return new FeatureHooks(features.stream()
                .map(feature -> new Installed(feature.name(), feature.install(context)))
                .toList());
    }

    /** Starts one feature after the other; the first failure ends it. */
    public Future<Void> start() {
        Future<Void> all = Future.succeededFuture();
        for (Installed feature : features) {
            all = all.compose(none -> feature.instance.start());
        }
        return all.onSuccess(none -> started = true);
    }

    /** Stops the features in reverse order, the rest too if one fails. */
    public Future<Void> stop() {
        List<Installed> reversed = new ArrayList<>(features);
        Collections.reverse(reversed);
        Future<Void> stopped = Future.succeededFuture();
        for (Installed feature : reversed) {
            stopped =
                    stopped.compose(none -> call(feature, FeatureInstance::stop).otherwise(failure -> {
                        LOG.warn("feature {} did not stop cleanly: {}", feature.name, failure.toString());
                        return null;
                    }));
        }
        return stopped;
    }

    public void historyChanged() {
        each(FeatureInstance::historyChanged);
    }

    /** Tries every feature. Fails if one of them fails or none has started yet: the caller repeats all of them. */
    public Future<Void> accountDeleted(UserId user) {
        if (!started) {
            return Future.failedFuture("the features are not started yet");
        }
        return Future.join(features.stream()
                        .map(feature -> call(feature, instance -> instance.accountDeleted(user)))
                        .toList())
                .mapEmpty();
    }

    public void sessionsEnded(Set<SessionId> sessions) {
        each(feature -> feature.sessionsEnded(sessions));
    }

    public void socketOpened(Principal principal) {
        each(feature -> feature.socketOpened(principal));
    }

    public void socketClosed(Principal principal) {
        each(feature -> feature.socketClosed(principal));
    }

    public void nodeLeft(String node) {
        each(feature -> feature.nodeLeft(node));
    }

    public void memberLeft(ConversationId conversation, UserId user, long seq) {
        each(feature -> feature.memberLeft(conversation, user, seq));
    }

    public void standingChanged(ConversationId conversation, UserId user) {
        each(feature -> feature.standingChanged(conversation, user));
    }

    public void profileChanged(UserId user) {
        each(feature -> feature.profileChanged(user));
    }

    private void each(Consumer<FeatureInstance> hook) {
        if (!started) {
            return;
        }
        for (Installed feature : features) {
            try {
                hook.accept(feature.instance);
            } catch (RuntimeException e) {
                LOG.error("a hook of feature {} failed", feature.name, e);
            }
        }
    }

    private static Future<Void> call(Installed feature, Function<FeatureInstance, Future<Void>> hook) {
        try {
            return hook.apply(feature.instance);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }
}
