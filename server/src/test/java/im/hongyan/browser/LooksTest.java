package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.MouseButton;
import im.hongyan.scenario.Person;
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
 * All main views, in three languages, light and dark, on a phone and on a desktop: everything has its place, its name and
 * its contrast, which no language changes. The screens are left in {@code target/screenshots}.
 */
class LooksTest {
    private static final String LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @ParameterizedTest
    @CsvSource({"en, false", "zh, false", "it, false", "en, true", "zh, true", "it, true"})
    void formsOfTheFirstVisit_fitTheScreen_andCanBeUsedByEverybody(String language, boolean phone) throws Exception {
        Looks looks = new Looks(language, phone);
        Tab ada = browser.newcomer("Ada", screen(phone).andThen(options -> options.setLocale(language)));
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            looks.in(ada, scheme);
            looks.at(ada, "sign-up");
            ada.the("auth-switch").click();
            looks.at(ada, "sign-in");
            ada.the("auth-switch").click();
        }
        looks.assertGood();
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void views_fitTheScreen_andCanBeUsedByEverybody(boolean phone) throws Exception {
        Tab ada = browser.someone("Ada", screen(phone));
        Looks looks = new Looks("en", phone);
        assertThat(ada.the("new-menu")).isVisible();
        ada.isOnline();
        looks.at(ada, "nobody-yet");
        String group = talk(ada);
        assertThat(ada.the("conversation-" + group).getByTestId("unread-badge")).hasText("5");
        looks.at(ada, "list");
        for (String language : List.of("en", "zh", "it")) {
            ada.the("settings-open").click();
            ada.the("language-" + language).click();
            assertThat(ada.page().locator("html")).hasAttribute("lang", Pattern.compile("^" + language));
            looks = looks.with(language);
            List<ColorScheme> schemes =
                    language.equals("en") ? List.of(ColorScheme.LIGHT, ColorScheme.DARK) : List.of(ColorScheme.LIGHT);
            for (ColorScheme scheme : schemes) {
                looks.in(ada, scheme);
                assertThat(ada.the("device")).not().hasCount(0);
                looks.at(ada, "settings");
            }
            ada.the("dialog-close").click();
            for (ColorScheme scheme : schemes) {
                looks.in(ada, scheme);
                walk(ada, group, looks, phone);
            }
        }
        looks.assertGood();
    }

    private static void walk(Tab ada, String group, Looks looks, boolean phone) {
        ada.the("conversation-" + group).click();
        assertThat(ada.the("message")).hasCount(6);
        ada.message("The map").scrollIntoViewIfNeeded();
        looks.at(ada, "chat");
        ada.the("composer").fill("@");
        ada.the("composer").pressSequentially("b");
        assertThat(ada.the("mention-option")).hasCount(2);
        looks.at(ada, "mention");
        ada.the("composer").fill("");
        ada.message("The map").click(new Locator.ClickOptions().setButton(MouseButton.RIGHT));
        assertThat(ada.the("menu-reply")).isVisible();
        looks.at(ada, "message-menu");
        ada.the("menu-react").click();
        assertThat(ada.the("emoji-picker")).isVisible();
        looks.at(ada, "emoji");
        ada.page().keyboard().press("Escape");

        ada.the("details-open").click();
        assertThat(ada.the("member")).hasCount(4);
        looks.at(ada, "details");
        ada.the("details-close").click();
        if (phone) {
            ada.the("chat-back").click();
        }
        ada.the("new-menu").click();
        looks.at(ada, "new-menu");
        ada.the("new-group").click();
        looks.at(ada, "new-group");
        ada.the("dialog-close").click();
    }

    private static Consumer<Browser.NewContextOptions> screen(boolean phone) {
        return phone ? BrowserExtension.PHONE : BrowserExtension.DESKTOP;
    }

    /** Everything that a message can look like. */
    private static String talk(Tab ada) throws Exception {
        Person bo = browser.plain(browser.someone("Bob"));
        Person li = browser.plain(browser.someone("林小雨"));
        Person wolfe = browser.plain(browser.someone(LONG_NAME));
        Person adasClient = browser.plain(ada);
        String group = bo.createGroup("Spring migration 🌾 over the Po", adasClient, li, wolfe);
        long map = bo.say(group, "The map");
        reply(adasClient, group, map, "I have it: https://example.org/maps/po-delta?zoom=12&layer=wetlands#reeds");
        wolfe.say(
                group, "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft! ".repeat(3));
        reply(li, group, map, "天亮出发。谁带咖啡？");
        long recalled = li.say(group, "…");
        li.ask("message.recall", Map.of("conversation", group, "seq", recalled, "clientId", Person.newClientId()));
        long coffee = bo.say(group, "مرحبا! I bring the coffee.");
        for (String emoji : List.of("☕", "❤️", "🎉")) {
            li.ask(
                    "message.react",
                    Map.of("conversation", group, "seq", coffee, "clientId", Person.newClientId(), "emoji", emoji));
        }
        bo.say(group, "🪿🪿🪿");
        String direct = li.openWith(adasClient);
        li.say(direct, "到了吗？");
        return group;
    }

    private static void reply(Person person, String conversation, long seq, String text) throws Exception {
        Map<String, Object> message = new HashMap<>(Person.message(conversation, Person.newClientId(), text));
        message.put("replyTo", seq);
        person.ask("message.send", message);
    }

    @Test
    void language_isChangedInTheSettings_andNothingIsLost() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("Ciao!");
        ada.the("composer").fill("Half a sent");
        ada.page().evaluate("() => { window.sameLoad = true; }");

        ada.the("settings-open").click();
        ada.the("language-it").click();
        assertThat(ada.the("settings").locator("h2")).hasText("Impostazioni");
        ada.the("language-zh").click();
        assertThat(ada.the("settings").locator("h2")).hasText("设置");
        ada.page().keyboard().press("Escape");
        assertThat(ada.the("settings")).hasCount(0);
        assertThat(ada.page().locator("html")).hasAttribute("lang", "zh-Hans");
        ada.open("Bo");
        assertThat(ada.the("composer")).hasValue("Half a sent");
        assertThat(ada.the("composer")).hasAttribute("placeholder", "输入消息");
        assertThat(ada.message("Ciao!")).isVisible();
        assertThat((Boolean) ada.page().evaluate("() => window.sameLoad === true"))
                .isTrue();

        ada.page().reload();
        assertThat(ada.the("composer")).hasAttribute("placeholder", "输入消息");
        assertThat(ada.the("composer")).hasValue("Half a sent");
    }

    @Test
    void theme_followsTheSystem_untilOneIsChosen() throws Exception {
        Tab ada = browser.someone("Ada");
        Locator html = ada.page().locator("html");
        assertThat(html).hasAttribute("data-theme", "light");
        ada.page().emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        assertThat(html).hasAttribute("data-theme", "dark");

        ada.the("settings-open").click();
        ada.the("theme-light").click();
        assertThat(html).hasAttribute("data-theme", "light");
        Tab other = ada.anotherTab();
        assertThat(other.page().locator("html")).hasAttribute("data-theme", "light");
        ada.the("theme-auto").click();
        assertThat(html).hasAttribute("data-theme", "dark");
    }
}
