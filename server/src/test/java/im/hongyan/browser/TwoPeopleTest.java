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

/** What the first two people do on a new server. */
class TwoPeopleTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void twoStrangers_signUp_findEachOther_andChat() throws Exception {
        Tab ada = browser.newcomer("Ada Lovelace");
        Tab bo = browser.newcomer("李博");
        ada.signUp();
        bo.signUp();

        ada.startChatWith(bo);
        assertThat(bo.the("sidebar").getByRole(AriaRole.LISTITEM)).hasCount(0);
        ada.say("你好，Bo! 🪿");

        assertThat(bo.row("Ada Lovelace").getByTestId("unread-badge")).hasText("1");
        assertThat(bo.row("Ada Lovelace").getByTestId("preview")).hasText("你好，Bo! 🪿");
        assertThat(bo.page()).hasTitle("(1) Hongyan");
        assertThat(bo.the("aria-live")).containsText("Ada Lovelace: 你好，Bo! 🪿");
        assertThat(ada.message("你好，Bo! 🪿")).hasAttribute("data-state", "sent");

        bo.open("Ada Lovelace");
        assertThat(bo.message("你好，Bo! 🪿")).hasAttribute("data-state", "received");
        assertThat(bo.row("Ada Lovelace").getByTestId("unread-badge")).hasCount(0);
        assertThat(bo.page()).hasTitle("Hongyan");
        assertThat(ada.message("你好，Bo! 🪿")).hasAttribute("data-state", "read");

        bo.say("Hello, Ada!\nWhat a fine engine.");
        assertThat(ada.texts()).hasText(new String[] {"你好，Bo! 🪿", "Hello, Ada! What a fine engine."});
        assertThat(ada.row("李博").getByTestId("unread-badge")).hasCount(0);
    }

    @Test
    void signUp_withATakenName_saysSo_andWithAnotherGoesOn() throws Exception {
        Tab first = browser.newcomer("First");
        Tab second = browser.newcomer("Second");
        second.device().expect("Failed to load resource: .* status of (409|401).*");
        first.signUp();

        second.the("auth-username").fill(first.account().username());
        second.the("auth-password").fill(Account.PASSWORD);
        second.the("auth-submit").click();
        assertThat(second.the("form-error")).hasText("This username is taken.");

        second.the("auth-switch").click();
        second.the("auth-username").fill(first.account().username());
        second.the("auth-password").fill("not the password");
        second.the("auth-submit").click();
        assertThat(second.the("form-error")).hasText("Wrong username or password.");

        second.the("auth-switch").click();
        second.signUp();
        assertThat(second.the("connection")).hasAttribute("data-state", "online");
    }

    @Test
    void reply_quotesTheMessage_andAClickGoesThere() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("Where do the geese winter?");
        bo.open("Ada");
        for (int i = 1; i <= 25; i++) {
            bo.say("A line that fills the screen, number " + i);
        }

        ada.the("timeline").locator("> li").first().scrollIntoViewIfNeeded();
        ada.message("Where do the geese winter?").hover();
        ada.message("Where do the geese winter?").getByTestId("message-reply").click();
        ada.the("composer-cancel").click();
        assertThat(ada.the("composer-reply")).hasCount(0);

        bo.the("timeline").locator("> li").first().scrollIntoViewIfNeeded();
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
    void reaction_isCounted_andTakenBack() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
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
    void edit_isSeenByBoth_andMarked() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("We fly at dusk.");
        bo.open("Ada");
        bo.replyTo("We fly at dusk.", "Too dark for me.");

        ada.choose("We fly at dusk.", "menu-edit");
        assertThat(ada.the("composer")).hasValue("We fly at dusk.");
        ada.the("composer").fill("We fly at dawn.");
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
    void recall_leavesAPlaceholder_andTheTextNowhere() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("hasty-words");
        bo.open("Ada");
        bo.replyTo("hasty-words", "What?");
        bo.leaveToList();
        assertThat(bo.row("Ada").getByTestId("preview")).hasText("What?");
        bo.open("Ada");

        ada.choose("hasty-words", "menu-recall");

        assertThat(ada.the("note")).hasText(Pattern.compile("You recalled a message.*"));
        assertThat(bo.the("note")).hasText("Ada recalled a message");
        assertThat(bo.message("What?").getByTestId("message-quote")).not().containsText("hasty-words");
        assertThat(bo.page().content()).doesNotContain("hasty-words");

        bo.page().reload();
        assertThat(bo.the("note")).hasText("Ada recalled a message");
        assertThat(bo.page().content()).doesNotContain("hasty-words");
        assertThat(bo.page().evaluate("() => JSON.stringify(Object.entries(localStorage))"))
                .asString()
                .doesNotContain("hasty-words");

        ada.the("recall-reedit").click();
        assertThat(ada.the("composer")).hasValue("hasty-words");
    }

    @Test
    void typing_showsInTheChatAndInTheList_andEnds() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("Are you there?");
        assertThat(bo.row("Ada")).isVisible();

        // The server passes typing on every three seconds: Ada takes longer than that.
        slowly(ada, "Hmm, let me");
        assertThat(bo.row("Ada").getByTestId("typing")).hasText("typing");
        bo.open("Ada");
        slowly(ada, " think …");
        assertThat(bo.the("chat").getByTestId("typing")).hasText("typing");

        ada.the("send").click();
        assertThat(bo.message("Hmm, let me think …")).isVisible();
        assertThat(bo.the("chat").getByTestId("typing")).hasCount(0);
        assertThat(bo.row("Ada").getByTestId("typing")).hasCount(0);
    }

    private static void slowly(Tab tab, String text) {
        tab.the("composer").pressSequentially(text, new Locator.PressSequentiallyOptions().setDelay(350));
    }

    @Test
    void presence_isShown_andWhenSomebodyWasLastSeen() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("Are you there?");

        assertThat(ada.the("chat-status")).hasText("online");
        assertThat(ada.row("Bo").locator("[data-testid=online-dot]")).isVisible();

        bo.page().close();
        assertThat(ada.the("chat-status")).hasText("last seen just now");
        assertThat(ada.row("Bo").locator("[data-testid=online-dot]")).hasCount(0);

        Tab again = bo.anotherTab();
        again.isOnline();
        assertThat(ada.the("chat-status")).hasText("online");
    }

    @Test
    void list_afterAReload_hasItsNamesWithoutAskingForThem() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
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
