package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One person in several tabs and on several devices. Access tokens end after ten seconds here. */
class TwoTabsTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension().with("HONGYAN_AUTH_ACCESS_TOKEN_SECONDS", "10");

    @Test
    void tabs_shareWhatWasSentAndRead_alsoAfterTheirTokensEnded() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        String token = accessToken(ada);
        Tab other = ada.anotherTab();
        ada.startChatWith(bo);
        ada.say("From the first tab.");

        other.open("Bo");
        assertThat(other.message("From the first tab.")).hasAttribute("data-state", "sent");
        other.say("From the second tab.");
        assertThat(ada.message("From the second tab.")).hasAttribute("data-state", "sent");

        ada.leaveToList();
        other.leaveToList();
        bo.open("Ada");
        bo.say("One answer.");
        for (Tab tab : List.of(ada, other)) {
            assertThat(tab.row("Bo").getByTestId("unread-badge")).hasText("1");
        }
        ada.open("Bo");
        assertThat(other.row("Bo").getByTestId("unread-badge")).hasCount(0);
        assertThat(other.page()).hasTitle("Hongyan");

        untilRefused(ada, token);
        for (Tab tab : List.of(ada, other)) {
            assertThat(accessToken(tab)).isNotEqualTo(token);
            tab.isOnline();
        }
        ada.say("Still here.");
        other.open("Bo");
        assertThat(other.message("Still here.")).isVisible();
    }

    @Test
    void tabs_refreshAtTheSameMoment_andBothStayIn() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab other = ada.anotherTab();
        assertThat(ada.the("sidebar")).isVisible();
        for (int i = 0; i < 4; i++) {
            // A page that is loaded has no access token yet: it refreshes.
            ada.page().evaluate("() => void location.reload()");
            other.page().evaluate("() => void location.reload()");
            ada.isOnline();
            other.isOnline();
        }
        ada.the("settings-open").click();
        assertThat(ada.the("device")).hasCount(1);
    }

    @Test
    void tabsWithoutLocks_refreshAtTheSameMoment_andBothStayIn() throws Exception {
        Tab ada = browser.someone("Ada");
        // A page without TLS, as in a home network, has no locks.
        ada.device().context().addInitScript("Object.defineProperty(navigator, 'locks', { value: undefined });");
        Tab other = ada.anotherTab();
        for (int i = 0; i < 4; i++) {
            ada.page().evaluate("() => void location.reload()");
            other.page().evaluate("() => void location.reload()");
            ada.isOnline();
            other.isOnline();
        }
        ada.the("settings-open").click();
        assertThat(ada.the("device")).hasCount(1);
    }

    @Test
    void signOut_inOneTab_signsOutTheOther() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("Good night.");
        Tab other = ada.anotherTab();
        other.open("Bo");

        ada.signOut();
        assertThat(other.the("auth")).isVisible();
        for (Tab tab : List.of(ada, other)) {
            assertThat(tab.page().content()).doesNotContain("Good night.");
            assertThat(tab.page().locator("h1")).hasText("Welcome back");
        }
        assertThat(ada.page().evaluate("() => JSON.stringify(Object.keys(localStorage))"))
                .asString()
                .doesNotContain("hongyan.session");

        other.signIn();
        assertThat(ada.the("sidebar")).isVisible();
        ada.open("Bo");
        assertThat(ada.message("Good night.")).isVisible();
    }

    @Test
    void device_thatIsRevoked_isTold() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab phone = browser.phone(ada);
        phone.isOnline();

        ada.the("settings-open").click();
        assertThat(ada.the("device")).hasCount(2);
        ada.the("device-revoke").click();

        assertThat(phone.the("auth-notice")).hasText("You were signed out on this device.");
        assertThat(ada.the("device")).hasCount(1);
        ada.isOnline();
    }

    @Test
    void password_isChanged_otherDevicesAreTold() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab phone = browser.phone(ada);
        phone.isOnline();

        ada.the("settings-open").click();
        ada.the("password-open").click();
        ada.the("password-old").fill(Account.PASSWORD);
        ada.the("password-new").fill("eight white swans");
        ada.the("password-submit").click();

        assertThat(phone.the("auth-notice")).hasText("You were signed out on this device.");
        assertThat(ada.the("toast")).hasText("Your password was changed. Other devices were signed out.");
        ada.isOnline();
    }

    /** The token that a tab uses right now. */
    private static String accessToken(Tab tab) {
        Response sessions = tab.page()
                .waitForResponse(
                        response -> response.url().endsWith("/api/v1/sessions") && response.ok(),
                        () -> tab.the("settings-open").click());
        tab.page().keyboard().press("Escape");
        assertThat(tab.the("settings")).hasCount(0);
        String authorization = sessions.request().headers().get("authorization");
        assertThat(authorization).startsWith("Bearer ");
        return authorization;
    }

    /** Until the server takes this token no more. */
    private static void untilRefused(Tab tab, String authorization) {
        tab.device().expect("Failed to load resource: .* status of 401.*");
        tab.page()
                .waitForFunction(
                        "async authorization => (await fetch('/api/v1/me', { headers: { authorization } })).status === 401",
                        authorization,
                        new Page.WaitForFunctionOptions()
                                .setPollingInterval(500)
                                .setTimeout(60_000));
    }
}
