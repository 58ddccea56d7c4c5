package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Somebody without a mouse. No test here clicks. */
class KeyboardTest {
    /** More steps than there are controls on any view: who has not arrived by then goes in circles. */
    private static final int MAX_TABS = 40;

    /** Whether the element that has the focus looks otherwise than without it. */
    private static final String FOCUS_SHOWS = "element => { const looks = () => { const s = getComputedStyle(element);"
            + " return [s.outlineStyle === 'none' ? 'none' : s.outline, s.boxShadow, s.borderColor, s.backgroundColor]"
            + ".join(); }; const ring = element.closest('.composer-row') ?? element;"
            + " const at = () => looks() + getComputedStyle(ring).borderColor + getComputedStyle(ring).boxShadow;"
            + " element.style.transition = ring.style.transition = 'none';"
            + " const focused = at(); element.blur(); const blurred = at(); element.focus(); return focused !== blurred; }";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void signUp_openAConversation_write_reply_allByKeys() throws Exception {
        Tab ada = browser.newcomer("Ada");
        Tab bo = browser.someone("Bo");
        Keyboard keys = ada.page().keyboard();

        tabTo(ada, ada.the("auth-username"));
        keys.type(ada.account().username());
        tabTo(ada, ada.the("auth-displayname"));
        keys.type("Ada");
        tabTo(ada, ada.the("auth-password"));
        keys.type(Account.PASSWORD);
        keys.press("Enter");
        assertThat(ada.the("sidebar")).isVisible();

        tabTo(ada, ada.the("new-menu"));
        keys.press("Enter");
        assertThat(ada.the("new-chat")).isFocused();
        keys.press("ArrowDown");
        assertThat(ada.the("new-group")).isFocused();
        keys.press("ArrowUp");
        keys.press("Enter");
        assertThat(ada.the("new-chat-username")).isFocused();
        keys.type(bo.account().username());
        keys.press("Enter");
        assertThat(ada.the("chat-title")).hasText("Bo");
        assertThat(ada.the("composer")).isFocused();
        keys.type("No mouse here.");
        keys.press("Shift+Enter");
        keys.type("None at all.");
        keys.press("Enter");
        assertThat(ada.message("No mouse here.\nNone at all.")).hasAttribute("data-state", "sent");

        bo.open("Ada");
        bo.say("A cat, perhaps?");
        assertThat(ada.message("A cat, perhaps?")).isVisible();
        backTo(ada, ada.page().locator(".scroller"));
        keys.press("ArrowUp");
        assertThat(ada.message("A cat, perhaps?")).isFocused();
        keys.press("Enter");
        assertThat(ada.the("menu-reply")).isFocused();
        keys.press("Enter");
        assertThat(ada.the("composer-reply")).containsText("A cat, perhaps?");
        assertThat(ada.the("composer")).isFocused();
        keys.type("Asleep.");
        keys.press("Enter");
        assertThat(bo.message("Asleep.").getByTestId("message-quote")).containsText("A cat, perhaps?");

        // One that is on its way cannot be edited yet, and no other is meant.
        assertThat(ada.message("Asleep.")).hasAttribute("data-state", Pattern.compile("sent|read"));
        keys.press("ArrowUp");
        assertThat(ada.the("composer-edit")).containsText("Asleep.");
        keys.press("End");
        keys.type(" As ever.");
        keys.press("Enter");
        assertThat(bo.message("Asleep. As ever.").getByTestId("message-edited")).isVisible();
    }

    @Test
    void conversations_areFoundAndWalkedThrough_byKeys() throws Exception {
        Tab ada = browser.someone("Ada");
        for (String name : new String[] {"Bo", "Cy", "Dee"}) {
            ada.startChatWith(browser.someone(name));
            ada.say("Hello " + name);
        }
        Keyboard keys = ada.page().keyboard();
        keys.press("Control+k");
        assertThat(ada.the("search")).isFocused();
        keys.press("ArrowDown");
        assertThat(ada.row("Dee")).isFocused();
        keys.press("ArrowDown");
        keys.press("ArrowDown");
        assertThat(ada.row("Bo")).isFocused();
        keys.press("Enter");
        assertThat(ada.the("chat-title")).hasText("Bo");

        keys.press("Control+k");
        keys.type("cy");
        assertThat(ada.page().locator("a.row")).hasCount(1);
        keys.press("Enter");
        assertThat(ada.the("chat-title")).hasText("Cy");
        assertThat(ada.the("composer")).isFocused();
        assertThat(ada.page().locator("a.row")).hasCount(3);
    }

    @Test
    void escape_leavesWhatIsOpen_oneAfterTheOther() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("Hello.");
        Keyboard keys = ada.page().keyboard();

        tabTo(ada, ada.the("settings-open"));
        keys.press("Enter");
        assertThat(ada.the("settings")).isVisible();
        keys.press("Escape");
        assertThat(ada.the("settings")).hasCount(0);

        assertThat(ada.the("chat-title")).hasText("Bo");
        ada.message("Hello.").focus();
        keys.press("Enter");
        assertThat(ada.the("menu-reply")).isVisible();
        keys.press("Escape");
        assertThat(ada.the("menu-reply")).hasCount(0);
        assertThat(ada.message("Hello.")).isFocused();

        tabTo(ada, ada.the("composer-emoji"));
        keys.press("Enter");
        assertThat(ada.the("emoji-picker")).isVisible();
        keys.press("Escape");
        assertThat(ada.the("emoji-picker")).hasCount(0);
        assertThat(ada.the("composer-emoji")).isFocused();

        tabTo(ada, ada.the("details-open"));
        keys.press("Enter");
        assertThat(ada.the("details")).isVisible();
        keys.press("Escape");
        assertThat(ada.the("details")).hasCount(0);
        assertThat(ada.the("chat")).isVisible();
        keys.press("Escape");
        assertThat(ada.the("chat")).hasCount(0);
    }

    @Test
    void focus_isSeen_whereverItGoes() throws Exception {
        Tab ada = browser.newcomer("Ada");
        assertThat(ada.the("auth-submit")).isVisible();
        assertThat(stopsWhereFocusShows(ada)).isGreaterThan(5);
        ada.signUp();
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("Hello.");
        ada.the("settings-open").focus();
        assertThat(stopsWhereFocusShows(ada)).isGreaterThan(7);
    }

    /** Goes on by Tab until the focus leaves the page. */
    private static int stopsWhereFocusShows(Tab tab) {
        Locator focused = tab.page().locator("*:focus");
        for (int stops = 0; stops < MAX_TABS; stops++) {
            tab.page().keyboard().press("Tab");
            if (focused.count() == 0) {
                return stops;
            }
            assertThat((Boolean) focused.evaluate(FOCUS_SHOWS))
                    .as(() -> "the focus shows on " + focused.evaluate("element => element.outerHTML"))
                    .isTrue();
        }
        throw new AssertionError("the focus goes in circles");
    }

    private static void tabTo(Tab tab, Locator wanted) {
        walkTo(tab, wanted, "Tab");
    }

    private static void backTo(Tab tab, Locator wanted) {
        walkTo(tab, wanted, "Shift+Tab");
    }

    private static void walkTo(Tab tab, Locator wanted, String key) {
        assertThat(wanted).isVisible();
        for (int i = 0; i < MAX_TABS; i++) {
            if ((Boolean) wanted.evaluate("element => element === document.activeElement")) {
                return;
            }
            tab.page().keyboard().press(key);
        }
        throw new AssertionError(key + " does not lead to " + wanted);
    }
}
