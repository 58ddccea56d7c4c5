package im.hongyan.timeline;

import im.hongyan.protocol.FrameRoutes;
import java.util.HashMap;
import java.util.Map;

/**
 * The kinds of entry that a log may hold. Filled while the node is put together, each kind by the feature that owns it;
 * after that it is only read, by all event loops.
 */
public final class EntryKinds {
    private final Map<String, EntryKind> kinds = new HashMap<>();

    EntryKinds() {}

    /**
     * Lets logs hold entries of this kind, and describes it in the protocol.
     *
     * @param content the record that the content of such an entry is written from
     */
    public EntryKinds register(FrameRoutes routes, EntryKind kind, Class<?> content) {
        routes.declareEntryKind(kind.name(), content);
        kinds.put(kind.name(), kind);
        return this;
    }

    /** A kind that its owner forgot to register is a bug: nothing describes it. */
    void check(EntryKind kind) {
        EntryKind registered = kinds.get(kind.name());
        if (registered == null || registered.shown() != kind.shown()) {
            throw new IllegalArgumentException(
                    "kind of entry '" + kind.name() + "' is not registered, or with another value of shown");
        }
    }
}
