package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Locator;
import im.hongyan.scenario.TestUser;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A long conversation opens at its end and loads older messages while the user scrolls up. */
class HistoryTest {
    private static final int LINES = 300;

    /** Scrolls, and returns the seq of the topmost visible message and its distance from the top. */
    private static final String SCROLL_TO = "(scroller, to) => { scroller.scrollTop = to;"
            + " const top = scroller.getBoundingClientRect().top;"
            + " const row = [...scroller.querySelectorAll('.message')]"
            + ".find((row) => row.getBoundingClientRect().bottom > top);"
            + " return [Number(row.dataset.seq), row.getBoundingClientRect().top - top]; }";

    private static final String PLACE_OF = "(scroller, seq) => scroller.querySelector(`[data-seq='${seq}']`)"
            + ".getBoundingClientRect().top - scroller.getBoundingClientRect().top";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void scrollUp_loadsHistory_andKeepsPosition() throws Exception {
        Tab bo = browser.newUser("Bo");
        TestUser ada = browser.apiClient(browser.newUser("Ada"));
        TestUser bosClient = browser.apiClient(bo);
        String conversation = conversationWithLines(ada, bosClient, LINES);
        bosClient.ask("read.mark", Map.of("conversation", conversation, "seq", LINES));
        assertThat(bo.row("Ada").getByTestId("unread-badge")).hasCount(0);

        bo.page().reload();
        bo.open("Ada");
        assertThat(bo.message(line(LINES))).isInViewport();
        assertThat(bo.byTestId("jump-newest")).not().isVisible();
        Locator scroller = bo.page().locator(".scroller");
        assertThat(bo.message(line(LINES - 40))).hasCount(1);
        int pages = 0;
        for (int loaded = bo.messageTexts().count();
                loaded < LINES;
                loaded = bo.messageTexts().count()) {
            List<?> top = (List<?>) scroller.evaluate(SCROLL_TO, 200);
            assertThat(bo.messageTexts().nth(loaded)).hasCount(1);
            double place = ((Number) scroller.evaluate(PLACE_OF, top.get(0))).doubleValue();
            assertThat(place).isCloseTo(((Number) top.get(1)).doubleValue(), within(1.5));
            pages++;
        }
        assertThat(pages).isGreaterThan(2);
        assertThat(bo.messageTexts()).hasText(all());

        scroller.evaluate("scroller => { scroller.scrollTop = 0; }");
        assertThat(bo.message(line(1))).isInViewport();
        ada.say(conversation, "Something new.");
        assertThat(bo.byTestId("jump-newest")).hasText("1");
        assertThat(bo.message(line(1))).isInViewport();
        bo.byTestId("jump-newest").click();
        assertThat(bo.message("Something new.")).isInViewport();
        assertThat(bo.byTestId("jump-newest")).not().isVisible();
    }

    @Test
    void conversation_partlyReadElsewhere_opensAtFirstUnread() throws Exception {
        Tab bo = browser.newUser("Bo");
        TestUser ada = browser.apiClient(browser.newUser("Ada"));
        String conversation = conversationWithLines(ada, browser.apiClient(bo), 60);
        bo.page().reload();
        assertThat(bo.row("Ada").getByTestId("unread-badge")).hasText("40");
        browser.apiClient(bo).ask("read.mark", Map.of("conversation", conversation, "seq", 10));
        assertThat(bo.row("Ada").getByTestId("unread-badge")).hasText("33");
        bo.open("Ada");
        assertThat(bo.byTestId("unread-divider")).isInViewport();
        assertThat(bo.message(line(11))).isInViewport();
        assertThat(bo.message(line(60))).not().isInViewport();

        bo.byTestId("jump-newest").click();
        assertThat(bo.message(line(60))).isInViewport();
        assertThat(bo.row("Ada").getByTestId("unread-badge")).hasCount(0);
    }

    /** @return the id of a conversation in which the first user wrote two of three lines */
    private static String conversationWithLines(TestUser one, TestUser other, int lines) throws Exception {
        String conversation = one.openWith(other);
        for (int i = 1; i <= lines; i++) {
            (i % 3 == 0 ? other : one).say(conversation, line(i));
        }
        return conversation;
    }

    private static String[] all() {
        return IntStream.rangeClosed(1, LINES).mapToObj(HistoryTest::line).toArray(String[]::new);
    }

    private static String line(int number) {
        return "Line " + number + (number % 7 == 0 ? ", which is a longer one".repeat(6) : "");
    }
}
