package im.hongyan.feature;

import java.util.HashMap;
import java.util.Map;

/**
 * The services that the spine and the features of one node offer to each other, by type. Features provide them while
 * they are installed, in the order of the list. Not thread-safe, because only the thread that assembles the node uses
 * it.
 */
public final class Services {
    private final Map<Class<?>, Object> services = new HashMap<>();

    /**
     * Offers a service to the features that follow.
     *
     * @throws IllegalStateException if the type has a provider already
     */
    public <T> Services provide(Class<T> type, T service) {
        if (services.putIfAbsent(type, service) != null) {
            throw new IllegalStateException("two providers of " + type.getName());
        }
        return this;
    }

    /** @throws IllegalStateException if nothing provides the type */
    public <T> T get(Class<T> type) {
        Object service = services.get(type);
        if (service == null) {
            throw new IllegalStateException("nothing provides " + type.getName()
                    + ": the feature that does must come earlier in the list of features");
        }
        return type.cast(service);
    }
}
