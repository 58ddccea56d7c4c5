package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.WebSocketRoute;
import com.microsoft.playwright.options.AriaRole;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two users sign up and chat: messages, replies, reactions, edits, recalls, typing and presence. */
class TwoUsersTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void newUsers_signUp_findEachOther_andChat() throws Exception {
        Tab ada = browser.newVisitor("Ada Lovelace");
        Tab bo = browser.newVisitor("李博");
        ada.signUp();
        bo.signUp();

        ada.startChatWith(bo);
        assertThat(bo.byTestId("sidebar").getByRole(AriaRole.LISTITEM)).hasCount(0);
        ada.say("你好，Bo! 🪿");

        assertThat(bo.row("Ada Lovelace").getByTestId("unread-badge")).hasText("1");
        assertThat(bo.row("Ada Lovelace").getByTestId("preview")).hasText("你好，Bo! 🪿");
        assertThat(bo.page()).hasTitle("(1) Hongyan");
        assertThat(bo.byTestId("aria-live")).containsText("Ada Lovelace: 你好，Bo! 🪿");
        assertThat(ada.message("你好，Bo! 🪿")).hasAttribute("data-state", "sent");

        bo.open("Ada Lovelace");
        assertThat(bo.message("你好，Bo! 🪿")).hasAttribute("data-state", "received");
        assertThat(bo.row("Ada Lovelace").getByTestId("unread-badge")).hasCount(0);
        assertThat(bo.page()).hasTitle("Hongyan");
        assertThat(ada.message("你好，Bo! 🪿")).hasAttribute("data-state", "read");

        bo.say("Hello, Ada!\nWhat a fine engine.");
        assertThat(ada.messageTexts()).hasText(new String[] {"你好，Bo! 🪿", "Hello, Ada! What a fine engine."});
        assertThat(ada.row("李博").getByTestId("unread-badge")).hasCount(0);
    }

    @Test
    void signUp_usernameTaken_showsError_andAllowsRetry() throws Exception {
        Tab first = browser.newVisitor("First");
        Tab second = browser.newVisitor("Second");
        second.device().expectError("Failed to load resource: .* status of (409|401).*");
        first.signUp();

        second.byTestId("auth-username").fill(first.account().username());
        second.byTestId("auth-password").fill(Account.PASSWORD);
        second.byTestId("auth-submit").click();
        assertThat(second.byTestId("form-error")).hasText("This username is taken.");

        second.byTestId("auth-switch").click();
        second.byTestId("auth-username").fill(first.account().username());
        second.byTestId("auth-password").fill("not the password");
        second.byTestId("auth-submit").click();
        assertThat(second.byTestId("form-error")).hasText("Wrong username or password.");

        second.byTestId("auth-switch").click();
        second.signUp();
        assertThat(second.byTestId("connection")).hasAttribute("data-state", "online");
    }

    @Test
    void newChatOrGroup_withUnknownUserOrOneself_saysSo() throws Exception {
        Tab ada = browser.newUser("Ada");
        ada.byTestId("new-menu").click();
        ada.byTestId("new-chat").click();
        ada.byTestId("new-chat-username").fill("no-such-user");
        ada.byTestId("new-chat-submit").click();
        assertThat(ada.byTestId("form-error")).hasText("There is no user called “no-such-user”.");
        ada.byTestId("new-chat-username").fill(ada.account().username());
        ada.byTestId("new-chat-submit").click();
        assertThat(ada.byTestId("form-error")).hasText("That is you.");
        ada.byTestId("dialog-close").click();

        ada.byTestId("new-menu").click();
        ada.byTestId("new-group").click();
        ada.byTestId("new-group-username").fill("no-such-user");
        ada.byTestId("new-group-add").click();
        assertThat(ada.page().getByRole(AriaRole.ALERT).first()).hasText("There is no user called “no-such-user”.");
    }

    @Test
    void reply_showsQuote_andClickScrollsToIt() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Where do the geese winter?");
        bo.open("Ada");
        for (int i = 1; i <= 25; i++) {
            bo.say("A line that fills the screen, number " + i);
        }

        ada.byTestId("timeline").locator("> li").first().scrollIntoViewIfNeeded();
        ada.message("Where do the geese winter?").hover();
        ada.message("Where do the geese winter?").getByTestId("message-reply").click();
        ada.byTestId("composer-cancel").click();
        assertThat(ada.byTestId("composer-reply")).hasCount(0);

        bo.byTestId("timeline").locator("> li").first().scrollIntoViewIfNeeded();
        bo.replyTo("Where do the geese winter?", "On the Yangtze.");
        assertThat(bo.message("Where do the geese winter?")).not().isInViewport();
        Locator quote = ada.message("On the Yangtze.").getByTestId("message-quote");
        assertThat(quote).containsText("Ada");
        assertThat(quote).containsText("Where do the geese winter?");

        bo.message("On the Yangtze.").getByTestId("message-quote").click();
        assertThat(bo.message("Where do the geese winter?")).isInViewport();
        assertThat(bo.message("Where do the geese winter?")).isFocused();
    }

    @Test
    void reaction_isCounted_andRemoved() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("We fly at dawn.");
        bo.open("Ada");

        bo.react("We fly at dawn.", "👍");
        Locator onAdas = ada.message("We fly at dawn.").getByTestId("reaction");
        assertThat(onAdas).hasText("👍1");
        assertThat(onAdas).hasAttribute("aria-pressed", "false");
        onAdas.click();
        assertThat(onAdas).hasAttribute("aria-pressed", "true");
        Locator onBos = bo.message("We fly at dawn.").getByTestId("reaction");
        assertThat(onBos).hasText("👍2");

        onBos.click();
        assertThat(onAdas).hasText("👍1");
        onAdas.click();
        assertThat(onAdas).hasCount(0);
        assertThat(onBos).hasCount(0);
    }

    @Test
    void edit_isShownToBoth_andMarked() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("We fly at dusk.");
        bo.open("Ada");
        bo.replyTo("We fly at dusk.", "Too dark for me.");

        ada.chooseFromMenu("We fly at dusk.", "menu-edit");
        assertThat(ada.byTestId("composer")).hasValue("We fly at dusk.");
        ada.byTestId("composer").fill("We fly at dawn.");
        ada.page().keyboard().press("Enter");

        for (Tab tab : new Tab[] {ada, bo}) {
            assertThat(tab.message("We fly at dawn.").getByTestId("message-edited"))
                    .isVisible();
            assertThat(tab.message("Too dark for me.").getByTestId("message-quote"))
                    .containsText("We fly at dawn.");
            assertThat(tab.message("We fly at dusk.")).hasCount(0);
        }
    }

    @Test
    void recall_leavesPlaceholder_andRemovesText() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("hasty-words");
        bo.open("Ada");
        bo.replyTo("hasty-words", "What?");
        bo.closeConversation();
        assertThat(bo.row("Ada").getByTestId("preview")).hasText("What?");
        bo.open("Ada");

        ada.chooseFromMenu("hasty-words", "menu-recall");

        assertThat(ada.byTestId("note")).hasText(Pattern.compile("You recalled a message.*"));
        assertThat(bo.byTestId("note")).hasText("Ada recalled a message");
        assertThat(bo.message("What?").getByTestId("message-quote")).not().containsText("hasty-words");
        assertThat(bo.page().content()).doesNotContain("hasty-words");

        bo.page().reload();
        assertThat(bo.byTestId("note")).hasText("Ada recalled a message");
        assertThat(bo.page().content()).doesNotContain("hasty-words");
        assertThat(bo.page().evaluate("() => JSON.stringify(Object.entries(localStorage))"))
                .asString()
                .doesNotContain("hasty-words");

        ada.byTestId("recall-reedit").click();
        assertThat(ada.byTestId("composer")).hasValue("hasty-words");
    }

    @Test
    void typing_isShownInChatAndList_untilSent() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Are you there?");
        assertThat(bo.row("Ada")).isVisible();

        // The server forwards typing every three seconds. Ada types for longer than that.
        typeSlowly(ada, "Hmm, let me");
        assertThat(bo.row("Ada").getByTestId("typing")).hasText("typing");
        bo.open("Ada");
        typeSlowly(ada, " think …");
        assertThat(bo.byTestId("chat").getByTestId("typing")).hasText("typing");

        ada.byTestId("send").click();
        assertThat(bo.message("Hmm, let me think …")).isVisible();
        assertThat(bo.byTestId("chat").getByTestId("typing")).hasCount(0);
        assertThat(bo.row("Ada").getByTestId("typing")).hasCount(0);
    }

    private static void typeSlowly(Tab tab, String text) {
        tab.byTestId("composer").pressSequentially(text, new Locator.PressSequentiallyOptions().setDelay(350));
    }

    @Test
    void presence_isShown_withLastSeen() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Are you there?");
        bo.open("Ada");
        bo.say("I am.");

        assertThat(ada.byTestId("chat-status")).hasText("online");
        assertThat(ada.row("Bo").locator("[data-testid=online-dot]")).isVisible();

        bo.page().close();
        assertThat(ada.byTestId("chat-status")).hasText("last seen just now");
        assertThat(ada.row("Bo").locator("[data-testid=online-dot]")).hasCount(0);

        Tab again = bo.anotherTab();
        again.assertOnline();
        assertThat(ada.byTestId("chat-status")).hasText("online");
    }

    @Test
    void reload_showsNames_withoutRequestingThem() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        bo.startChatWith(ada);
        bo.say("Hello");
        bo.createGroup("Geese", ada);
        bo.say("Welcome");
        assertThat(ada.row("Geese").getByTestId("preview")).hasText("Bo: Welcome");

        List<String> requests = new CopyOnWriteArrayList<>();
        ada.page().routeWebSocket(Pattern.compile(".*/ws$"), socket -> {
            WebSocketRoute server = socket.connectToServer();
            socket.onMessage(frame -> {
                requests.add(new JsonObject(frame.text()).getString("type"));
                server.send(frame.text());
            });
        });
        ada.page().reload();
        assertThat(ada.row("Geese").getByTestId("preview")).hasText("Bo: Welcome");
        assertThat(ada.row("Bo").getByTestId("preview")).hasText("Hello");
        assertThat(ada.row("Bo").locator("[data-testid=online-dot]")).isVisible();
        assertThat(requests).contains("sync", "presence.watch").doesNotContain("users.get");
    }
}
