package im.hongyan.operations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The files in {@code cluster-config/}, as they are shipped. */
public final class Shipped {
    public static final Path FOLDER = folder();
    private static final ObjectMapper JSON = new ObjectMapper();

    private Shipped() {}

    private static Path folder() {
        // Maven runs tests in the module's folder, an IDE perhaps in the one above.
        return Stream.of(Path.of("cluster-config"), Path.of("..", "cluster-config"))
                .map(Path::toAbsolutePath)
                .map(Path::normalize)
                .filter(Files::isDirectory)
                .findFirst()
                .orElseThrow();
    }

    public static String text(String name) throws IOException {
        return Files.readString(FOLDER.resolve(name));
    }

    public static JsonNode json(String name) throws IOException {
        return JSON.readTree(text(name));
    }

    /** The documents of a YAML file. */
    public static List<JsonNode> yaml(String name) throws IOException {
        Iterable<Object> documents = new Load(LoadSettings.builder().build()).loadAllFromString(text(name));
        return StreamSupport.stream(documents.spliterator(), false)
                .<JsonNode>map(JSON::valueToTree)
                .toList();
    }

    /** All files, as paths relative to the folder. */
    public static List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(FOLDER)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> FOLDER.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}
