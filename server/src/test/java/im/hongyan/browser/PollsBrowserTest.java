package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import im.hongyan.scenario.TestFeatures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A feature that is not in the web client's bundle, used by two users. */
class PollsBrowserTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension().with(TestFeatures.ALL);

    @Test
    void poll_isSentVotedAndClosed() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.createGroup("Geese", bo);
        ada.the("composer-more").click();
        ada.the("menu-poll").click();
        ada.the("poll-question").fill("Where to?");
        ada.the("poll-option").nth(0).fill("South");
        ada.the("poll-option").nth(1).fill("North");
        ada.the("poll-send").click();
        assertThat(ada.the("poll")).containsText("Where to?");

        assertThat(bo.row("Geese").getByTestId("preview")).hasText("Ada: Poll: Where to?");
        assertThat(bo.row("Geese")).hasAttribute("data-unread", "1");
        bo.open("Geese");
        Locator south = bo.the("poll-choice").nth(0);
        south.click();
        assertThat(south).hasAttribute("aria-pressed", "true");
        assertThat(ada.the("poll-choice").nth(0)).hasAttribute("data-votes", "1");
        assertThat(ada.the("poll-choice").nth(0)).hasAttribute("aria-pressed", "false");

        ada.the("poll-close").click();
        assertThat(bo.the("poll")).hasAttribute("data-closed", "");
        assertThat(bo.the("poll-choice").nth(1)).isDisabled();
        assertThat(bo.the("note").last()).hasText("A poll was closed");
    }
}
