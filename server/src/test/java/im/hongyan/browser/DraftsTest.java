package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a user has written and not yet sent is kept whole, with its mentions, reply and edit. */
class DraftsTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void mention_afterSwitchingConversations_isSent() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Hello.");
        ada.createGroup("Geese", bo);
        ada.say("Welcome.");
        composer(ada).pressSequentially("Ask ");
        mention(ada, "Bo");
        composer(ada).pressSequentially("first");

        ada.open("Bo");
        assertThat(composer(ada)).hasValue("");
        ada.page().reload();
        ada.open("Geese");
        assertThat(composer(ada)).hasValue("Ask @Bo first");
        ada.byTestId("send").click();

        bo.open("Geese");
        assertThat(mentionIn(bo, "Ask @Bo first")).hasText("@Bo");
    }

    @Test
    void mention_extendedToAnotherName_isDropped() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab al = browser.newUser("Al");
        ada.createGroup("Geese", al, browser.newUser("Alice"));
        composer(ada).pressSequentially("@Al");
        ada.page()
                .locator("[data-testid=mention-option][data-user='" + al.userId() + "']")
                .click();
        composer(ada).press("Backspace");
        composer(ada).pressSequentially("ice, come");
        ada.byTestId("send").click();

        al.open("Geese");
        assertThat(al.message("@Alice, come")).isVisible();
        assertThat(mentionIn(al, "@Alice, come")).hasCount(0);
    }

    @Test
    void reedit_restoresMentionAndReply() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.createGroup("Geese", bo);
        bo.open("Geese");
        bo.say("Who flies?");
        ada.message("Who flies?").hover();
        ada.message("Who flies?").getByTestId("message-reply").click();
        mention(ada, "Bo");
        composer(ada).pressSequentially("flyes");
        ada.byTestId("send").click();
        assertThat(ada.message("@Bo flyes")).hasAttribute("data-state", Pattern.compile("sent|read"));

        ada.chooseFromMenu("@Bo flyes", "menu-recall");
        ada.byTestId("recall-reedit").click();
        assertThat(composer(ada)).hasValue("@Bo flyes");
        assertThat(ada.byTestId("composer-reply")).containsText("Who flies?");
        composer(ada).press("Backspace");
        composer(ada).press("Backspace");
        composer(ada).press("Backspace");
        composer(ada).pressSequentially("ies");
        ada.byTestId("send").click();

        assertThat(mentionIn(bo, "@Bo flies")).hasText("@Bo");
        assertThat(bo.message("@Bo flies").getByTestId("message-quote")).containsText("Who flies?");
    }

    @Test
    void editInProgress_afterSwitchingConversations_continues() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        Tab cy = browser.newUser("Cy");
        ada.startChatWith(cy);
        ada.say("Hi.");
        ada.startChatWith(bo);
        ada.say("At nine.");
        composer(ada).fill("Bring bread");
        ada.chooseFromMenu("At nine.", "menu-edit");
        composer(ada).fill("At ten.");

        ada.open("Cy");
        ada.open("Bo");
        assertThat(composer(ada)).hasValue("At ten.");
        assertThat(ada.byTestId("composer-edit")).containsText("At nine.");
        ada.byTestId("send").click();

        bo.open("Ada");
        assertThat(bo.message("At ten.").getByTestId("message-edited")).isVisible();
        assertThat(composer(ada)).hasValue("Bring bread");
    }

    @Test
    void edit_whileDisconnected_isShownAndSentAfterReload() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        SocketProxy proxy = SocketProxy.install(ada);
        ada.startChatWith(bo);
        ada.say("At nine.");
        bo.open("Ada");

        proxy.block();
        edit(ada, "At nine.", "At ten.");
        assertThat(ada.message("At ten.")).hasAttribute("data-state", "queued");
        assertThat(ada.messageTexts()).hasCount(1);
        ada.page().reload();
        ada.assertReconnecting();
        assertThat(bo.message("At nine.")).isVisible();

        proxy.unblock();
        assertThat(bo.message("At ten.").getByTestId("message-edited")).isVisible();
        assertThat(ada.message("At ten.")).hasAttribute("data-state", Pattern.compile("sent|read"));
        assertThat(ada.messageTexts()).hasText(new String[] {"At ten."});
    }

    @Test
    void edit_thatIsRefused_isKeptUntilDiscarded() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        SocketProxy proxy = SocketProxy.install(ada);
        bo.createGroup("Geese", ada);
        ada.open("Geese");
        ada.say("At nine.");

        proxy.block();
        edit(ada, "At nine.", "At ten.");
        bo.byTestId("details-open").click();
        bo.page()
                .locator("[data-testid=member][data-user='" + ada.userId() + "']")
                .getByTestId("member-menu")
                .click();
        bo.byTestId("member-remove").click();
        bo.byTestId("confirm").click();
        assertThat(bo.byTestId("note").last()).hasText("You removed Ada");

        proxy.unblock();
        assertThat(ada.message("At ten.")).hasAttribute("data-state", "failed");
        assertThat(ada.message("At ten.").getByTestId("message-retry")).isVisible();
        assertThat(ada.row("Geese").locator(".failed")).isVisible();
        ada.message("At ten.").getByTestId("message-discard").click();
        assertThat(ada.message("At nine.")).isVisible();
        assertThat(ada.row("Geese").locator(".failed")).hasCount(0);
    }

    @Test
    void edit_ofMessageRecalledMeanwhile_isDiscarded() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        SocketProxy proxy = SocketProxy.install(ada);
        ada.startChatWith(bo);
        ada.say("Hello.");
        ada.say("At nine.");
        Tab phone = browser.phoneOf(ada);
        phone.open("Bo");

        proxy.block();
        edit(ada, "At nine.", "At ten.");
        assertThat(ada.message("At ten.")).hasAttribute("data-state", "queued");
        phone.message("At nine.").focus();
        phone.page().keyboard().press("Enter");
        phone.byTestId("menu-recall").click();
        assertThat(bo.row("Ada").getByTestId("preview")).hasText("Ada recalled a message");

        proxy.unblock();
        assertThat(ada.byTestId("note")).hasText("You recalled a message");
        assertThat(ada.messageTexts()).hasText(new String[] {"Hello."});
        ada.page().waitForFunction("() => !Object.keys(localStorage).some(key => key.includes('outbox'))");
    }

    @Test
    void twoTabs_shareOneDraft() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Hello.");
        Tab other = ada.anotherTab();
        other.open("Bo");
        // The composer takes the focus after it is drawn.
        assertThat(composer(other)).isFocused();
        composer(other).blur();

        composer(ada).fill("From one tab");
        assertThat(composer(other)).hasValue("From one tab");
        composer(other).focus();
        composer(ada).fill("From one tab, longer");
        composer(ada).blur();
        awaitStorageEvents(ada, other);
        assertThat(composer(other)).hasValue("From one tab");
        composer(other).blur();
        assertThat(composer(other)).hasValue("From one tab, longer");

        composer(other).focus();
        composer(ada).fill("Lost to the newer text");
        awaitStorageEvents(ada, other);
        composer(other).fill("Newer");
        composer(other).blur();
        assertThat(composer(other)).hasValue("Newer");
        composer(ada).blur();
        assertThat(composer(ada)).hasValue("Newer");

        ada.byTestId("send").click();
        assertThat(other.message("Newer")).isVisible();
        assertThat(composer(other)).hasValue("");

        composer(other).fill("As shown");
        composer(ada).fill("In the other tab");
        awaitStorageEvents(ada, other);
        other.byTestId("send").click();
        assertThat(ada.message("As shown")).isVisible();
    }

    /** Waits until a tab has received the storage events of the changes that another tab has made. */
    private static void awaitStorageEvents(Tab from, Tab to) {
        to.page()
                .evaluate("() => { window.marked = false;"
                        + " addEventListener('storage', ({ key }) => { window.marked ||= key === 'mark'; }); }");
        from.page().evaluate("() => localStorage.setItem('mark', String(Math.random()))");
        to.page().waitForFunction("() => window.marked");
    }

    private static Locator composer(Tab tab) {
        return tab.byTestId("composer");
    }

    /** Types the beginning of a name and chooses the only suggestion. */
    private static void mention(Tab tab, String name) {
        composer(tab).pressSequentially("@" + name);
        tab.byTestId("mention-option").click();
    }

    private static void edit(Tab tab, String before, String after) {
        tab.chooseFromMenu(before, "menu-edit");
        composer(tab).fill(after);
        tab.byTestId("send").click();
    }

    private static Locator mentionIn(Tab tab, String text) {
        return tab.message(text).locator("bdi.mention");
    }
}
