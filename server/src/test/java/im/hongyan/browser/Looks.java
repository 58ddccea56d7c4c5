package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Looks at one view after the other and writes down what is not right. The screens are left in {@code target/screenshots}. */
final class Looks {
    private final String language;
    private final boolean phone;
    private final List<String> complaints;
    private ColorScheme scheme = ColorScheme.LIGHT;

    Looks(String language, boolean phone) {
        this(language, phone, new ArrayList<>());
    }

    private Looks(String language, boolean phone, List<String> complaints) {
        this.language = language;
        this.phone = phone;
        this.complaints = complaints;
    }

    Looks with(String other) {
        return new Looks(other, phone, complaints);
    }

    void in(Tab tab, ColorScheme chosen) {
        scheme = chosen;
        tab.page().emulateMedia(new Page.EmulateMediaOptions().setColorScheme(chosen));
        assertThat(tab.page().locator("html"))
                .hasAttribute("data-theme", chosen.name().toLowerCase(Locale.ROOT));
    }

    void at(Tab tab, String view) {
        String name = String.join(
                "-", view, phone ? "phone" : "desktop", scheme.name().toLowerCase(Locale.ROOT), language);
        Path file = Path.of("target", "screenshots", name + ".png");
        tab.page().screenshot(new Page.ScreenshotOptions().setPath(file));
        Inspection.of(tab).forEach(complaint -> complaints.add(name + ": " + complaint));
    }

    void assertGood() {
        assertThat(String.join("\n", complaints)).isEmpty();
    }
}
