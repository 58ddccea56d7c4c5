package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.options.ColorScheme;
import im.hongyan.scenario.TestUser;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Layout of red envelopes, transfers and the wallet, with long names and large sums. Three combinations of language,
 * screen and colour scheme suffice, because width matters most for long words on a phone, and contrast depends on the
 * scheme only.
 */
class WalletLayoutTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension()
            .with("HONGYAN_WALLET_MAX_TOP_UP_FEN", "100000000")
            .with("HONGYAN_WALLET_MAX_TRANSFER_FEN", "100000000")
            .with("HONGYAN_WALLET_MAX_DAILY_FEN", "2000000");

    @ParameterizedTest
    @CsvSource({"zh, false, LIGHT", "en, true, DARK", "it, true, LIGHT"})
    void views_fitScreen_andAreAccessible(String language, boolean phone, ColorScheme scheme) throws Exception {
        Tab ada = browser.newUser(
                "Ada",
                (phone ? BrowserExtension.PHONE : BrowserExtension.DESKTOP)
                        .andThen(options -> options.setLocale(language)));
        TestUser[] users = users(ada);
        String group = envelopes(users);
        LayoutCheck layout = new LayoutCheck(language, phone);
        layout.useScheme(ada, scheme);
        visitViews(ada, group, users[1].openWith(users[0]), layout);
        layout.assertNoProblems();
    }

    private static TestUser[] users(Tab ada) throws Exception {
        WalletActions money = new WalletActions(browser.node());
        TestUser[] users = {
            browser.apiClient(ada),
            browser.apiClient(browser.newUser("林小雨")),
            browser.apiClient(browser.newUser("Wolfeschlegelsteinhausenbergerdorff")),
        };
        for (TestUser user : users) {
            money.topUp(user, 1_000_000_00);
        }
        return users;
    }

    /** Creates an envelope in each state that the first user can see. Returns the id of the group. */
    private static String envelopes(TestUser... users) throws Exception {
        TestUser ada = users[0];
        TestUser li = users[1];
        TestUser wolfe = users[2];
        String group = wolfe.createGroup("Spring migration over the Po", ada, li);
        String opened = send(li, group, Map.of("kind", "lucky", "amount", 200_00, "count", 3, "greeting", "新年快乐"));
        for (TestUser user : users) {
            user.ask("envelope.open", Map.of("envelope", opened));
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
                Map.of(
                        "to",
                        ada.id(),
                        "amount",
                        12_345_67,
                        "clientId",
                        TestUser.newClientId(),
                        "note",
                        "W".repeat(40)));
        return group;
    }

    private static String send(TestUser sender, String conversation, Map<String, Object> envelope) throws Exception {
        Map<String, Object> request = new HashMap<>(envelope);
        request.put("conversation", conversation);
        request.put("clientId", TestUser.newClientId());
        return sender.ask("envelope.send", request).get("envelope").asText();
    }

    private static void visitViews(Tab ada, String group, String direct, LayoutCheck layout) {
        ada.byTestId("conversation-" + group).click();
        assertThat(ada.byTestId("envelope")).hasCount(5);
        assertThat(ada.page().locator("[data-state=opened].envelope-bubble")).hasCount(1);
        layout.check(ada, "envelopes");
        ada.byTestId("envelope").nth(4).click();
        assertThat(ada.byTestId("envelope-left")).isVisible();
        layout.check(ada, "envelope-closed");
        WalletActions.closeDialog(ada);
        ada.byTestId("envelope").nth(2).click();
        layout.check(ada, "envelope-exclusive");
        WalletActions.closeDialog(ada);
        ada.byTestId("envelope").nth(0).click();
        assertThat(ada.byTestId("opener")).hasCount(3);
        layout.check(ada, "envelope-result");
        ada.byTestId("proof-open").click();
        assertThat(ada.byTestId("proof-verdict")).hasAttribute("data-holds", "true");
        layout.check(ada, "envelope-proof");
        WalletActions.closeDialog(ada);
        ada.byTestId("envelope").nth(1).click();
        assertThat(ada.byTestId("opener")).hasCount(1);
        layout.check(ada, "envelope-empty");
        WalletActions.closeDialog(ada);
        for (String kind : List.of("lucky", "equal", "exclusive")) {
            WalletActions.composeEnvelope(ada);
            ada.byTestId("envelope-kind-" + kind).click();
            ada.byTestId("envelope-amount-input").fill("1234567890.12");
            layout.check(ada, "envelope-compose-" + kind);
            WalletActions.closeDialog(ada);
        }
        ada.page().navigate("/#c/" + direct);
        assertThat(ada.byTestId("transfer")).hasCount(1);
        layout.check(ada, "transfer-bubble");
        ada.byTestId("transfer").click();
        assertThat(ada.byTestId("transfer-until")).hasText(Pattern.compile("\\d:\\d\\d"));
        layout.check(ada, "transfer");
        WalletActions.closeDialog(ada);
        ada.byTestId("composer-more").click();
        layout.check(ada, "composer-more");
        ada.byTestId("menu-transfer").click();
        layout.check(ada, "transfer-compose");
        ada.byTestId("transfer-amount-input").fill("20000.01");
        ada.byTestId("transfer-send").click();
        assertThat(ada.byTestId("form-error")).isVisible();
        layout.check(ada, "transfer-daily-limit");
        WalletActions.closeDialog(ada);
        WalletActions.composeEnvelope(ada);
        ada.byTestId("envelope-amount-input").fill("1");
        WalletActions.sendEnvelope(ada).click();
        assertThat(ada.byTestId("envelope-outcome")).isVisible();
        layout.check(ada, "envelope-waiting");
        WalletActions.closeDialog(ada);
        ada.page().navigate("/#wallet");
        assertThat(ada.byTestId("posting")).not().hasCount(0);
        layout.check(ada, "wallet");
        ada.byTestId("top-up-open").click();
        layout.check(ada, "top-up");
        WalletActions.dropTopUpAnswer(ada);
        ada.byTestId("top-up-amount").fill("12");
        ada.byTestId("top-up-submit").click();
        assertThat(ada.byTestId("payment-unanswered")).isVisible();
        layout.check(ada, "top-up-lost");
        ada.byTestId("payment-give-up").click();
        layout.check(ada, "top-up-give-up");
        ada.byTestId("confirm").click();
        ada.byTestId("top-up-amount").fill("12");
        ada.byTestId("top-up-submit").click();
        assertThat(ada.byTestId("top-up")).hasCount(0);
        layout.check(ada, "wallet-toast");
        ada.byTestId("wallet-transfers").click();
        assertThat(ada.byTestId("transfer-row")).hasCount(1);
        layout.check(ada, "wallet-transfers");
        ada.byTestId("wallet-envelopes").click();
        assertThat(ada.byTestId("history-row")).hasCount(1);
        layout.check(ada, "wallet-history");
        ada.byTestId("dialog-close").click();
        ada.page().navigate("/#settings");
        ada.byTestId("delete-open").click();
        assertThat(ada.byTestId("deletion-warning")).isVisible();
        ada.byTestId("delete-submit").scrollIntoViewIfNeeded();
        layout.check(ada, "settings-delete");
        ada.byTestId("dialog-close").click();
    }
}
