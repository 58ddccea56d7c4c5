package im.hongyan.http;

import im.hongyan.protocol.PagePolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How the web client is served.
 *
 * @param featureModules paths of the modules of features that are not in the bundle, such as {@code
 *     features/x/feature.js}. The web client imports them. They and the files beside them are resources in {@code web/}
 *     on the class path
 * @param policy what these features need beyond what every page may do
 * @param sources a folder with the sources of the web client, which are then served instead of the bundle
 */
public record PageOptions(List<String> featureModules, PagePolicy policy, Optional<Path> sources) {
    /** The bundle, unless the system property {@code hongyan.web} names a folder with the sources. */
    public static final PageOptions DEFAULTS = new PageOptions(
            List.of(),
            PagePolicy.NONE,
            Optional.ofNullable(System.getProperty("hongyan.web")).map(Path::of));

    private static final Pattern MODULE = Pattern.compile("([\\w-]+/)+[\\w-]+\\.js");

    /** @throws IllegalArgumentException if a module is not in a folder of its own, or is no relative path */
    public PageOptions {
        featureModules = List.copyOf(featureModules);
        for (String module : featureModules) {
            if (!MODULE.matcher(module).matches()) {
                throw new IllegalArgumentException(
                        "the path of a feature's module is like features/x/feature.js, not " + module);
            }
        }
    }

    public PageOptions withFeatures(List<String> modules, PagePolicy contributed) {
        return new PageOptions(modules, contributed, sources);
    }
}
