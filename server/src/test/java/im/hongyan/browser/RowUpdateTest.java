package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.MouseButton;
import im.hongyan.scenario.TestUser;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rows change in place: what the user has selected, focused or opened in them stays. */
class RowUpdateTest {
    private static final String TEXT = "The address is 12 Goose Lane";

    private static final String SELECTION = "() => String(getSelection())";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    private Tab ada;
    private TestUser adasClient;
    private TestUser bo;
    private String conversation;

    @BeforeEach
    void sendMessage() throws Exception {
        ada = browser.newUser("Ada");
        adasClient = browser.apiClient(ada);
        bo = browser.apiClient(browser.newUser("Bo"));
        conversation = bo.openWith(adasClient);
        bo.say(conversation, "Where?");
        ada.open("Bo");
        ada.say(TEXT);
    }

    @Test
    void selection_survivesMessageReadTickAndReaction() throws Exception {
        select(ada.message(TEXT).getByTestId("message-text"));

        bo.ask("read.mark", Map.of("conversation", conversation, "seq", 2));
        assertThat(ada.message(TEXT)).hasAttribute("data-state", "read");
        assertThat(ada.page().evaluate(SELECTION)).isEqualTo(TEXT);

        react(2, "👍", "r1");
        assertThat(ada.message(TEXT).getByTestId("reaction")).hasText("👍1");
        react(2, "😂", "r2");
        assertThat(ada.message(TEXT).getByTestId("reaction")).hasCount(2);
        assertThat(ada.page().evaluate(SELECTION)).isEqualTo(TEXT);

        bo.say(conversation, "Thanks");
        assertThat(ada.message("Thanks")).isVisible();
        adasClient.say(conversation, "Sent from the phone");
        assertThat(ada.message("Sent from the phone")).isVisible();
        assertThat(ada.page().evaluate(SELECTION)).isEqualTo(TEXT);
    }

    @Test
    void selectionInReceivedMessage_survivesItsReactionsAndItsGroup() throws Exception {
        select(ada.message("Where?").getByTestId("message-text"));
        adasClient.ask(
                "message.react", Map.of("conversation", conversation, "clientId", "mine", "seq", 1, "emoji", "👍"));
        assertThat(ada.message("Where?").getByTestId("reaction")).hasAttribute("aria-pressed", "true");
        assertThat(ada.page().evaluate(SELECTION)).isEqualTo("Where?");
    }

    @Test
    void selectionInTitle_survivesUpdatesOfHeader() throws Exception {
        select(ada.byTestId("chat-title"));
        bo.ask("typing", Map.of("conversation", conversation));
        assertThat(ada.page().locator(".chat-head [data-testid=typing]")).isVisible();
        assertThat(ada.page().evaluate(SELECTION)).isEqualTo("Bo");
    }

    @Test
    void focusedButtonAndItsRow_survive() throws Exception {
        Locator button = ada.message(TEXT).getByTestId("message-menu");
        button.focus();
        button.evaluate("button => { window.kept = button; }");
        bo.ask("read.mark", Map.of("conversation", conversation, "seq", 2));
        react(2, "👍", "r1");
        assertThat(ada.message(TEXT).getByTestId("reaction")).hasText("👍1");
        assertThat(button).isFocused();
        assertThat(ada.page().evaluate("() => window.kept === document.activeElement"))
                .isEqualTo(true);

        ada.page().keyboard().press("Enter");
        assertThat(ada.byTestId("menu-copy")).isVisible();
    }

    @Test
    void focusInList_survivesMoveOfItsRow() throws Exception {
        TestUser cy = browser.apiClient(browser.newUser("Cy"));
        String other = cy.openWith(adasClient);
        cy.say(other, "I am first now");
        assertThat(ada.page().locator("a.row").first()).hasAttribute("data-title", "Cy");
        ada.row("Bo").focus();
        bo.say(conversation, "Now I am");
        assertThat(ada.page().locator("a.row").first()).hasAttribute("data-title", "Bo");
        assertThat(ada.row("Bo")).isFocused();
    }

    @Test
    void focusInMembers_survivesNewMember() throws Exception {
        TestUser cy = browser.apiClient(browser.newUser("Cy"));
        String group = adasClient.createGroup("Geese", bo);
        ada.open("Geese");
        ada.byTestId("details-open").click();
        Locator menu = ada.byTestId("member")
                .filter(new Locator.FilterOptions().setHasText("Bo"))
                .getByTestId("member-menu");
        menu.focus();
        adasClient.ask("group.add", Map.of("conversation", group, "clientId", "add", "users", List.of(cy.id())));
        assertThat(ada.byTestId("member")).hasCount(3);
        assertThat(menu).isFocused();
        ada.page().keyboard().press("Enter");
        assertThat(ada.byTestId("member-remove")).isVisible();
    }

    @Test
    void menu_afterUpdates_actsOnCurrentMessage() throws Exception {
        adasClient.ask(
                "message.edit",
                Map.of(
                        "conversation",
                        conversation,
                        "clientId",
                        "e1",
                        "seq",
                        2,
                        "content",
                        Map.of("type", "text", "text", "14 Goose Lane")));
        Locator message = ada.message("14 Goose Lane");
        assertThat(message.getByTestId("message-edited")).isVisible();
        message.getByTestId("message-text").click(new Locator.ClickOptions().setButton(MouseButton.RIGHT));
        ada.byTestId("menu-edit").click();
        assertThat(ada.byTestId("composer")).hasValue("14 Goose Lane");
        ada.byTestId("composer-cancel").click();

        react(2, "👍", "r1");
        Locator reaction = message.getByTestId("reaction");
        assertThat(reaction).hasText("👍1");
        reaction.click();
        assertThat(reaction).hasText("👍2");
        reaction.click();
        assertThat(reaction).hasText("👍1");
    }

    /** The note in its place has none of the message's listeners. */
    @Test
    void recall_replacesRow() throws Exception {
        ada.chooseFromMenu(TEXT, "menu-recall");
        Locator note = ada.page().locator("[data-testid=note][data-recalled]");
        assertThat(note).isVisible();
        note.locator("span").first().click(new Locator.ClickOptions().setButton(MouseButton.RIGHT));
        note.focus();
        ada.page().keyboard().press("Enter");
        assertThat(ada.byTestId("menu-copy")).hasCount(0);
    }

    private void react(int seq, String emoji, String clientId) throws Exception {
        bo.ask("message.react", Map.of("conversation", conversation, "clientId", clientId, "seq", seq, "emoji", emoji));
    }

    private void select(Locator what) {
        assertThat(what).isVisible();
        what.evaluate("element => getSelection().selectAllChildren(element)");
    }
}
