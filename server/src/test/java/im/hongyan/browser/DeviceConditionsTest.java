package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.MouseButton;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pages on devices with a wrong clock, in another time zone, and past midnight. */
class DeviceConditionsTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    /** Moves the device's clock. */
    private static final String CLOCK = "{ const Real = Date; globalThis.Date = class extends Real {"
            + " constructor(...given) { given.length ? super(...given) : super(Real.now() + %d); }"
            + " static now() { return Real.now() + %<d; } }; }";

    @Test
    void clockAnHourFast_ownMessage_canBeRecalled() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.device().context().addInitScript(CLOCK.formatted(3_600_000));
        ada.page().reload();
        ada.assertOnline();
        ada.startChatWith(bo);
        ada.say("A moment ago.");

        ada.message("A moment ago.").click(new Locator.ClickOptions().setButton(MouseButton.RIGHT));
        assertThat(ada.byTestId("menu-recall")).isVisible();
        ada.page().keyboard().press("Escape");

        bo.open("Ada");
        bo.say("Yes.");
        ada.page().waitForCondition(() -> "online"
                .equals(ada.byTestId("chat-status").textContent()));
        bo.page().close();
        assertThat(ada.byTestId("chat-status")).hasText("last seen just now");
    }

    @Test
    void timeZone_changed_redrawsTimes() throws Exception {
        // Playwright's own time zone cannot be changed later.
        Tab ada = browser.newUser("Ada", options -> options.setTimezoneId(null));
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("What time is it?");
        String time = ada.byTestId("message-time").textContent();
        assertThat(ada.byTestId("day")).hasText("Today");

        CDPSession devtools = ada.device().context().newCDPSession(ada.page());
        JsonObject zone = new JsonObject();
        zone.addProperty("timezoneId", "Asia/Kathmandu");
        devtools.send("Emulation.setTimezoneOverride", zone);
        ada.page().evaluate("() => dispatchEvent(new Event('focus'))");

        assertThat(ada.byTestId("message-time")).not().hasText(time);
    }

    @Test
    void dayBegins_redrawsHeadingsAndList() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        // The server's answers are a day later from when the test says so.
        ada.device()
                .context()
                .addInitScript("{ const parse = JSON.parse; JSON.parse = (...given) => {"
                        + " const value = parse(...given); const at = value?.data?.serverTime;"
                        + " if (at) value.data.serverTime ="
                        + " new Date(Date.parse(at) + (globalThis.later ?? 0)).toISOString(); return value; }; }");
        ada.page().reload();
        ada.startChatWith(bo);
        ada.say("Good night.");
        assertThat(ada.byTestId("day")).hasText("Today");

        ada.page()
                .evaluate("() => { globalThis.later = 86_400_000;"
                        + " document.dispatchEvent(new Event('visibilitychange')); }");
        assertThat(ada.byTestId("day")).hasText("Yesterday");
        assertThat(ada.row("Bo").locator("time")).hasText("Yesterday");
    }
}
