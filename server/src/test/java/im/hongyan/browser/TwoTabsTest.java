package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One user in several tabs and on several devices. Access tokens expire after ten seconds here. */
class TwoTabsTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension().with("HONGYAN_AUTH_ACCESS_TOKEN_SECONDS", "10");

    @Test
    void tabs_shareMessagesAndReads_evenAfterTokenExpiry() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        String token = accessToken(ada);
        Tab other = ada.anotherTab();
        ada.startChatWith(bo);
        ada.say("From the first tab.");

        other.open("Bo");
        assertThat(other.message("From the first tab.")).hasAttribute("data-state", "sent");
        other.say("From the second tab.");
        assertThat(ada.message("From the second tab.")).hasAttribute("data-state", "sent");

        ada.closeConversation();
        other.closeConversation();
        bo.open("Ada");
        bo.say("One answer.");
        for (Tab tab : List.of(ada, other)) {
            assertThat(tab.row("Bo").getByTestId("unread-badge")).hasText("1");
        }
        ada.open("Bo");
        assertThat(other.row("Bo").getByTestId("unread-badge")).hasCount(0);
        assertThat(other.page()).hasTitle("Hongyan");

        awaitRejection(ada, token);
        for (Tab tab : List.of(ada, other)) {
            assertThat(accessToken(tab)).isNotEqualTo(token);
            tab.assertOnline();
        }
        ada.say("Still here.");
        other.open("Bo");
        assertThat(other.message("Still here.")).isVisible();
    }

    @Test
    void concurrentRefresh_keepsBothTabsSignedIn() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab other = ada.anotherTab();
        assertThat(ada.byTestId("sidebar")).isVisible();
        for (int i = 0; i < 4; i++) {
            // A page refreshes when it is loaded, because it has no access token yet.
            ada.page().evaluate("() => void location.reload()");
            other.page().evaluate("() => void location.reload()");
            ada.assertOnline();
            other.assertOnline();
        }
        ada.byTestId("settings-open").click();
        assertThat(ada.byTestId("device")).hasCount(1);
    }

    @Test
    void concurrentRefresh_withoutWebLocks_keepsBothTabsSignedIn() throws Exception {
        Tab ada = browser.newUser("Ada");
        // Browsers offer no locks to a page without TLS.
        ada.device().context().addInitScript("Object.defineProperty(navigator, 'locks', { value: undefined });");
        Tab other = ada.anotherTab();
        for (int i = 0; i < 4; i++) {
            ada.page().evaluate("() => void location.reload()");
            other.page().evaluate("() => void location.reload()");
            ada.assertOnline();
            other.assertOnline();
        }
        ada.byTestId("settings-open").click();
        assertThat(ada.byTestId("device")).hasCount(1);
    }

    @Test
    void signOut_inOneTab_signsOutTheOther() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Good night.");
        Tab other = ada.anotherTab();
        other.open("Bo");

        ada.signOut();
        assertThat(other.byTestId("auth")).isVisible();
        for (Tab tab : List.of(ada, other)) {
            assertThat(tab.page().content()).doesNotContain("Good night.");
            assertThat(tab.page().locator("h1")).hasText("Welcome back");
        }
        assertThat(ada.page().evaluate("() => JSON.stringify(Object.keys(localStorage))"))
                .asString()
                .doesNotContain("hongyan.session");

        other.signIn();
        assertThat(ada.byTestId("sidebar")).isVisible();
        ada.open("Bo");
        assertThat(ada.message("Good night.")).isVisible();
    }

    @Test
    void revokedDevice_showsNotice() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab phone = browser.phoneOf(ada);
        phone.assertOnline();

        ada.byTestId("settings-open").click();
        assertThat(ada.byTestId("device")).hasCount(2);
        ada.byTestId("device-revoke").click();

        assertThat(phone.byTestId("auth-notice")).hasText("You were signed out on this device.");
        assertThat(ada.byTestId("device")).hasCount(1);
        ada.assertOnline();
    }

    @Test
    void passwordChange_signsOutOtherDevices() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab phone = browser.phoneOf(ada);
        phone.assertOnline();

        ada.byTestId("settings-open").click();
        ada.byTestId("password-open").click();
        ada.byTestId("password-old").fill(Account.PASSWORD);
        ada.byTestId("password-new").fill("eight white swans");
        ada.byTestId("password-submit").click();

        assertThat(phone.byTestId("auth-notice")).hasText("You were signed out on this device.");
        assertThat(ada.byTestId("toast")).hasText("Your password was changed. Other devices were signed out.");
        ada.assertOnline();
    }

    /** The access token that a tab currently uses. */
    private static String accessToken(Tab tab) {
        Response sessions = tab.page()
                .waitForResponse(
                        response -> response.url().endsWith("/api/v1/sessions") && response.ok(),
                        () -> tab.byTestId("settings-open").click());
        tab.page().keyboard().press("Escape");
        assertThat(tab.byTestId("settings")).hasCount(0);
        String authorization = sessions.request().headers().get("authorization");
        assertThat(authorization).startsWith("Bearer ");
        return authorization;
    }

    /** Waits until the server rejects this token. */
    private static void awaitRejection(Tab tab, String authorization) {
        tab.device().expectError("Failed to load resource: .* status of 401.*");
        tab.page()
                .waitForFunction(
                        "async authorization =>"
                                + " (await fetch('/api/v1/me', { headers: { authorization } })).status === 401",
                        authorization,
                        new Page.WaitForFunctionOptions()
                                .setPollingInterval(500)
                                .setTimeout(60_000));
    }
}
