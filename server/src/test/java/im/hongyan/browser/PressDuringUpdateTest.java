package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Mouse;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.MouseButton;
import com.microsoft.playwright.options.Position;
import im.hongyan.scenario.TestUser;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An update that arrives while the user presses an element must not make the press miss. */
class PressDuringUpdateTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void press_duringRowUpdate_opensRow() throws Exception {
        Tab ada = browser.newUser("Ada");
        Writer bo = writerTo(ada);

        press(ada, ada.row("Bo"));
        bo.say("Meanwhile.");
        assertThat(ada.page()).hasTitle(Pattern.compile("\\(2\\).*"));
        ada.page().mouse().up();

        assertThat(ada.byTestId("chat-title")).hasText("Bo");
        assertThat(ada.message("Meanwhile.")).isVisible();
        assertThat(ada.row("Bo").getByTestId("preview")).hasText("Meanwhile.");
    }

    /** The click of a tap follows some time after the finger is lifted. */
    @Test
    void tap_duringRowUpdate_opensRow() throws Exception {
        Tab ada = browser.newUser("Ada", BrowserExtension.PHONE);
        Writer bo = writerTo(ada);
        Finger finger = new Finger(ada);

        finger.down(middle(ada.row("Bo")));
        bo.say("Meanwhile.");
        assertThat(ada.page()).hasTitle(Pattern.compile("\\(2\\).*"));
        assertThat(ada.row("Bo").getByTestId("preview")).hasText("Before.");
        finger.up();

        assertThat(ada.byTestId("chat-title")).hasText("Bo");
        assertThat(ada.message("Meanwhile.")).isVisible();
    }

    /** A context menu receives the release, so that the page must not wait for it. */
    @Test
    void contextMenu_doesNotDelayRowUpdate() throws Exception {
        Tab ada = browser.newUser("Ada");
        Writer bo = writerTo(ada);

        move(ada, ada.row("Bo"));
        ada.page().mouse().down(new Mouse.DownOptions().setButton(MouseButton.RIGHT));
        bo.say("Meanwhile.");

        assertThat(ada.row("Bo").getByTestId("preview")).hasText("Meanwhile.");
        ada.page().mouse().up(new Mouse.UpOptions().setButton(MouseButton.RIGHT));
    }

    @Test
    void press_duringEnvelopeUpdate_opensEnvelope() throws Exception {
        Tab ada = browser.newUser("Ada");
        TestUser adasClient = browser.apiClient(ada);
        new WalletActions(browser.node()).topUp(adasClient, 100_00);
        Tab bo = browser.newUser("Bo");
        TestUser cy = browser.apiClient(browser.newUser("Cy"));
        String group = adasClient.createGroup("Geese", browser.apiClient(bo), cy);
        ada.byTestId("conversation-" + group).click();
        bo.byTestId("conversation-" + group).click();
        WalletActions.composeEnvelope(ada);
        ada.byTestId("envelope-amount-input").fill("20");
        ada.byTestId("envelope-count").fill("2");
        String envelope = WalletActions.envelopeId(WalletActions.sendEnvelope(ada));
        Locator bubble = bo.byTestId("envelope").last();

        press(bo, bubble);
        assertThat(cy.ask("envelope.open", Map.of("envelope", envelope))
                        .get("outcome")
                        .asText())
                .isEqualTo("opened");
        cy.say(group, "Mine!");
        assertThat(bo.row("Geese").getByTestId("preview")).hasText("Cy: Mine!");
        bo.page().mouse().up();

        bo.byTestId("envelope-open").click();
        assertThat(WalletActions.openedAmount(bo)).isPositive();
        assertThat(bo.message("Mine!")).isVisible();
    }

    private record Writer(TestUser user, String conversation) {
        void say(String text) throws Exception {
            user.say(conversation, text);
        }
    }

    /** Creates Bo, whose first message is in the list of {@code ada}. */
    private static Writer writerTo(Tab ada) throws Exception {
        TestUser bo = browser.apiClient(browser.newUser("Bo"));
        Writer writer = new Writer(bo, bo.openWith(browser.apiClient(ada)));
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
}
