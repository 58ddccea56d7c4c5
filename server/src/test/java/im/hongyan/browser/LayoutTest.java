package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.MouseButton;
import im.hongyan.scenario.TestUser;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Layout, accessible names and contrast of all main views, in three languages, light and dark, on a phone and on a
 * desktop. Dark views are checked in English only, because contrast does not depend on the language. The screenshots
 * are in {@code target/screenshots}.
 */
class LayoutTest {
    private static final String LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @ParameterizedTest
    @CsvSource({"en, false", "zh, false", "it, false", "en, true", "zh, true", "it, true"})
    void signInForms_fitScreen_andAreAccessible(String language, boolean phone) throws Exception {
        LayoutCheck layout = new LayoutCheck(language, phone);
        Tab ada = browser.newVisitor("Ada", screen(phone).andThen(options -> options.setLocale(language)));
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            layout.useScheme(ada, scheme);
            layout.check(ada, "sign-up");
            ada.byTestId("auth-switch").click();
            layout.check(ada, "sign-in");
            ada.byTestId("auth-switch").click();
        }
        layout.assertNoProblems();
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void views_fitScreen_andAreAccessible(boolean phone) throws Exception {
        Tab ada = browser.newUser("Ada", screen(phone));
        LayoutCheck layout = new LayoutCheck("en", phone);
        assertThat(ada.byTestId("new-menu")).isVisible();
        ada.assertOnline();
        layout.check(ada, "nobody-yet");
        String group = createMessages(ada);
        assertThat(ada.byTestId("conversation-" + group).getByTestId("unread-badge"))
                .hasText("5");
        layout.check(ada, "list");
        for (String language : List.of("en", "zh", "it")) {
            ada.byTestId("settings-open").click();
            ada.byTestId("language-" + language).click();
            assertThat(ada.page().locator("html")).hasAttribute("lang", Pattern.compile("^" + language));
            layout = layout.withLanguage(language);
            List<ColorScheme> schemes =
                    language.equals("en") ? List.of(ColorScheme.LIGHT, ColorScheme.DARK) : List.of(ColorScheme.LIGHT);
            for (ColorScheme scheme : schemes) {
                layout.useScheme(ada, scheme);
                assertThat(ada.byTestId("device")).not().hasCount(0);
                layout.check(ada, "settings");
            }
            ada.byTestId("dialog-close").click();
            for (ColorScheme scheme : schemes) {
                layout.useScheme(ada, scheme);
                visitViews(ada, group, layout, phone);
            }
        }
        layout.assertNoProblems();
    }

    private static void visitViews(Tab ada, String group, LayoutCheck layout, boolean phone) {
        ada.byTestId("conversation-" + group).click();
        assertThat(ada.byTestId("message")).hasCount(6);
        ada.message("The map").scrollIntoViewIfNeeded();
        layout.check(ada, "chat");
        ada.byTestId("composer").fill("@");
        ada.byTestId("composer").pressSequentially("b");
        assertThat(ada.byTestId("mention-option")).hasCount(2);
        layout.check(ada, "mention");
        ada.byTestId("composer").fill("");
        ada.message("The map").click(new Locator.ClickOptions().setButton(MouseButton.RIGHT));
        assertThat(ada.byTestId("menu-reply")).isVisible();
        layout.check(ada, "message-menu");
        ada.byTestId("menu-react").click();
        assertThat(ada.byTestId("emoji-picker")).isVisible();
        layout.check(ada, "emoji");
        ada.page().keyboard().press("Escape");

        ada.byTestId("details-open").click();
        assertThat(ada.byTestId("member")).hasCount(4);
        layout.check(ada, "details");
        ada.byTestId("details-close").click();
        if (phone) {
            ada.byTestId("chat-back").click();
        }
        ada.byTestId("new-menu").click();
        layout.check(ada, "new-menu");
        ada.byTestId("new-group").click();
        layout.check(ada, "new-group");
        ada.byTestId("dialog-close").click();
    }

    private static Consumer<Browser.NewContextOptions> screen(boolean phone) {
        return phone ? BrowserExtension.PHONE : BrowserExtension.DESKTOP;
    }

    /** Creates a group with every form of message, and a direct conversation. Returns the id of the group. */
    private static String createMessages(Tab ada) throws Exception {
        TestUser bo = browser.apiClient(browser.newUser("Bob"));
        TestUser li = browser.apiClient(browser.newUser("林小雨"));
        TestUser wolfe = browser.apiClient(browser.newUser(LONG_NAME));
        TestUser adasClient = browser.apiClient(ada);
        String group = bo.createGroup("Spring migration 🌾 over the Po", adasClient, li, wolfe);
        long map = bo.say(group, "The map");
        reply(adasClient, group, map, "I have it: https://example.org/maps/po-delta?zoom=12&layer=wetlands#reeds");
        wolfe.say(
                group, "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft! ".repeat(3));
        reply(li, group, map, "天亮出发。谁带咖啡？");
        long recalled = li.say(group, "…");
        li.ask("message.recall", Map.of("conversation", group, "seq", recalled, "clientId", TestUser.newClientId()));
        long coffee = bo.say(group, "مرحبا! I bring the coffee.");
        for (String emoji : List.of("☕", "❤️", "🎉")) {
            li.ask(
                    "message.react",
                    Map.of("conversation", group, "seq", coffee, "clientId", TestUser.newClientId(), "emoji", emoji));
        }
        bo.say(group, "🪿🪿🪿");
        String direct = li.openWith(adasClient);
        li.say(direct, "到了吗？");
        return group;
    }

    private static void reply(TestUser user, String conversation, long seq, String text) throws Exception {
        Map<String, Object> message = new HashMap<>(TestUser.message(conversation, TestUser.newClientId(), text));
        message.put("replyTo", seq);
        user.ask("message.send", message);
    }

    @Test
    void languageChange_keepsDraft_withoutReload() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Ciao!");
        ada.byTestId("composer").fill("Half a sent");
        ada.page().evaluate("() => { window.sameLoad = true; }");

        ada.byTestId("settings-open").click();
        ada.byTestId("language-it").click();
        assertThat(ada.byTestId("settings").locator("h2")).hasText("Impostazioni");
        ada.byTestId("language-zh").click();
        assertThat(ada.byTestId("settings").locator("h2")).hasText("设置");
        ada.page().keyboard().press("Escape");
        assertThat(ada.byTestId("settings")).hasCount(0);
        assertThat(ada.page().locator("html")).hasAttribute("lang", "zh-Hans");
        ada.open("Bo");
        assertThat(ada.byTestId("composer")).hasValue("Half a sent");
        assertThat(ada.byTestId("composer")).hasAttribute("placeholder", "输入消息");
        assertThat(ada.message("Ciao!")).isVisible();
        assertThat((Boolean) ada.page().evaluate("() => window.sameLoad === true"))
                .isTrue();

        ada.page().reload();
        assertThat(ada.byTestId("composer")).hasAttribute("placeholder", "输入消息");
        assertThat(ada.byTestId("composer")).hasValue("Half a sent");
    }

    @Test
    void theme_followsSystem_untilChosen() throws Exception {
        Tab ada = browser.newUser("Ada");
        Locator html = ada.page().locator("html");
        assertThat(html).hasAttribute("data-theme", "light");
        ada.page().emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        assertThat(html).hasAttribute("data-theme", "dark");

        ada.byTestId("settings-open").click();
        ada.byTestId("theme-light").click();
        assertThat(html).hasAttribute("data-theme", "light");
        Tab other = ada.anotherTab();
        assertThat(other.page().locator("html")).hasAttribute("data-theme", "light");
        ada.byTestId("theme-auto").click();
        assertThat(html).hasAttribute("data-theme", "dark");
    }
}
