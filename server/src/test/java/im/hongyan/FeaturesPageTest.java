package im.hongyan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks that {@code docs/features.md} links to files that exist and quotes code that is in them. */
class FeaturesPageTest {
    private static final Path PAGE = Path.of("..", "docs", "features.md");

    /** A link to a file, or a code block, which quotes the file of the last link before it. */
    private static final Pattern LINK_OR_CODE =
            Pattern.compile("\\]\\((?!https?:|#)([^)#]+)(?:#[^)]*)?\\)|(?m:^```\\w+\\R([\\s\\S]*?)^```)");

    @Test
    void page_linksToExistingFiles_andQuotesThem() throws IOException {
        assertThat(LINK_OR_CODE.matcher(Files.readString(PAGE)).results().count())
                .isGreaterThan(50);
        assertThat(problems(PAGE)).isEmpty();
    }

    @Test
    void problems_ofWrongPage_areFound(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("A.java"), "class A {\n    int one;\n    int two;\n}\n");
        Path page = Files.writeString(
                folder.resolve("page.md"),
                """
                [missing](B.java), [the web](https://example.org/), [a section](#section), [there](A.java#one):

                ```java
                class A {
                …
                int two;
                ```

                ```java
                class A {
                int two;
                ```
                """);
        assertThat(problems(page))
                .containsExactly("B.java does not exist", "A.java does not contain: class A {\nint two;");
    }

    private static List<String> problems(Path page) throws IOException {
        List<String> problems = new ArrayList<>();
        Path linked = page;
        for (MatchResult part :
                LINK_OR_CODE.matcher(Files.readString(page)).results().toList()) {
            if (part.group(1) != null) {
                linked = page.resolveSibling(part.group(1)).normalize();
                if (!Files.exists(linked)) {
                    problems.add(part.group(1) + " does not exist");
                }
                continue;
            }
            String file = stripped(Files.readString(linked));
            for (String quote : stripped(part.group(2)).split("\n…\n", -1)) {
                if (!file.contains(quote)) {
                    problems.add(linked.getFileName() + " does not contain: " + quote);
                }
            }
        }
        return problems;
    }

    /** The lines without their indentation. */
    private static String stripped(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n"));
    }
}
