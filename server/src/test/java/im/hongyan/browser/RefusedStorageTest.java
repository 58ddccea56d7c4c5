package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The page works, and the user stays signed in, when the browser's storage is blocked or full. */
class RefusedStorageTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    private enum Refusal {
        BLOCKED("for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])"
                + " Object.defineProperty(window, name,"
                + " { get() { throw new DOMException(name, 'SecurityError'); } });"
                + " LockManager.prototype.request = async () =>"
                + " { throw new DOMException('locks', 'SecurityError'); };"),
        FULL("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };");

        private final String script;

        Refusal(String script) {
            this.script = script;
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusedStorage_pageWorks_andUserStaysSignedIn(Refusal refusal) throws Exception {
        Tab bo = browser.newUser("Bo");
        Tab ada = browser.newVisitor("Ada");
        ada.page().addInitScript(refusal.script);
        ada.page().reload();
        ada.signUp();
        ada.assertOnline();

        ada.startChatWith(bo);
        ada.say("Hello");
        ada.byTestId("composer-emoji").click();
        ada.byTestId("emoji").first().click();
        assertThat(ada.byTestId("composer")).not().hasValue("");
        ada.page().keyboard().press("Escape");

        ada.byTestId("settings-open").click();
        ada.byTestId("theme-dark").click();
        assertThat(ada.page().locator("html")).hasAttribute("data-theme", "dark");
        ada.byTestId("dialog-close").click();

        for (int hour = 1; hour <= 2; hour++) {
            ada.page().evaluate("() => { const now = Date.now; Date.now = () => now() + 3_600_000; }");
            ada.page().waitForResponse("**/api/v1/sessions/refresh", () -> ada.byTestId("settings-open")
                    .click());
            assertThat(ada.byTestId("device")).hasCount(1);
            ada.byTestId("dialog-close").click();
        }
        ada.say("Still here");
        ada.assertOnline();
    }
}
