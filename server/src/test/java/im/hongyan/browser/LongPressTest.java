package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.Position;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On a phone, a long press on a message opens its sheet. The release then does nothing. */
class LongPressTest {
    /** Holds a finger on an element that moves a little, as a finger does. Chromium hides such moves of its own. */
    private static final String HOLD = "(element) => { for (const [type, x] of [['down', 50], ['move', 56]])"
            + " element.dispatchEvent(new PointerEvent(`pointer${type}`, { bubbles: true, pointerType: 'touch',"
            + " isPrimary: true, clientX: x, clientY: 300 })); }";

    /** Lifts the finger the way browsers do that send a click after a long press, too. Returns what went through. */
    private static final String RELEASE_OVER = "(element) => { const passed = [];"
            + " for (const type of ['touchend', 'click', 'contextmenu']) if (element.dispatchEvent("
            + "new MouseEvent(type, { bubbles: true, cancelable: true }))) passed.push(type); return passed.join(); }";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void longPress_opensSheet_thatStaysAfterRelease() throws Exception {
        Tab ada = phoneWithMessage();
        Finger finger = new Finger(ada);

        finger.down(middle(ada.message("Hello.").locator(".bubble")));
        assertThat(ada.byTestId("menu-reply")).isVisible();
        finger.up();

        ada.byTestId("menu-reply").tap();
        assertThat(ada.byTestId("menu-reply")).hasCount(0);
        assertThat(ada.byTestId("composer-reply")).containsText("Hello.");
        assertThat(ada.byTestId("reaction")).hasCount(0);
    }

    @Test
    void longPress_ofFingerThatMovesALittle_ignoresRelease() throws Exception {
        Tab ada = phoneWithMessage();

        ada.message("Hello.").evaluate(HOLD);
        assertThat(ada.byTestId("menu-reply")).isVisible();
        Locator under = ada.page().locator("[data-testid=quick-reaction]").first();
        assertThat(under.evaluate(RELEASE_OVER)).isEqualTo("");

        assertThat(ada.byTestId("menu-reply")).isVisible();
        under.tap();
        assertThat(ada.byTestId("reaction")).hasCount(1);
        assertThat(ada.byTestId("menu-reply")).hasCount(0);
    }

    private static Tab phoneWithMessage() throws Exception {
        Tab ada = browser.newUser("Ada", BrowserExtension.PHONE);
        ada.startChatWith(browser.newUser("Bo"));
        ada.say("Hello.");
        return ada;
    }

    private static Position middle(Locator what) {
        BoundingBox box = what.boundingBox();
        return new Position(box.x + box.width / 2, box.y + box.height / 2);
    }
}
