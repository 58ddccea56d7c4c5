package im.hongyan.feature;

import im.hongyan.config.SettingsReader;
import java.util.List;
import java.util.Optional;

/**
 * What a feature declares before any node exists. Implementations are stateless: one instance serves the whole process,
 * the command line included, and {@link #install} makes the state of one node.
 *
 * <p>To add a feature, write a package with an implementation of this interface and add it to the list in
 * {@code im.hongyan.Features}.
 */
public interface Feature {
    /** The name in logs and errors, which is also the name of the feature's package. */
    String name();

    /**
     * Declares and reads the feature's settings, all with one prefix of its own. Called for every start and for
     * {@code --print-config}; bad values are reported through the reader, never thrown.
     *
     * @return the feature's settings record, or empty for a feature without settings
     */
    default Optional<Object> readSettings(SettingsReader settings) {
        return Optional.empty();
    }

    /** The class-path folder of the feature's Flyway migrations, if it has tables. */
    default Optional<String> migrations() {
        return Optional.empty();
    }

    /**
     * The feature's commands for {@code scripts/hongyan}, as objects with picocli annotations. Each gets the option
     * {@code --config}.
     */
    default List<Object> commands(CommandStores stores) {
        return List.of();
    }

    /**
     * Creates the feature's part of one node and registers its frames, routes, kinds and reports. Nothing runs yet, and
     * the stores may not be called.
     */
    FeatureInstance install(FeatureContext context);
}
