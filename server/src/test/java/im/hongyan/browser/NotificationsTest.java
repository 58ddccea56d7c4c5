package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Notifications outside the page are withdrawn when they are out of date. */
class NotificationsTest {
    /** Records the texts that are shown, in place of the system, and leaves the page without focus. */
    private static final String RECORD = "window.shown = [];"
            + " window.Notification = class extends EventTarget { static permission = 'granted';"
            + " constructor(title, { body }) { super(); this.body = body; shown.push(body); }"
            + " close() { shown.splice(shown.indexOf(this.body), 1); } };"
            + " document.hasFocus = () => false; localStorage['hongyan.notifications'] = '1';";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void notification_afterRecall_orReadingOnAnotherDevice_isWithdrawn() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        bo.page().addInitScript(RECORD);
        bo.page().reload();
        bo.assertOnline();
        ada.startChatWith(bo);

        ada.say("A secret");
        awaitShown(bo, List.of("A secret"));
        ada.chooseFromMenu("A secret", "menu-recall");
        awaitShown(bo, List.of());

        ada.say("For everyone");
        awaitShown(bo, List.of("For everyone"));
        Tab elsewhere = browser.phoneOf(bo);
        elsewhere.open("Ada");
        assertThat(elsewhere.message("For everyone")).isVisible();
        awaitShown(bo, List.of());
    }

    private static void awaitShown(Tab tab, List<String> texts) {
        tab.page().waitForFunction("texts => JSON.stringify(shown) === JSON.stringify(texts)", texts);
    }
}
