package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Mouse;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.MouseButton;
import com.microsoft.playwright.options.Position;
import im.hongyan.scenario.Person;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Something arrives while a finger is down: a tenth of a second, in which a crowd opens ten shares. */
class PressTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void row_whoseMessageComesDuringThePress_isOpened() throws Exception {
        Tab ada = browser.someone("Ada");
        Writer bo = writerTo(ada);

        press(ada, ada.row("Bo"));
        bo.say("Meanwhile.");
        assertThat(ada.page()).hasTitle(Pattern.compile("\\(2\\).*"));
        ada.page().mouse().up();

        assertThat(ada.the("chat-title")).hasText("Bo");
        assertThat(ada.message("Meanwhile.")).isVisible();
        assertThat(ada.row("Bo").getByTestId("preview")).hasText("Meanwhile.");
    }

    /** A finger's click comes some time after its release, and is of what is there by then. */
    @Test
    void row_whoseMessageComesDuringATap_isOpened() throws Exception {
        Tab ada = browser.someone("Ada", BrowserExtension.PHONE);
        Writer bo = writerTo(ada);
        CDPSession finger = ada.device().context().newCDPSession(ada.page());

        touch(finger, "touchStart", middle(ada.row("Bo")));
        bo.say("Meanwhile.");
        assertThat(ada.page()).hasTitle(Pattern.compile("\\(2\\).*"));
        assertThat(ada.row("Bo").getByTestId("preview")).hasText("Before.");
        touch(finger, "touchEnd");

        assertThat(ada.the("chat-title")).hasText("Bo");
        assertThat(ada.message("Meanwhile.")).isVisible();
    }

    /** The system's menu takes the release: nothing waits for it. */
    @Test
    void row_underAMenuOfTheSystem_isDrawn() throws Exception {
        Tab ada = browser.someone("Ada");
        Writer bo = writerTo(ada);

        move(ada, ada.row("Bo"));
        ada.page().mouse().down(new Mouse.DownOptions().setButton(MouseButton.RIGHT));
        bo.say("Meanwhile.");

        assertThat(ada.row("Bo").getByTestId("preview")).hasText("Meanwhile.");
        ada.page().mouse().up(new Mouse.UpOptions().setButton(MouseButton.RIGHT));
    }

    @Test
    void envelope_thatSomebodyElseOpensDuringThePress_isOpened() throws Exception {
        Tab ada = browser.someone("Ada");
        Person adasClient = browser.plain(ada);
        new Money(browser.node()).give(adasClient, 100_00);
        Tab bo = browser.someone("Bo");
        Person cy = browser.plain(browser.someone("Cy"));
        String group = adasClient.createGroup("Geese", browser.plain(bo), cy);
        ada.the("conversation-" + group).click();
        bo.the("conversation-" + group).click();
        Money.compose(ada);
        ada.the("envelope-amount-input").fill("20");
        ada.the("envelope-count").fill("2");
        String envelope = Money.id(Money.send(ada));
        Locator bubble = bo.the("envelope").last();

        press(bo, bubble);
        assertThat(cy.ask("envelope.open", Map.of("envelope", envelope))
                        .get("outcome")
                        .asText())
                .isEqualTo("opened");
        cy.say(group, "Mine!");
        assertThat(bo.row("Geese").getByTestId("preview")).hasText("Cy: Mine!");
        bo.page().mouse().up();

        bo.the("envelope-open").click();
        assertThat(Money.amount(bo)).isPositive();
        assertThat(bo.message("Mine!")).isVisible();
    }

    private record Writer(Person person, String conversation) {
        void say(String text) throws Exception {
            person.say(conversation, text);
        }
    }

    /** Bo, whose first message is in her list. */
    private static Writer writerTo(Tab ada) throws Exception {
        Person bo = browser.plain(browser.someone("Bo"));
        Writer writer = new Writer(bo, bo.openWith(browser.plain(ada)));
        writer.say("Before.");
        assertThat(ada.row("Bo").getByTestId("preview")).hasText("Before.");
        return writer;
    }

    private static void press(Tab tab, Locator what) {
        move(tab, what);
        tab.page().mouse().down();
    }

    private static void move(Tab tab, Locator what) {
        Position at = middle(what);
        tab.page().mouse().move(at.x, at.y);
    }

    private static Position middle(Locator what) {
        assertThat(what).isVisible();
        BoundingBox box = what.boundingBox();
        return new Position(box.x + box.width / 2, box.y + box.height / 2);
    }

    private static void touch(CDPSession finger, String type, Position... at) {
        JsonArray points = new JsonArray();
        for (Position each : at) {
            JsonObject point = new JsonObject();
            point.addProperty("x", each.x);
            point.addProperty("y", each.y);
            points.add(point);
        }
        JsonObject event = new JsonObject();
        event.addProperty("type", type);
        event.add("touchPoints", points);
        finger.send("Input.dispatchTouchEvent", event);
    }
}
