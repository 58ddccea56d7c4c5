package im.hongyan;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.chat.ChatFeature;
import im.hongyan.feature.Feature;
import im.hongyan.polls.PollsFeature;
import im.hongyan.scenario.TestFeatures;
import im.hongyan.testkit.FeatureTestSetup;
import java.io.IOException;
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

/**
 * Checks that the core names no feature in code, SQL, Lua and YAML. The core is everything outside the features'
 * folders. {@link ArchitectureTest} enforces the same for classes, and {@code registry.test.js} for the web client.
 */
class FeatureNamesTest {
    private static final Path JAVA = Path.of("src/main/java/im/hongyan");
    private static final Path RESOURCES = Path.of("src/main/resources/im/hongyan");

    /** The list of features, which must name them. */
    private static final String LIST = "Features.java";

    /** The core transports messages, whatever they contain, so it may use the words of chat. */
    private static final Class<? extends Feature> GENERAL = ChatFeature.class;

    @Test
    void core_namesNoFeature() throws IOException {
        List<Path> files = new ArrayList<>(core(JAVA));
        files.addAll(core(RESOURCES));
        assertThat(files).hasSizeGreaterThan(150);
        assertThat(leaks(files)).isEmpty();
    }

    /** Otherwise a change of the format of {@code protocol.yaml} would empty the list. */
    @Test
    void names_includeThoseOfFramesAndEntriesOfEachFeature() {
        assertThat(features()).isNotEmpty().allSatisfy(feature -> {
            assertThat(names(feature)).contains(feature.name());
            assertThat(protocolNames(feature)).isNotEmpty();
        });
        assertThat(names(new PollsFeature())).containsExactlyInAnyOrder("poll", "polls");
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
        Set<Path> features = TestFeatures.ALL.stream()
                .map(feature -> root.resolve(folder(feature)))
                .collect(Collectors.toSet());
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

    /**
     * A name is only searched for where it looks like one, in quotes or in a path. It can also be a word of
     * programming, as in {@code queue.poll()}, an HTTP transfer, or the envelope of a frame.
     */
    private static Pattern pattern() {
        String names = features().flatMap(feature -> names(feature).stream()).collect(Collectors.joining("|"));
        Stream<String> words = features().flatMap(feature -> FeatureTestSetup.of(feature).words().stream());
        return Pattern.compile(
                Stream.concat(words, Stream.of("[`\"'/](?:" + names + ")[`\"'/.]"))
                        .collect(Collectors.joining("|")),
                Pattern.CASE_INSENSITIVE);
    }

    /** The names of a feature, its groups of frames, entry kinds and content types. */
    private static Set<String> names(Feature feature) {
        Set<String> names = protocolNames(feature);
        names.add(feature.name());
        return names;
    }

    private static Set<String> protocolNames(Feature feature) {
        Map<?, ?> protocol = FeatureTestSetup.protocol(feature);
        Set<String> names = new TreeSet<>();
        for (String part : List.of("entries", "contents")) {
            FeatureTestSetup.part(protocol, part).keySet().forEach(name -> names.add(name.toString()));
        }
        FeatureTestSetup.operations(feature).stream()
                .filter(operation -> operation.contains("."))
                .forEach(frame -> names.add(frame.replaceFirst("\\..*", "")));
        return names;
    }

    private static Stream<Feature> features() {
        return TestFeatures.ALL.stream().filter(feature -> feature.getClass() != GENERAL);
    }

    /** Relative to the folder of the root package. */
    private static String folder(Feature feature) {
        return feature.getClass()
                .getPackageName()
                .substring("im.hongyan.".length())
                .replace('.', '/');
    }
}
