package im.hongyan.testkit;

import im.hongyan.feature.Feature;
import im.hongyan.http.description.ExampleSetup;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * What a feature provides for the tests that cover all features. The class is in the package of the feature, and its
 * name begins like that of the feature: {@code WalletTestSetup} belongs to {@code WalletFeature}. A feature that needs
 * none of this has no such class.
 *
 * <p>The file {@code samples.txt} in the same package of the test resources has a valid request of each frame type.
 */
public interface FeatureTestSetup {
    /** Settings, by their names in the environment, with which the examples are answered. */
    default Map<String, String> settings() {
        return Map.of();
    }

    /** Prepares what the examples in the feature's {@code protocol.yaml} assume. */
    default void prepareExamples(ExampleSetup setup) throws Exception {}

    /** Causes the described fields that no example contains. */
    default void coverRemainingFields(ExampleSetup setup) throws Exception {}

    /** Tables to which an invalid request must add nothing. */
    default List<String> tables() {
        return List.of();
    }

    /** Words of the feature, as regular expressions, which the core must not contain even in comments. */
    default List<String> words() {
        return List.of();
    }

    /** The setup of a feature. */
    static FeatureTestSetup of(Feature feature) {
        String name = feature.getClass().getName().replaceFirst("Feature$", "TestSetup");
        try {
            var constructor = Class.forName(name).getDeclaredConstructor();
            constructor.setAccessible(true);
            return (FeatureTestSetup) constructor.newInstance();
        } catch (ClassNotFoundException e) {
            return new FeatureTestSetup() {};
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("cannot create " + name, e);
        }
    }

    /** The lines of the feature's {@code samples.txt}; none if the file is missing. */
    static Stream<String> samples(Feature feature) {
        try (InputStream text = feature.getClass().getResourceAsStream("samples.txt")) {
            return text == null ? Stream.of() : new String(text.readAllBytes(), StandardCharsets.UTF_8).lines();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The feature's {@code protocol.yaml}. */
    static Map<?, ?> protocol(Feature feature) {
        try (InputStream text = feature.getClass().getResourceAsStream("protocol.yaml")) {
            return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromInputStream(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The frames and HTTP routes that the feature describes, such as {@code ping} and {@code GET /me}. */
    static Set<String> operations(Feature feature) {
        return part(protocol(feature), "groups").values().stream()
                .map(group -> (Map<?, ?>) group)
                .flatMap(group -> Stream.of("frames", "routes").flatMap(kind -> part(group, kind).keySet().stream()))
                .map(Object::toString)
                .collect(Collectors.toSet());
    }

    /** A part of {@code protocol.yaml}; empty if it is missing. */
    static Map<?, ?> part(Map<?, ?> parent, String name) {
        Object part = parent.get(name);
        return part == null ? Map.of() : (Map<?, ?>) part;
    }
}
