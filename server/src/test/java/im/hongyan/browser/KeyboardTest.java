package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The web client without a mouse. No test here clicks. */
class KeyboardTest {
    /** More than the controls of any view: after that many steps the focus must be going in circles. */
    private static final int MAX_TABS = 40;

    /** Whether the focused element is drawn differently without the focus. */
    private static final String FOCUS_SHOWS = "element => { const looks = () => { const s = getComputedStyle(element);"
            + " return [s.outlineStyle === 'none' ? 'none' : s.outline, s.boxShadow, s.borderColor, s.backgroundColor]"
            + ".join(); }; const ring = element.closest('.composer-row') ?? element;"
            + " const at = () => looks() + getComputedStyle(ring).borderColor + getComputedStyle(ring).boxShadow;"
            + " element.style.transition = ring.style.transition = 'none';"
            + " const focused = at(); element.blur(); const blurred = at(); element.focus();"
            + " return focused !== blurred; }";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void signUp_write_reply_byKeyboard() throws Exception {
        Tab ada = browser.newVisitor("Ada");
        Tab bo = browser.newUser("Bo");
        Keyboard keys = ada.page().keyboard();

        tabTo(ada, ada.byTestId("auth-username"));
        keys.type(ada.account().username());
        tabTo(ada, ada.byTestId("auth-displayname"));
        keys.type("Ada");
        tabTo(ada, ada.byTestId("auth-password"));
        keys.type(Account.PASSWORD);
        keys.press("Enter");
        assertThat(ada.byTestId("sidebar")).isVisible();

        tabTo(ada, ada.byTestId("new-menu"));
        keys.press("Enter");
        assertThat(ada.byTestId("new-chat")).isFocused();
        keys.press("ArrowDown");
        assertThat(ada.byTestId("new-group")).isFocused();
        keys.press("ArrowUp");
        keys.press("Enter");
        assertThat(ada.byTestId("new-chat-username")).isFocused();
        keys.type(bo.account().username());
        keys.press("Enter");
        assertThat(ada.byTestId("chat-title")).hasText("Bo");
        assertThat(ada.byTestId("composer")).isFocused();
        keys.type("No mouse here.");
        keys.press("Shift+Enter");
        keys.type("None at all.");
        keys.press("Enter");
        assertThat(ada.message("No mouse here.\nNone at all.")).hasAttribute("data-state", "sent");

        bo.open("Ada");
        bo.say("A cat, perhaps?");
        assertThat(ada.message("A cat, perhaps?")).isVisible();
        shiftTabTo(ada, ada.page().locator(".scroller"));
        keys.press("ArrowUp");
        assertThat(ada.message("A cat, perhaps?")).isFocused();
        keys.press("Enter");
        assertThat(ada.byTestId("menu-reply")).isFocused();
        keys.press("Enter");
        assertThat(ada.byTestId("composer-reply")).containsText("A cat, perhaps?");
        assertThat(ada.byTestId("composer")).isFocused();
        keys.type("Asleep.");
        keys.press("Enter");
        assertThat(bo.message("Asleep.").getByTestId("message-quote")).containsText("A cat, perhaps?");

        // A message can be edited only after it was sent.
        assertThat(ada.message("Asleep.")).hasAttribute("data-state", Pattern.compile("sent|read"));
        keys.press("ArrowUp");
        assertThat(ada.byTestId("composer-edit")).containsText("Asleep.");
        keys.press("End");
        keys.type(" As ever.");
        keys.press("Enter");
        assertThat(bo.message("Asleep. As ever.").getByTestId("message-edited")).isVisible();
    }

    @Test
    void conversationList_isSearchedAndNavigated_byKeyboard() throws Exception {
        Tab ada = browser.newUser("Ada");
        for (String name : new String[] {"Bo", "Cy", "Dee"}) {
            ada.startChatWith(browser.newUser(name));
            ada.say("Hello " + name);
        }
        Keyboard keys = ada.page().keyboard();
        keys.press("Control+k");
        assertThat(ada.byTestId("search")).isFocused();
        keys.press("ArrowDown");
        assertThat(ada.row("Dee")).isFocused();
        keys.press("ArrowDown");
        keys.press("ArrowDown");
        assertThat(ada.row("Bo")).isFocused();
        keys.press("Enter");
        assertThat(ada.byTestId("chat-title")).hasText("Bo");

        keys.press("Control+k");
        keys.type("cy");
        assertThat(ada.page().locator("a.row")).hasCount(1);
        keys.press("Enter");
        assertThat(ada.byTestId("chat-title")).hasText("Cy");
        assertThat(ada.byTestId("composer")).isFocused();
        assertThat(ada.page().locator("a.row")).hasCount(3);
    }

    @Test
    void escape_closesOneLayerAtATime() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Hello.");
        Keyboard keys = ada.page().keyboard();

        tabTo(ada, ada.byTestId("settings-open"));
        keys.press("Enter");
        assertThat(ada.byTestId("settings")).isVisible();
        keys.press("Escape");
        assertThat(ada.byTestId("settings")).hasCount(0);

        assertThat(ada.byTestId("chat-title")).hasText("Bo");
        ada.message("Hello.").focus();
        keys.press("Enter");
        assertThat(ada.byTestId("menu-reply")).isVisible();
        keys.press("Escape");
        assertThat(ada.byTestId("menu-reply")).hasCount(0);
        assertThat(ada.message("Hello.")).isFocused();

        tabTo(ada, ada.byTestId("composer-emoji"));
        keys.press("Enter");
        assertThat(ada.byTestId("emoji-picker")).isVisible();
        keys.press("Escape");
        assertThat(ada.byTestId("emoji-picker")).hasCount(0);
        assertThat(ada.byTestId("composer-emoji")).isFocused();

        tabTo(ada, ada.byTestId("details-open"));
        keys.press("Enter");
        assertThat(ada.byTestId("details")).isVisible();
        keys.press("Escape");
        assertThat(ada.byTestId("details")).hasCount(0);
        assertThat(ada.byTestId("chat")).isVisible();
        keys.press("Escape");
        assertThat(ada.byTestId("chat")).hasCount(0);
    }

    @Test
    void focus_isAlwaysVisible() throws Exception {
        Tab ada = browser.newVisitor("Ada");
        assertThat(ada.byTestId("auth-submit")).isVisible();
        assertThat(countVisibleFocusStops(ada)).isGreaterThan(5);
        ada.signUp();
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Hello.");
        ada.byTestId("settings-open").focus();
        assertThat(countVisibleFocusStops(ada)).isGreaterThan(7);
    }

    /** Presses Tab until the focus leaves the page. */
    private static int countVisibleFocusStops(Tab tab) {
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
        pressUntilFocused(tab, wanted, "Tab");
    }

    private static void shiftTabTo(Tab tab, Locator wanted) {
        pressUntilFocused(tab, wanted, "Shift+Tab");
    }

    private static void pressUntilFocused(Tab tab, Locator wanted, String key) {
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
