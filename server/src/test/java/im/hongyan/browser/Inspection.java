package im.hongyan.browser;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** The accessibility and layout problems that {@code inspect.js} finds on a page. */
final class Inspection {
    private static final String SCRIPT = read();

    private Inspection() {}

    @SuppressWarnings("unchecked")
    static List<String> of(Tab tab) {
        return (List<String>) tab.page().evaluate(SCRIPT);
    }

    private static String read() {
        try (InputStream script = Inspection.class.getResourceAsStream("inspect.js")) {
            return new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
