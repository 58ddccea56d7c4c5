package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.options.AriaRole;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Malformed input from the address bar shows the list, not an empty page. */
class AddressTest {
    private static final String[] MALFORMED = {
        "/#c/%E0%A4%A",
        "/#c/%",
        "/#c/%ED%A0%80/details",
        "/#%E0%A4%A",
        "/#__proto__",
        "/#//",
        "/#c//details",
        "/?%E0%A4%A=%",
        "/?x=%E0%A4%A#settings/%",
    };

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void malformedAddress_opened_showsList() throws Exception {
        Tab ada = browser.newUser("Ada");
        for (String address : MALFORMED) {
            ada.page().navigate("about:blank");
            ada.page().navigate(address);
            assertThat(ada.byTestId("sidebar")).isVisible();
            ada.assertOnline();
        }
    }

    @Test
    void malformedAddress_typedWhileChatIsOpen_keepsPageWorking() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Before");
        for (String address : MALFORMED) {
            if (address.startsWith("/#")) {
                ada.page().evaluate("hash => { location.hash = hash; }", address.substring(1));
                ada.open("Bo");
            }
        }
        ada.say("After");
    }

    @Test
    void addressOfUnknownConversation_opened_saysSoAndLeadsToList() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Hello");
        ada.page().navigate("about:blank");
        ada.page().navigate("/#c/00000000000000000000000000");

        assertThat(ada.byTestId("chat-title")).hasText("This conversation cannot be found");
        assertThat(ada.byTestId("chat-unknown")).containsText("It may belong to another account");
        ada.byTestId("chat-unknown").getByRole(AriaRole.BUTTON).click();
        assertThat(ada.byTestId("chat-unknown")).hasCount(0);
        ada.open("Bo");
        assertThat(ada.byTestId("chat-unknown")).isHidden();
        assertThat(ada.byTestId("chat")).containsText("Hello");
    }

    @Test
    void malformedAddress_ofDocs_showsPage() throws Exception {
        Tab ada = browser.newVisitor("Ada");
        ada.page().navigate("/docs/#%E0%A4%A");
        assertThat(ada.page().locator("#main h1, #main h2").first()).isVisible();
        assertThat(ada.page().getByRole(AriaRole.ALERT)).hasCount(0);
    }
}
