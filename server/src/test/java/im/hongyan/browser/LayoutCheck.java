package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Inspects views and collects their problems. The screenshots are in {@code target/screenshots}. */
final class LayoutCheck {
    private final String language;
    private final boolean phone;
    private final List<String> problems;
    private ColorScheme scheme = ColorScheme.LIGHT;

    LayoutCheck(String language, boolean phone) {
        this(language, phone, new ArrayList<>());
    }

    private LayoutCheck(String language, boolean phone, List<String> problems) {
        this.language = language;
        this.phone = phone;
        this.problems = problems;
    }

    LayoutCheck withLanguage(String other) {
        return new LayoutCheck(other, phone, problems);
    }

    void useScheme(Tab tab, ColorScheme chosen) {
        scheme = chosen;
        tab.page().emulateMedia(new Page.EmulateMediaOptions().setColorScheme(chosen));
        assertThat(tab.page().locator("html"))
                .hasAttribute("data-theme", chosen.name().toLowerCase(Locale.ROOT));
    }

    void check(Tab tab, String view) {
        String name = String.join(
                "-", view, phone ? "phone" : "desktop", scheme.name().toLowerCase(Locale.ROOT), language);
        Path file = Path.of("target", "screenshots", name + ".png");
        tab.page().screenshot(new Page.ScreenshotOptions().setPath(file));
        Inspection.of(tab).forEach(problem -> problems.add(name + ": " + problem));
    }

    void assertNoProblems() {
        assertThat(String.join("\n", problems)).isEmpty();
    }
}
