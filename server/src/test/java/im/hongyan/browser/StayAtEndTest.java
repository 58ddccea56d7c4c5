package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import im.hongyan.scenario.TestUser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An open conversation stays at its end, whatever changes its size, until the user scrolls. */
class StayAtEndTest {
    private static final int LINES = 40;

    /** Becomes true when the newest message ends where the view ends. */
    private static final String AT_END =
            "() => { const { scrollHeight, scrollTop, clientHeight } = document.querySelector('.scroller');"
                    + " return scrollHeight - scrollTop - clientHeight <= 1; }";

    /** Two frames later, events and observers of everything before have run. */
    private static final String TWO_FRAMES =
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    private TestUser ada;
    private Tab bo;
    private String conversation;

    @BeforeEach
    void openConversation() throws Exception {
        bo = browser.newUser("Bo");
        ada = browser.apiClient(browser.newUser("Ada"));
        conversation = ada.openWith(browser.apiClient(bo));
        for (int i = 1; i <= LINES; i++) {
            ada.say(conversation, "Line " + i);
        }
        assertThat(bo.row("Ada").getByTestId("preview")).hasText("Line " + LINES);
        bo.open("Ada");
        // It opened at the first unread message.
        scrollTo("scroller.scrollHeight");
        assertThat(bo.byTestId("jump-newest")).not().isVisible();
        assertAtEnd("Line " + LINES);
    }

    @Test
    void typingLines_staysAtEnd_andReadsNextMessage() throws Exception {
        writeLines(5);
        assertAtEnd("Line " + LINES);
        ada.say(conversation, "While Bo writes");
        assertAtEnd("While Bo writes");
        assertThat(bo.row("Ada").getByTestId("unread-badge")).hasCount(0);

        bo.page().keyboard().type("more on the last line");
        bo.page().keyboard().press("Backspace");
        assertAtEnd("While Bo writes");
        bo.byTestId("composer").fill("");
        ada.say(conversation, "After Bo gave up");
        assertAtEnd("After Bo gave up");
        assertThat(bo.row("Ada").getByTestId("unread-badge")).hasCount(0);
    }

    @Test
    void typingOneByOne_whileMessagesArrive_staysAtEnd() throws Exception {
        writeLines(4);
        for (int i = 1; i <= 5; i++) {
            bo.page().keyboard().type("abc");
            ada.say(conversation, "Burst " + i);
            bo.page().keyboard().type("def");
            assertAtEnd("Burst " + i);
        }
    }

    @Test
    void replyBarAndWindowAndLateContent_stayAtEnd() throws Exception {
        bo.message("Line " + LINES).hover();
        bo.message("Line " + LINES).getByTestId("message-reply").click();
        assertThat(bo.byTestId("composer-reply")).isVisible();
        assertAtEnd("Line " + LINES);
        bo.byTestId("composer-cancel").click();
        assertAtEnd("Line " + LINES);

        // A keyboard opens and closes on a phone.
        bo.page().setViewportSize(1280, 420);
        assertAtEnd("Line " + LINES);
        bo.page().setViewportSize(1280, 900);
        assertAtEnd("Line " + LINES);
        bo.page().setViewportSize(760, 700);
        assertAtEnd("Line " + LINES);

        // An image arrives late, and the height of another message shrinks.
        bo.message("Line " + (LINES - 2)).evaluate("row => { row.style.paddingTop = '240px'; }");
        assertAtEnd("Line " + LINES);
        bo.message("Line " + (LINES - 2)).evaluate("row => { row.style.paddingTop = ''; }");
        ada.say(conversation, "Still followed");
        assertAtEnd("Still followed");
        assertThat(bo.row("Ada").getByTestId("unread-badge")).hasCount(0);
    }

    @Test
    void typing_afterScrollingUp_keepsPlace() throws Exception {
        scrollTo("scroller.scrollHeight - scroller.clientHeight - 90");
        assertThat(bo.byTestId("jump-newest")).isVisible();
        writeLines(5);
        bo.byTestId("composer").fill("");
        bo.page().evaluate(TWO_FRAMES);
        assertThat(bo.byTestId("jump-newest")).isVisible();
        ada.say(conversation, "Below");
        assertThat(bo.byTestId("jump-newest")).hasText("1");
        assertThat(bo.message("Below")).not().isInViewport();
    }

    @Test
    void scrollingUp_inSameFrameAsResize_leavesEnd() throws Exception {
        bo.page()
                .evaluate("() => { const scroller = document.querySelector('.scroller');"
                        + " document.querySelector('.composer').style.minHeight = '200px'; scroller.scrollTop = 0; }");
        assertThat(bo.byTestId("jump-newest")).isVisible();
        ada.say(conversation, "Below");
        assertThat(bo.byTestId("jump-newest")).hasText("1");
        assertThat(bo.message("Below")).not().isInViewport();
    }

    @Test
    void quoteOfVisibleMessage_staysAtEnd() throws Exception {
        bo.replyTo("Line " + LINES, "Indeed");
        bo.message("Indeed").getByTestId("message-quote").click();
        bo.page().evaluate(TWO_FRAMES);
        ada.say(conversation, "Next");
        assertAtEnd("Next");
    }

    private void writeLines(int lines) {
        bo.byTestId("composer").click();
        for (int i = 1; i <= lines; i++) {
            bo.page().keyboard().type("Word " + i);
            bo.page().keyboard().press("Shift+Enter");
        }
    }

    private void scrollTo(String top) {
        Locator scroller = bo.page().locator(".scroller");
        scroller.evaluate("scroller => { scroller.scrollTop = " + top + "; }");
    }

    private void assertAtEnd(String newest) {
        assertThat(bo.message(newest)).isInViewport();
        bo.page().waitForFunction(AT_END);
        bo.page().evaluate(TWO_FRAMES);
        bo.page().waitForFunction(AT_END);
        assertThat(bo.byTestId("jump-newest")).not().isVisible();
    }
}
