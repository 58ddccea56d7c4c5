package im.hongyan.statements;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that {@code docs/statements.md} lists every statement. */
class StatementsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "statements.md");
    private static final Path SOURCES = Path.of("src", "main", "java", "im", "hongyan");
    private static final Path RESOURCES = Path.of("src", "main", "resources", "im", "hongyan");

    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `(\\w+\\.[A-Z_]+)` \\|.* \\| [0-9,]+ \\| [0-9.,]+ \\|$");
    private static final Pattern FUNCTION = Pattern.compile("CREATE (?:OR REPLACE )?FUNCTION (\\w+)");

    /** A text that begins as a statement does. */
    private static final Pattern LITERAL =
            Pattern.compile("\"(?:\"\"\\R\\s*)?(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) ");

    /** Builds its statements when it is loaded, or runs before the server has users. */
    private static final Set<String> NO_CONSTANTS = Set.of("EntryStore.java", "Migrations.java");

    @Test
    void page_hasARowForEachStatement() throws IOException {
        assertThat(names(ROW, Files.readString(PAGE)))
                .as("docs/statements.md; scripts/statement-costs writes it")
                .isEqualTo(SqlConstants.statements().keySet());
    }

    @Test
    void lists_describeTheStatementsOfTheirPackages() {
        Map<String, String> described = new TreeMap<>();
        StatementList.read().forEach((owner, section) -> section.statements()
                .forEach(statement -> described.put(statement.name(), owner)));
        assertThat(described)
                .as("the statements.yaml beside the test resources of each package")
                .isEqualTo(SqlConstants.owners());
    }

    @Test
    void page_namesEachFunctionAndScript() throws IOException {
        Set<String> names = new TreeSet<>();
        for (Path file : files(RESOURCES)) {
            if (file.toString().endsWith(".sql")) {
                names.addAll(names(FUNCTION, Files.readString(file)));
            } else if (file.toString().endsWith(".lua")) {
                names.add(file.getFileName().toString());
            }
        }
        assertThat(names).contains("timeline_append", "reserve.lua");
        String page = Files.readString(PAGE);
        assertThat(names).allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
    }

    /** Otherwise the other tests would not know it. */
    @Test
    void everyStatement_isAConstant() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : files(SOURCES)) {
            if (!file.startsWith(SOURCES.resolve("local"))
                    && !NO_CONSTANTS.contains(file.getFileName().toString())) {
                inlineStatements(Files.readString(file)).forEach(text -> found.add(file + ": " + text));
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void inlineStatements_areFound() {
        assertThat(
                        inlineStatements(
                                """
                        private static final String ONE = "SELECT 1 FROM a";
                        private static final String TWO =
                                \"""
                                UPDATE a
                                \""" + "SELECT 2";
                        void three() {
                            query("SELECT 3");
                        }
                        """))
                .containsExactly("query(\"SELECT 3\");");
    }

    /** The lines with a statement that does not belong to a constant. */
    private static List<String> inlineStatements(String source) {
        List<String> found = new ArrayList<>();
        for (MatchResult literal : LITERAL.matcher(source).results().toList()) {
            String before = source.substring(0, literal.start());
            // The declaration begins after the last line that ends a declaration, a statement or a comment.
            List<String> lines = before.lines().toList();
            int first = lines.size() - 1;
            while (first > 0 && !lines.get(first - 1).matches(".*([;{}]|\\*/|^)\\s*")) {
                first--;
            }
            String declaration = String.join(" ", lines.subList(first, lines.size()));
            if (!declaration.contains("static final String")) {
                int end = source.indexOf('\n', literal.start());
                found.add(source.substring(before.lastIndexOf('\n') + 1, end).strip());
            }
        }
        return found;
    }

    private static Set<String> names(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
