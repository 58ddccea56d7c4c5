package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.ColorScheme;
import im.hongyan.scenario.Person;
import im.hongyan.scenario.TestFeatures;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two users use a feature that is not in the web client's bundle. */
class PollsBrowserTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension().with(TestFeatures.ALL);

    @Test
    void poll_isSent_votedOn_andClosed() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.createGroup("Geese", bo);
        ada.byTestId("composer-more").click();
        ada.byTestId("menu-poll").click();
        ada.byTestId("poll-question").fill("Where to?");
        ada.byTestId("poll-option").nth(0).fill("South");
        ada.byTestId("poll-option").nth(1).fill("North");
        ada.byTestId("poll-send").click();
        assertThat(ada.byTestId("poll")).containsText("Where to?");

        assertThat(bo.row("Geese").getByTestId("preview")).hasText("Ada: Poll: Where to?");
        assertThat(bo.row("Geese")).hasAttribute("data-unread", "1");
        bo.open("Geese");
        Locator south = bo.byTestId("poll-choice").nth(0);
        south.click();
        assertThat(south).hasAttribute("aria-pressed", "true");
        assertThat(ada.byTestId("poll-choice").nth(0)).hasAttribute("data-votes", "1");
        assertThat(ada.byTestId("poll-choice").nth(0)).hasAttribute("aria-pressed", "false");

        ada.byTestId("poll-close").click();
        assertThat(bo.byTestId("poll")).hasAttribute("data-closed", "true");
        assertThat(bo.byTestId("poll-choice").nth(1)).isDisabled();
        assertThat(bo.byTestId("note").last()).hasText("A poll was closed");
    }

    @Test
    void chatAction_opensForm_byKeyboardToo_andIsOfferedToMembersOnly() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.createGroup("Geese", bo);
        bo.open("Geese");
        Locator action = bo.byTestId("chat-poll");
        assertThat(action).hasAttribute("aria-label", "New poll");
        action.focus();
        bo.page().keyboard().press("Enter");
        assertThat(bo.byTestId("poll-question")).isFocused();
        bo.page().keyboard().press("Escape");
        assertThat(bo.byTestId("poll-form")).hasCount(0);
        assertThat(action).isFocused();

        bo.byTestId("details-open").click();
        bo.byTestId("leave-group").click();
        bo.byTestId("confirm").click();
        assertThat(bo.byTestId("chat-closed")).isVisible();
        assertThat(action).hasCount(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void chatBar_isShownWhileItHasContent_andKeepsTheNewestMessageInView(boolean phone) throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = phone ? browser.phoneOf(browser.newUser("Bo")) : browser.newUser("Bo");
        ada.createGroup("Geese", bo);
        bo.open("Geese");
        Person api = browser.apiClient(ada);
        String group = bo.conversationId();
        for (int i = 0; i < 30; i++) {
            api.say(group, "line " + i);
        }
        assertThat(bo.message("line 29")).isInViewport();
        assertThat(bo.byTestId("poll-bar")).hasCount(0);

        long seq = sendPoll(api, group, "Where to, when the whole lake is frozen and the reeds are bare?");

        Locator bar = bo.byTestId("poll-bar");
        assertThat(bar).containsText("Open poll: Where to");
        assertThat(bo.byTestId("poll")).isInViewport();
        LayoutCheck layout = new LayoutCheck("en", phone);
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            layout.useScheme(bo, scheme);
            layout.check(bo, "chat-bar");
        }
        layout.assertNoProblems();
        // The bar and its button vanish: the focus stays nearby instead of starting at the top of the page again.
        bo.byTestId("poll-bar-hide").focus();
        bo.page().keyboard().press("Enter");
        assertThat(bar).hasCount(0);
        assertThat(bo.page().locator(".chat-who")).isFocused();

        sendPoll(api, group, "And then?");
        assertThat(bar).hasText("Open poll: And then?");
        Locator hide = bo.byTestId("poll-bar-hide");
        hide.focus();
        sendPoll(api, group, "Really?");
        assertThat(bar).hasText("Open poll: Really?");
        assertThat(hide).isFocused();
        assertThat(bo.byTestId("poll")).hasCount(3);
        close(api, group, seq);
        assertThat(bar).hasText("Open poll: Really?");
    }

    @Test
    void overlay_isUsableAboveDialogs_andTakesNoFocus() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.createGroup("Geese", bo);
        bo.open("Geese");
        Person api = browser.apiClient(ada);
        String group = bo.conversationId();
        long first = sendPoll(api, group, "First?");
        assertThat(bo.byTestId("poll-bar")).isVisible();
        Locator card = bo.byTestId("poll-card");
        assertThat(card).isHidden();
        bo.byTestId("composer").focus();
        close(api, group, first);
        assertThat(card).containsText("“First?” is closed");
        assertThat(bo.byTestId("composer")).isFocused();

        // Above a dialog, whichever of them came first, and usable there.
        bo.byTestId("settings-open").click();
        bo.byTestId("profile-name").focus();
        bo.byTestId("poll-card-menu").click();
        bo.byTestId("poll-dismiss").click();
        assertThat(card).isHidden();
        long second = sendPoll(api, group, "Second?");
        assertThat(bo.row("Geese").getByTestId("preview")).containsText("Second?");
        bo.byTestId("profile-name").focus();
        close(api, group, second);
        assertThat(card).containsText("Second?");
        assertThat(bo.byTestId("profile-name")).isFocused();
        bo.byTestId("language-it").click();
        assertThat(card).containsText("“Second?” è chiuso");
        assertThat(bo.byTestId("settings")).isVisible();
        bo.byTestId("dialog-close").click();
        assertThat(bo.byTestId("settings")).hasCount(0);
        assertThat(card).isVisible();
        new LayoutCheck("it", false).check(bo, "overlay");

        // What it opens is above it.
        bo.byTestId("poll-card-menu").click();
        bo.byTestId("poll-show-results").click();
        assertThat(bo.byTestId("poll-results")).isVisible();
        bo.byTestId("dialog-close").click();
        assertThat(bo.byTestId("poll-results")).hasCount(0);

        // A key in it is not one of the page below.
        bo.byTestId("poll-card-menu").focus();
        bo.page().keyboard().press("Escape");
        assertThat(card).isHidden();
        assertThat(bo.byTestId("chat")).isVisible();
    }

    @Test
    void overlay_onPhone_fits_andIsClearedAtSignOut() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.phoneOf(browser.newUser("Bo"));
        ada.createGroup("Geese", bo);
        bo.open("Geese");
        Person api = browser.apiClient(ada);
        String group = bo.conversationId();
        long seq = sendPoll(api, group, "Where to, when the whole lake is frozen and the reeds are bare?");
        assertThat(bo.byTestId("poll-bar")).isVisible();
        close(api, group, seq);
        assertThat(bo.byTestId("poll-card")).isVisible();
        LayoutCheck layout = new LayoutCheck("en", true);
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            layout.useScheme(bo, scheme);
            layout.check(bo, "overlay");
        }
        layout.assertNoProblems();

        bo.byTestId("chat-back").click();
        assertThat(bo.byTestId("poll-card")).isVisible();
        bo.signOut();
        assertThat(bo.byTestId("poll-card")).isHidden();
    }

    private static long sendPoll(Person person, String group, String question) throws Exception {
        Map<String, Object> content =
                Map.of("type", "poll", "question", question, "options", List.of("South", "North"));
        Map<String, Object> message =
                Map.of("conversation", group, "clientId", Person.newClientId(), "content", content);
        return person.ask("message.send", message).get("seq").asLong();
    }

    private static void close(Person person, String group, long seq) throws Exception {
        person.ask("poll.close", Map.of("conversation", group, "seq", seq, "clientId", Person.newClientId()));
    }
}
