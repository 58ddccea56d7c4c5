package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pages show the current names of users. */
class NamesTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void memberOfOpenGroup_renamesThemselves_showsNewName() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        Tab cai = browser.newUser("Cai");
        ada.createGroup("Geese", bo, cai);
        bo.open("Geese");
        bo.say("Hello from me");
        assertThat(ada.message("Hello from me")).containsText("Bo");

        rename(bo, "Boris");

        assertThat(ada.message("Hello from me")).containsText("Boris");
    }

    @Test
    void member_renamesThemselvesWhileOthersAreOffline_showsNewNameAfterReconnect() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.device().expectLostConnections();
        ada.createGroup("Swans", bo);
        bo.open("Swans");
        bo.say("Hello from me");
        assertThat(ada.message("Hello from me")).containsText("Bo");
        ada.device().context().setOffline(true);
        assertThat(ada.byTestId("connection")).not().hasAttribute("data-state", "online");

        rename(bo, "Boris");
        ada.device().context().setOffline(false);

        assertThat(ada.message("Hello from me")).containsText("Boris");
    }

    private static void rename(Tab tab, String name) {
        tab.byTestId("settings-open").click();
        tab.byTestId("profile-name").fill(name);
        tab.byTestId("profile-submit").click();
        assertThat(tab.byTestId("toast")).hasText("Saved");
        tab.byTestId("dialog-close").click();
    }
}
