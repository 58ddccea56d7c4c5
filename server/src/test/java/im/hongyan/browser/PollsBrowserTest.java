package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import im.hongyan.scenario.TestFeatures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two users use a feature that is not in the web client's bundle. */
class PollsBrowserTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension().with(TestFeatures.ALL);

    @Test
    void poll_isSent_votedOn_andClosed() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.createGroup("Geese", bo);
        ada.byTestId("composer-more").click();
        ada.byTestId("menu-poll").click();
        ada.byTestId("poll-question").fill("Where to?");
        ada.byTestId("poll-option").nth(0).fill("South");
        ada.byTestId("poll-option").nth(1).fill("North");
        ada.byTestId("poll-send").click();
        assertThat(ada.byTestId("poll")).containsText("Where to?");

        assertThat(bo.row("Geese").getByTestId("preview")).hasText("Ada: Poll: Where to?");
        assertThat(bo.row("Geese")).hasAttribute("data-unread", "1");
        bo.open("Geese");
        Locator south = bo.byTestId("poll-choice").nth(0);
        south.click();
        assertThat(south).hasAttribute("aria-pressed", "true");
        assertThat(ada.byTestId("poll-choice").nth(0)).hasAttribute("data-votes", "1");
        assertThat(ada.byTestId("poll-choice").nth(0)).hasAttribute("aria-pressed", "false");

        ada.byTestId("poll-close").click();
        assertThat(bo.byTestId("poll")).hasAttribute("data-closed", "true");
        assertThat(bo.byTestId("poll-choice").nth(1)).isDisabled();
        assertThat(bo.byTestId("note").last()).hasText("A poll was closed");
    }
}
