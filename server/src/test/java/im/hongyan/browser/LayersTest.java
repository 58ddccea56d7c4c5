package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.scenario.TestUser;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Back closes the top layer only, and a closed layer leaves no entry in the history. */
class LayersTest {
    private static final String SETTLED = "(layers) => (history.state?.layers ?? 0) === layers";

    /** The number of open layers; the dialog of a route has an entry of its own instead. */
    private static final String OPEN =
            "() => document.querySelectorAll('dialog:not([data-testid=wallet]), .layer').length";

    /** Open the layers that may cover a conversation. */
    private static final List<Consumer<Tab>> OPEN_LAYERS = List.of(
            ada -> {
                ada.byTestId("new-menu").click();
                assertThat(ada.byTestId("new-chat")).isVisible();
            },
            ada -> {
                ada.byTestId("new-menu").click();
                ada.byTestId("new-chat").click();
                assertThat(ada.byTestId("new-chat-username")).isFocused();
            },
            ada -> {
                ada.chooseFromMenu("Hello.", "menu-react");
                assertThat(ada.byTestId("emoji-picker")).isVisible();
            },
            WalletActions::composeEnvelope,
            ada -> {
                ada.byTestId("wallet-open").click();
                ada.byTestId("top-up-open").click();
                assertThat(ada.byTestId("top-up")).isVisible();
            });

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void back_withDialogOfMenu_closesDialogOnly() throws Exception {
        Tab ada = inChatWithBo();
        int entries = entries(ada);
        ada.byTestId("new-menu").click();
        ada.byTestId("new-chat").click();
        assertThat(ada.byTestId("new-chat-username")).isFocused();
        assertThat(entries(ada)).isEqualTo(entries + 1);

        assertBackCloses(ada, 1, "new-chat-username");
        assertBackShowsList(ada);
    }

    @Test
    void back_withMenu_orItsPicker_closesItOnly() throws Exception {
        Tab ada = inChatWithBo();
        ada.message("Hello.").hover();
        ada.message("Hello.").getByTestId("message-menu").click();
        assertThat(ada.byTestId("menu-reply")).isVisible();
        assertBackCloses(ada, 1, "menu-reply");

        ada.chooseFromMenu("Hello.", "menu-react");
        assertThat(ada.byTestId("emoji-picker")).isVisible();

        assertBackCloses(ada, 1, "emoji-picker");
        assertBackShowsList(ada);
    }

    @Test
    void back_withPickerInSecondDialog_closesOneAtATime() throws Exception {
        Tab ada = inChatWithBo();
        ada.page()
                .evaluate("async () => { const { h, openDialog, popover } = await import('/kit.js');"
                        + " openDialog({ title: 'One', testid: 'one', content: [] });"
                        + " const button = h('button', {}, 'Pick');"
                        + " openDialog({ title: 'Two', testid: 'two', content: [button] });"
                        + " popover(h('div', { testid: 'picker' }, 'Picker'), button); }");
        assertThat(ada.byTestId("two").getByTestId("picker")).isVisible();

        back(ada, 3);
        assertThat(ada.byTestId("picker")).hasCount(0);
        assertThat(ada.byTestId("two")).isVisible();
        back(ada, 2);
        assertThat(ada.byTestId("two")).hasCount(0);
        assertThat(ada.byTestId("one")).isVisible();
        back(ada, 1);
        assertThat(ada.byTestId("one")).hasCount(0);
        assertBackShowsList(ada);
    }

    @Test
    void closingDialog_closesItsPicker() throws Exception {
        Tab ada = inChatWithBo();
        ada.page()
                .evaluate("async () => { const { h, openDialog, popover } = await import('/kit.js');"
                        + " const button = h('button', {}, 'Pick');"
                        + " window.dialog = openDialog({ title: 'One', content: [button] });"
                        + " popover(h('div', { testid: 'picker' }, 'Picker'), button); }");
        assertSettled(ada, 2);
        ada.page().evaluate("() => window.dialog.close()");
        assertSettled(ada, 0);
        assertThat(ada.byTestId("picker")).hasCount(0);
        assertBackShowsList(ada);
    }

    @Test
    void back_withDialogOfRoute_closesIt() throws Exception {
        Tab ada = inChatWithBo();
        int entries = entries(ada);
        ada.byTestId("settings-open").click();
        assertThat(ada.byTestId("settings")).isVisible();
        assertThat(entries(ada)).isEqualTo(entries + 1);
        assertBackCloses(ada, 0, "settings");

        ada.byTestId("wallet-open").click();
        ada.byTestId("top-up-open").click();
        assertThat(ada.byTestId("top-up")).isVisible();
        assertThat(entries(ada)).isEqualTo(entries + 2);
        back(ada, 1);
        assertThat(ada.byTestId("top-up")).hasCount(0);
        assertThat(ada.byTestId("wallet")).isVisible();
        assertBackCloses(ada, 0, "wallet");
        assertBackShowsList(ada);
    }

    @Test
    void languageChange_inSettings_addsNoEntry() throws Exception {
        Tab ada = inChatWithBo();
        ada.byTestId("settings-open").click();
        int entries = entries(ada);
        ada.byTestId("language-it").click();
        assertThat(ada.byTestId("settings").locator("h2")).hasText("Impostazioni");
        assertThat(entries(ada)).isEqualTo(entries);

        assertBackCloses(ada, 0, "settings");
        assertBackShowsList(ada);
    }

    @Test
    void reload_withLayersOpen_leavesTheirEntries() throws Exception {
        Tab ada = inChatWithBo();
        ada.byTestId("new-menu").click();
        ada.byTestId("new-chat").click();
        assertSettled(ada, 1);

        ada.page().reload();
        assertSettled(ada, 0);
        assertThat(ada.byTestId("chat-title")).hasText("Bo");
        assertThat(ada.byTestId("new-chat-username")).hasCount(0);
        assertBackShowsList(ada);
    }

    @Test
    void layersClosedByThePage_leaveNoEntry() throws Exception {
        Tab ada = inChatWithBo();
        ada.byTestId("composer-emoji").click();
        ada.page().keyboard().press("Escape");
        assertThat(ada.byTestId("emoji-picker")).hasCount(0);
        assertSettled(ada, 0);

        ada.byTestId("composer-emoji").click();
        assertSettled(ada, 1);
        ada.page().mouse().click(5, 5);
        assertThat(ada.byTestId("emoji-picker")).hasCount(0);
        assertSettled(ada, 0);

        ada.byTestId("new-menu").click();
        ada.byTestId("new-group").click();
        ada.byTestId("dialog-close").click();
        assertThat(ada.byTestId("new-group-title")).hasCount(0);
        assertSettled(ada, 0);

        ada.byTestId("settings-open").click();
        ada.page().mouse().click(5, 5);
        assertThat(ada.byTestId("settings")).hasCount(0);
        assertThat(ada.byTestId("chat-title")).hasText("Bo");
        assertBackShowsList(ada);
    }

    @Test
    void back_withEnvelopeForm_closesFormOnly() throws Exception {
        Tab ada = inChatWithBo();
        WalletActions.composeEnvelope(ada);
        assertThat(ada.byTestId("envelope-amount-input")).isVisible();
        assertBackCloses(ada, 1, "envelope-amount-input");
        assertBackShowsList(ada);
    }

    @Test
    void signOutElsewhere_withLayersOpen_leavesNoLayer() throws Exception {
        for (Consumer<Tab> layers : OPEN_LAYERS) {
            Tab ada = inChatWithBo();
            layers.accept(ada);
            // Each layer has its entry before the session ends.
            int open = (Integer) ada.page().evaluate(OPEN);
            assertThat(open).isPositive();
            assertSettled(ada, open);

            endSession(ada);

            assertThat(ada.byTestId("auth-notice")).hasText("You were signed out on this device.");
            assertSettled(ada, 0);
            assertSignedOut(ada);
            ada.page().goBack();
            assertSignedOut(ada);

            ada.signIn();
            assertSettled(ada, 0);
            ada.open("Bo");
            assertThat(ada.message("Hello.")).isVisible();
            assertBackShowsList(ada);
            ada.page().close();
        }
    }

    @Test
    void signOut_inSettings_leavesNoLayer() throws Exception {
        Tab ada = inChatWithBo();
        ada.signOut();
        assertSettled(ada, 0);
        assertSignedOut(ada);
        ada.page().goBack();
        assertSignedOut(ada);
        ada.signIn();
        ada.open("Bo");
        assertBackShowsList(ada);
    }

    private static void assertSignedOut(Tab tab) {
        assertThat(tab.byTestId("auth")).isVisible();
        assertThat(tab.page().locator("dialog, .layer")).hasCount(0);
        assertThat(tab.byTestId("chat")).hasCount(0);
    }

    /** As another device of the user does. */
    private static void endSession(Tab tab) throws Exception {
        String session = (String) tab.page().evaluate("() => JSON.parse(localStorage['hongyan.session']).session");
        TestUser other = browser.apiClient(tab);
        await(browser.node()
                .client()
                .call(
                        HttpMethod.DELETE,
                        "/api/v1/sessions/" + session,
                        other.credentials().accessToken(),
                        null));
    }

    /** A desktop on which the list and then a conversation was opened. */
    private static Tab inChatWithBo() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        // From the dialog, which must leave no entry between the list and the conversation.
        ada.startChatWith(bo);
        assertSettled(ada, 0);
        ada.say("Hello.");
        return ada;
    }

    private static int entries(Tab tab) {
        return (Integer) tab.page().evaluate("() => history.length");
    }

    /** Waits until the history has an entry for each of the layers, and goes back. */
    private static void back(Tab tab, int layers) {
        assertSettled(tab, layers);
        tab.page().goBack();
    }

    /** Goes back from the last of the layers: it closes, and the conversation stays open. */
    private static void assertBackCloses(Tab tab, int layers, String testId) {
        back(tab, layers);
        assertThat(tab.byTestId(testId)).hasCount(0);
        assertThat(tab.byTestId("chat-title")).hasText("Bo");
    }

    private static void assertSettled(Tab tab, int layers) {
        tab.page().waitForFunction(SETTLED, layers);
    }

    private static void assertBackShowsList(Tab tab) {
        back(tab, 0);
        assertThat(tab.byTestId("chat")).hasCount(0);
        assertThat(tab.byTestId("sidebar")).isVisible();
    }
}
