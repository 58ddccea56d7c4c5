package im.hongyan.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The files of the web client: the bundle that the build wrote to the class path, and the files of features that are
 * not in the bundle. A file is read when it is first requested and then kept in memory.
 */
final class PageFiles {
    private static final String LIST = "web-files.txt";
    private static final String FEATURES_SLOT = "<meta name=\"features\" content=\"\">";
    private static final Pattern NAME = Pattern.compile("(?:[\\w-]++/)*+[\\w.-]*\\w\\.\\w+");

    private final Vertx vertx;
    private final PageOptions options;
    /** Names of the files in the bundle, and whether each is immutable. */
    private final Map<String, Boolean> bundle;

    private final List<String> featureFolders;
    private final Map<String, Future<PageFile>> loaded = new ConcurrentHashMap<>();

    /** @throws IllegalStateException if there is neither a bundle nor a folder with the sources */
    PageFiles(Vertx vertx, PageOptions options) {
        this.vertx = vertx;
        this.options = options;
        this.bundle = options.sources().isPresent() ? Map.of() : bundle();
        this.featureFolders = options.featureModules().stream()
                .map(module -> module.substring(0, module.lastIndexOf('/') + 1))
                .toList();
    }

    private static Map<String, Boolean> bundle() {
        byte[] list = resource(LIST);
        if (list == null) {
            throw new IllegalStateException("the web client is not built: run the Maven build up to process-resources,"
                    + " or start with -Dhongyan.web=server/src/main/resources/web");
        }
        Map<String, Boolean> bundle = new HashMap<>();
        new String(list, StandardCharsets.UTF_8).lines().forEach(line -> {
            String[] words = line.split(" ", 2);
            bundle.put(words[0], words[1].equals("immutable"));
        });
        return bundle;
    }

    /** The file with this name, relative to the root of the site. Null if there is none. */
    Future<PageFile> find(String name) {
        boolean known = bundle.containsKey(name);
        if (!known
                && !(NAME.matcher(name).matches()
                        && (isOfFeature(name) || options.sources().isPresent()))) {
            return Future.succeededFuture();
        }
        Future<PageFile> present = loaded.get(name);
        if (present != null) {
            return present;
        }
        return vertx.executeBlocking(() -> load(name), false).onSuccess(file -> {
            if (file != null && options.sources().isEmpty()) {
                loaded.putIfAbsent(name, Future.succeededFuture(file));
            }
        });
    }

    private boolean isOfFeature(String name) {
        return featureFolders.stream().anyMatch(name::startsWith);
    }

    private PageFile load(String name) throws IOException {
        byte[] content =
                options.sources().isPresent() ? source(options.sources().get().resolve(name)) : null;
        if (content == null) {
            content = resource("web/" + name);
        }
        if (content == null) {
            return null;
        }
        byte[] compressed;
        if (name.equals("index.html")) {
            content = withFeatures(content);
            compressed = PageFile.gzip(content);
        } else {
            compressed = bundle.containsKey(name) ? resource("web/" + name + ".gz") : PageFile.gzip(content);
        }
        return PageFile.of(name, content, compressed, bundle.getOrDefault(name, false));
    }

    private byte[] withFeatures(byte[] html) {
        String filled = FEATURES_SLOT.replace("\"\"", '"' + String.join(" ", options.featureModules()) + '"');
        return new String(html, StandardCharsets.UTF_8)
                .replace(FEATURES_SLOT, filled)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] source(Path file) throws IOException {
        return Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
    }

    private static byte[] resource(String name) {
        try (InputStream resource = PageFiles.class.getClassLoader().getResourceAsStream(name)) {
            return resource == null ? null : resource.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " on the class path", e);
        }
    }
}
