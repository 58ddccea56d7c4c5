package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import im.hongyan.scenario.TestUser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hostile names, titles and messages are shown as text and do not break the layout. */
class HostileContentTest {
    private static final String IMAGE = "<img src=x onerror=alert(1)>";
    private static final String SCRIPT = "\"><script>alert(2)</script>";
    private static final String TITLE = "</h2><iframe src=javascript:alert(3)>" + "W".repeat(150);
    private static final String MALLORY = "Mal<b onclick=alert(4)>" + "W".repeat(36);

    private static final List<String> MESSAGES = List.of(
            IMAGE,
            SCRIPT,
            "javascript:alert(5) JAVASCRIPT:alert(6) data:text/html,<script>alert(7)</script> vbscript:alert(8)",
            "[click](javascript:alert(9)) https://example.org/\"onmouseover=\"alert(10)"
                    + " https://example.org/<svg/onload=alert(11)>",
            "https://example.org@evil.example/ https://xn--80ak6aa92e.example http://[::1",
            "W".repeat(4_000),
            "https://example.org/" + "a".repeat(3_000),
            "\u202Eesrever ni si siht\u202C and \u2066this is not",
            "\u202E".repeat(50) + "never closed",
            "Z" + "\u0321\u0322\u0353\u0354\u0358".repeat(60) + "algo",
            "line\n".repeat(300) + "end",
            "\uFDFD".repeat(40),
            "{{constructor.constructor('alert(12)')()}} ${alert(13)} &lt;b&gt; &#x3C;script&#x3E;",
            "👨‍👩‍👧‍👦".repeat(200),
            " \u3164 \u200B\u200B.");

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void hostileContent_isShownAsText(boolean phone) throws Exception {
        Tab ada = browser.newUser("Ada", phone ? BrowserExtension.PHONE : BrowserExtension.DESKTOP);
        TestUser mallory = browser.apiClient(browser.newUser(MALLORY));
        TestUser other = browser.apiClient(browser.newUser(SCRIPT));
        String group = mallory.createGroup(TITLE, browser.apiClient(ada), other);
        String direct = other.openWith(browser.apiClient(ada));
        other.say(direct, IMAGE);
        long[] seqs = new long[MESSAGES.size()];
        for (int i = 0; i < seqs.length; i++) {
            seqs[i] = mallory.say(group, MESSAGES.get(i));
        }
        assertThat(ada.byTestId("conversation-" + group).getByTestId("unread-badge"))
                .hasText("15");
        List<String> problems = new ArrayList<>(Inspection.of(ada));

        ada.byTestId("conversation-" + group).click();
        assertThat(ada.byTestId("message")).hasCount(MESSAGES.size());
        Locator texts = ada.byTestId("message-text");
        for (int i = 0; i < seqs.length; i++) {
            assertThat(texts.nth(i).textContent()).isEqualTo(MESSAGES.get(i));
        }
        problems.addAll(Inspection.of(ada));
        for (int i = 0; i < seqs.length; i++) {
            assertInside(ada, texts.nth(i));
        }
        ada.page().locator("[data-seq='" + seqs[5] + "']").focus();
        ada.page().keyboard().press("Enter");
        ada.byTestId("menu-reply").click();
        assertThat(ada.byTestId("composer-reply")).isVisible();
        problems.addAll(Inspection.of(ada));
        ada.byTestId("details-open").click();
        assertThat(ada.byTestId("member")).hasCount(3);
        problems.addAll(Inspection.of(ada));

        ada.page()
                .screenshot(new Page.ScreenshotOptions()
                        .setPath(
                                Path.of("target", "screenshots", phone ? "hostile-phone.png" : "hostile-desktop.png")));
        assertThat(problems).isEmpty();
        assertNothingExecutable(ada);
    }

    /** The page has only its own elements, and links lead only to web addresses. */
    private static void assertNothingExecutable(Tab tab) {
        assertThat(tab.page()
                        .locator("iframe, object, embed, img[onerror], body script, [onclick], [onload], svg script"))
                .hasCount(0);
        for (Locator link : tab.byTestId("timeline").locator("a").all()) {
            assertThat(link).hasAttribute("href", Pattern.compile("^https?://"));
            assertThat(link).hasAttribute("rel", "noopener noreferrer nofollow");
            assertThat(link).hasAttribute("target", "_blank");
        }
        assertThat(tab.page().context().pages()).hasSize(1);
    }

    /** A text stays inside its bubble. */
    private static void assertInside(Tab tab, Locator text) {
        BoundingBox outer =
                text.locator("xpath=ancestor::*[contains(@class, 'bubble')]").boundingBox();
        BoundingBox inner = text.boundingBox();
        assertThat(inner.x).isGreaterThanOrEqualTo(outer.x - 1);
        assertThat(inner.x + inner.width).isLessThanOrEqualTo(outer.x + outer.width + 1);
        assertThat(outer.x + outer.width).isLessThanOrEqualTo(tab.page().viewportSize().width);
    }
}
