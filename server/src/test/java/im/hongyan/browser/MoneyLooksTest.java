package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.options.ColorScheme;
import im.hongyan.scenario.Person;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Red envelopes, transfers and the wallet, light and dark, on a phone and on a desktop, with long names and large sums. Not each
 * language on each screen: it is the longest words that are in need of room, on the narrow one; and contrast is of the scheme.
 */
class MoneyLooksTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension()
            .with("HONGYAN_WALLET_MAX_TOP_UP_FEN", "100000000")
            .with("HONGYAN_WALLET_MAX_TRANSFER_FEN", "100000000")
            .with("HONGYAN_WALLET_MAX_DAILY_FEN", "2000000");

    @ParameterizedTest
    @CsvSource({"zh, false, LIGHT", "en, true, DARK", "it, true, LIGHT"})
    void views_fitTheScreen_andCanBeUsedByEverybody(String language, boolean phone, ColorScheme scheme)
            throws Exception {
        Tab ada = browser.someone(
                "Ada",
                (phone ? BrowserExtension.PHONE : BrowserExtension.DESKTOP)
                        .andThen(options -> options.setLocale(language)));
        Person[] people = people(ada);
        String group = envelopes(people);
        Looks looks = new Looks(language, phone);
        looks.in(ada, scheme);
        walk(ada, group, people[1].openWith(people[0]), looks);
        looks.assertGood();
    }

    private static Person[] people(Tab ada) throws Exception {
        Money money = new Money(browser.node());
        Person[] people = {
            browser.plain(ada),
            browser.plain(browser.someone("林小雨")),
            browser.plain(browser.someone("Wolfeschlegelsteinhausenbergerdorff")),
        };
        for (Person person : people) {
            money.give(person, 1_000_000_00);
        }
        return people;
    }

    /** Each state that an envelope can be in for the first of them. */
    private static String envelopes(Person... people) throws Exception {
        Person ada = people[0];
        Person li = people[1];
        Person wolfe = people[2];
        String group = wolfe.createGroup("Spring migration over the Po", ada, li);
        String opened = send(li, group, Map.of("kind", "lucky", "amount", 200_00, "count", 3, "greeting", "新年快乐"));
        for (Person person : people) {
            person.ask("envelope.open", Map.of("envelope", opened));
        }
        String empty = send(wolfe, group, Map.of("kind", "equal", "amountEach", 1, "count", 1));
        li.ask("envelope.open", Map.of("envelope", empty));
        send(li, group, Map.of("kind", "exclusive", "amount", 5_20, "count", 1, "recipient", wolfe.id()));
        String own =
                send(ada, group, Map.of("kind", "equal", "amountEach", 2_00, "count", 4, "greeting", "W".repeat(25)));
        wolfe.ask("envelope.open", Map.of("envelope", own));
        send(wolfe, group, Map.of("kind", "lucky", "amount", 66_66, "count", 60));
        String direct = li.openWith(ada);
        send(li, direct, Map.of("kind", "direct", "amount", 1, "count", 1));
        li.ask(
                "wallet.transfer",
                Map.of("to", ada.id(), "amount", 12_345_67, "clientId", Person.newClientId(), "note", "W".repeat(40)));
        return group;
    }

    private static String send(Person sender, String conversation, Map<String, Object> envelope) throws Exception {
        Map<String, Object> request = new HashMap<>(envelope);
        request.put("conversation", conversation);
        request.put("clientId", Person.newClientId());
        return sender.ask("envelope.send", request).get("envelope").asText();
    }

    private static void walk(Tab ada, String group, String direct, Looks looks) {
        ada.the("conversation-" + group).click();
        assertThat(ada.the("envelope")).hasCount(5);
        assertThat(ada.page().locator("[data-state=opened].envelope-bubble")).hasCount(1);
        looks.at(ada, "envelopes");
        ada.the("envelope").nth(4).click();
        assertThat(ada.the("envelope-left")).isVisible();
        looks.at(ada, "envelope-closed");
        Money.close(ada);
        ada.the("envelope").nth(2).click();
        looks.at(ada, "envelope-exclusive");
        Money.close(ada);
        ada.the("envelope").nth(0).click();
        assertThat(ada.the("opener")).hasCount(3);
        looks.at(ada, "envelope-result");
        ada.the("proof-open").click();
        assertThat(ada.the("proof-verdict")).hasAttribute("data-holds", "true");
        looks.at(ada, "envelope-proof");
        Money.close(ada);
        ada.the("envelope").nth(1).click();
        assertThat(ada.the("opener")).hasCount(1);
        looks.at(ada, "envelope-empty");
        Money.close(ada);
        for (String kind : List.of("lucky", "equal", "exclusive")) {
            Money.compose(ada);
            ada.the("envelope-kind-" + kind).click();
            ada.the("envelope-amount-input").fill("1234567890.12");
            looks.at(ada, "envelope-compose-" + kind);
            Money.close(ada);
        }
        ada.page().navigate("/#c/" + direct);
        assertThat(ada.the("transfer")).hasCount(1);
        looks.at(ada, "transfer-bubble");
        ada.the("transfer").click();
        assertThat(ada.the("transfer-until")).hasText(Pattern.compile("\\d:\\d\\d"));
        looks.at(ada, "transfer");
        Money.close(ada);
        ada.the("composer-more").click();
        looks.at(ada, "composer-more");
        ada.the("menu-transfer").click();
        looks.at(ada, "transfer-compose");
        ada.the("transfer-amount-input").fill("20000.01");
        ada.the("transfer-send").click();
        assertThat(ada.the("form-error")).isVisible();
        looks.at(ada, "transfer-daily-limit");
        Money.close(ada);
        Money.compose(ada);
        ada.the("envelope-amount-input").fill("1");
        Money.send(ada).click();
        assertThat(ada.the("envelope-outcome")).isVisible();
        looks.at(ada, "envelope-waiting");
        Money.close(ada);
        ada.page().navigate("/#wallet");
        assertThat(ada.the("posting")).not().hasCount(0);
        looks.at(ada, "wallet");
        ada.the("top-up-open").click();
        looks.at(ada, "top-up");
        Money.loseAnswerToTopUp(ada);
        ada.the("top-up-amount").fill("12");
        ada.the("top-up-submit").click();
        assertThat(ada.the("payment-unanswered")).isVisible();
        looks.at(ada, "top-up-lost");
        ada.the("payment-give-up").click();
        looks.at(ada, "top-up-give-up");
        ada.the("confirm").click();
        ada.the("top-up-amount").fill("12");
        ada.the("top-up-submit").click();
        assertThat(ada.the("top-up")).hasCount(0);
        looks.at(ada, "wallet-toast");
        ada.the("wallet-transfers").click();
        assertThat(ada.the("transfer-row")).hasCount(1);
        looks.at(ada, "wallet-transfers");
        ada.the("wallet-envelopes").click();
        assertThat(ada.the("history-row")).hasCount(1);
        looks.at(ada, "wallet-history");
        ada.the("dialog-close").click();
        ada.page().navigate("/#settings");
        ada.the("delete-open").click();
        assertThat(ada.the("deletion-warning")).isVisible();
        ada.the("delete-submit").scrollIntoViewIfNeeded();
        looks.at(ada, "settings-delete");
        ada.the("dialog-close").click();
    }
}
