package im.hongyan;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.feature.Feature;
import im.hongyan.scenario.TestFeatures;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Checks that the core names no feature in code, SQL, Lua and YAML. The core is everything outside the features'
 * folders. {@link ArchitectureTest} enforces the same for classes, and {@code registry.test.js} for the web client.
 */
class FeatureNamesTest {
    private static final Path JAVA = Path.of("src/main/java/im/hongyan");
    private static final Path RESOURCES = Path.of("src/main/resources/im/hongyan");

    /** The list of features, which must name them. */
    private static final String LIST = "Features.java";

    /** Words of features, besides their names and the names that they have in the protocol. */
    private static final List<String> WORDS =
            List.of("red[ -]?envelope", "hongbao", "ledger", "money", "(?<![a-z])fen(?![a-z])");

    /** The names of the feature {@code chat}: the core transports messages, whatever they contain. */
    private static final Set<String> GENERAL =
            Set.of("chat", "message", "edit", "recall", "reaction", "text", "typing", "presence");

    /**
     * Names that are also words of programming, as in {@code queue.poll()}, an HTTP transfer, or the envelope of a
     * frame. They are only searched for where they look like a name: in quotes, or in a path.
     */
    private static final Set<String> ORDINARY = Set.of("poll", "polls", "transfer", "envelope");

    @Test
    void core_namesNoFeature() throws IOException {
        List<Path> files = new ArrayList<>(core(JAVA));
        files.addAll(core(RESOURCES));
        assertThat(files).hasSizeGreaterThan(150);
        assertThat(leaks(files)).isEmpty();
    }

    /** Otherwise a change of the format of {@code protocol.yaml} would empty the list. */
    @Test
    void names_includeThoseOfFeaturesFramesAndEntries() {
        assertThat(names()).containsExactly("envelope", "poll", "polls", "redenvelope", "transfer", "wallet");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE wallet SET",
                "private final RedEnvelopes all;",
                "// waits for red envelopes",
                "'redenvelope'",
                "FROM ledger_check",
                "amounts are fen",
                "frames.on(\"poll.vote\",",
                "an entry of kind `transfer`",
                "features/polls/feature.js",
            })
    void pattern_matchesNamesOfFeatures(String line) {
        assertThat(pattern().matcher(line).find()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"queue.poll()", "the transfer stalls", "a valid envelope", "the node is fenced", "a chat message"
            })
    void pattern_ignoresOrdinaryWords(String line) {
        assertThat(pattern().matcher(line).find()).isFalse();
    }

    @Test
    void leaks_ofWrongFiles_areReportedWithTheirLines(@TempDir Path root) throws IOException {
        Path delivery = Files.createDirectories(root.resolve("delivery/migrations"));
        Path wallet = Files.createDirectories(root.resolve("wallet"));
        Path wrong = Files.writeString(delivery.resolve("V001__wrong.sql"), "CREATE TABLE a ();\n-- For the wallet.\n");
        Files.writeString(delivery.resolve("V002__right.sql"), "CREATE TABLE b ();\n");
        Files.writeString(wallet.resolve("Wallet.java"), "class Wallet {}\n");
        Files.writeString(root.resolve(LIST), "new WalletFeature()\n");
        assertThat(leaks(core(root))).containsExactly(wrong + ":2: -- For the wallet.");
    }

    /** The files of a source folder that belong to no feature. */
    private static List<Path> core(Path root) throws IOException {
        Set<Path> features =
                features().map(feature -> root.resolve(folder(feature))).collect(Collectors.toSet());
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> features.stream().noneMatch(file::startsWith))
                    .filter(file -> !file.equals(root.resolve(LIST)))
                    .sorted()
                    .toList();
        }
    }

    private static List<String> leaks(List<Path> files) throws IOException {
        Pattern pattern = pattern();
        List<String> leaks = new ArrayList<>();
        for (Path file : files) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (pattern.matcher(lines.get(i)).find()) {
                    leaks.add(file + ":" + (i + 1) + ": " + lines.get(i).strip());
                }
            }
        }
        return leaks;
    }

    private static Pattern pattern() {
        List<String> parts = new ArrayList<>(WORDS);
        for (String name : names()) {
            parts.add(ORDINARY.contains(name) ? "[`\"'/]" + name + "[`\"'/.]" : name);
        }
        return Pattern.compile(String.join("|", parts), Pattern.CASE_INSENSITIVE);
    }

    /** The names of features, of their groups of frames, entry kinds and content types, except those of chat. */
    private static Set<String> names() {
        Set<String> names = new TreeSet<>();
        features().forEach(feature -> {
            names.add(feature.name());
            Map<?, ?> protocol = protocol(feature);
            names(protocol, "entries").forEach(names::add);
            names(protocol, "contents").forEach(names::add);
            for (Object group : part(protocol, "groups").values()) {
                names((Map<?, ?>) group, "frames").forEach(frame -> names.add(frame.replaceFirst("\\..*", "")));
            }
        });
        names.removeAll(GENERAL);
        return names;
    }

    private static Map<?, ?> protocol(Feature feature) {
        try (InputStream text = feature.getClass().getResourceAsStream("protocol.yaml")) {
            return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromInputStream(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> names(Map<?, ?> parent, String name) {
        return part(parent, name).keySet().stream().map(Object::toString);
    }

    private static Map<?, ?> part(Map<?, ?> parent, String name) {
        Object part = parent.get(name);
        return part == null ? Map.of() : (Map<?, ?>) part;
    }

    private static Stream<Feature> features() {
        return TestFeatures.ALL.stream();
    }

    /** Relative to the folder of the root package. */
    private static String folder(Feature feature) {
        return feature.getClass()
                .getPackageName()
                .substring("im.hongyan.".length())
                .replace('.', '/');
    }
}
