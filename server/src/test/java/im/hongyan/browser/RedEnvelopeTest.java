package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import im.hongyan.scenario.TestUser;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Red envelopes: all pages, the statements and the ledger show the same amounts. */
class RedEnvelopeTest {
    private static final Pattern UNOPENED = Pattern.compile("unopened");

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension().with("HONGYAN_ENVELOPE_EXPIRY_SECONDS", "172800");

    private WalletActions money;

    @BeforeEach
    void money() {
        money = new WalletActions(browser.node());
    }

    private Tab newUserWithMoney(String name) throws Exception {
        Tab tab = browser.newUser(name);
        money.topUp(browser.apiClient(tab), 100_00);
        return tab;
    }

    @Test
    void direct_sentAndOpened_amountsAgree() throws Exception {
        Tab ada = newUserWithMoney("Ada");
        Tab bo = browser.newUser("Bo");
        long moved = money.postedSum("envelope_claim");
        ada.startChatWith(bo);
        WalletActions.composeEnvelope(ada);
        ada.byTestId("envelope-amount-input").fill("8.88");
        ada.byTestId("envelope-greeting-input").fill("Happy New Year");
        assertThat(ada.byTestId("envelope-total")).hasText("8.88 points");
        Locator sent = WalletActions.sendEnvelope(ada);
        assertThat(sent.getByTestId("envelope-greeting")).hasText("Happy New Year");
        assertThat(sent.getByTestId("envelope-state")).hasText("Waiting to be opened");
        sent.click();
        assertThat(ada.byTestId("envelope-outcome"))
                .hasText("Nobody has opened it yet. If nobody does, it returns to you 2 days after it was sent.");
        WalletActions.closeDialog(ada);

        assertThat(bo.row("Ada").getByTestId("preview")).hasText("[Red envelope] Happy New Year");
        assertThat(bo.row("Ada").getByTestId("unread-badge")).hasText("1");
        bo.open("Ada");
        assertThat(bo.byTestId("envelope")).hasAttribute("data-state", UNOPENED);
        assertThat(WalletActions.openEnvelope(bo)).isEqualTo(888);
        assertThat(bo.byTestId("opener")).hasAttribute("data-fen", "888");
        WalletActions.closeDialog(bo);
        assertThat(bo.byTestId("envelope")).hasAttribute("data-state", "opened");
        assertThat(bo.byTestId("envelope-line")).hasText("You opened the red envelope from Ada");

        assertThat(ada.byTestId("envelope-line")).hasText("Bo opened your red envelope");
        assertThat(sent.getByTestId("envelope-state")).hasText("Opened");
        sent.click();
        assertThat(ada.byTestId("envelope-open")).hasCount(0);
        assertThat(ada.byTestId("opener-amount")).hasText("8.88\u00a0points");

        assertThat(money.statement(browser.apiClient(ada))).containsExactly("envelope -888", "topup 10000");
        assertThat(money.statement(browser.apiClient(bo))).containsExactly("envelope_claim 888");
        assertThat(money.postedSum("envelope_claim")).isEqualTo(moved + 888);
        assertThat(money.sumOfBalances()).isZero();
        bo.page().reload();
        assertThat(bo.byTestId("envelope-state")).hasText("Opened · 8.88");
        assertThat(bo.byTestId("envelope-line")).hasText("You opened the red envelope from Ada");
    }

    @Test
    void lucky_showsSharesLive_andMarksBestShare() throws Exception {
        Tab ada = newUserWithMoney("Ada");
        Tab bo = browser.newUser("Bo");
        List<TestUser> crowd = new ArrayList<>();
        for (String name : List.of("Cy", "Di", "Eli")) {
            crowd.add(browser.apiClient(browser.newUser(name)));
        }
        String group = browser.apiClient(ada).createGroup("Geese", append(crowd, browser.apiClient(bo)));
        ada.byTestId("conversation-" + group).click();
        bo.byTestId("conversation-" + group).click();
        WalletActions.composeEnvelope(ada);
        ada.byTestId("envelope-amount-input").fill("20");
        ada.byTestId("envelope-count").fill("4");
        assertThat(ada.byTestId("envelope-parts")).hasText("4 shares, 5.00 on average");
        Locator sent = WalletActions.sendEnvelope(ada);
        String envelope = WalletActions.envelopeId(sent);

        sent.click();
        ada.byTestId("envelope-details").click();
        Locator bar = ada.page().locator(".envelope-result").getByTestId("progress-bar");
        assertThat(bar).hasAttribute("data-left", "4");
        long bos = WalletActions.openEnvelope(bo);
        for (int i = 0; i < crowd.size(); i++) {
            assertThat(bar).hasAttribute("data-left", Integer.toString(3 - i));
            assertThat(ada.byTestId("opener")).hasCount(i + 1);
            JsonNode opened = crowd.get(i).ask("envelope.open", Map.of("envelope", envelope));
            assertThat(opened.get("outcome").asText()).isEqualTo("opened");
        }
        assertThat(bar).isHidden();

        for (Tab tab : List.of(ada, bo)) {
            assertThat(tab.byTestId("opener")).hasCount(4);
            assertThat(tab.byTestId("best")).hasCount(1);
            assertThat(tab.byTestId("envelope-sum")).containsText(Pattern.compile("taken in \\d+ second"));
            List<Long> amounts = amounts(tab);
            assertThat(amounts.stream().mapToLong(Long::longValue).sum()).isEqualTo(2_000);
            long best = Long.parseLong(tab.page().locator("[data-best]").getAttribute("data-fen"));
            assertThat(best).isEqualTo(amounts.stream().max(Long::compare).orElseThrow());
            tab.byTestId("proof-open").click();
            assertThat(tab.byTestId("proof-verdict")).hasAttribute("data-holds", "true");
        }
        assertThat(amounts(ada)).isEqualTo(amounts(bo));
        assertThat(money.balance(browser.apiClient(bo))).isEqualTo(bos);
        assertThat(money.sumOfBalances()).isZero();
        WalletActions.closeDialog(ada);
        assertThat(ada.byTestId("envelope-line")).hasText("4 people opened your red envelope");
    }

    @Test
    void equal_opensForSender_andShowsLateUserAllTaken() throws Exception {
        Tab ada = newUserWithMoney("Ada");
        Tab bo = browser.newUser("Bo");
        Tab cy = browser.newUser("Cy");
        ada.createGroup("Geese", bo, cy);
        bo.open("Geese");
        cy.open("Geese");
        WalletActions.composeEnvelope(ada);
        ada.byTestId("envelope-kind-equal").click();
        ada.byTestId("envelope-amount-input").fill("0.1");
        ada.byTestId("envelope-count").fill("2");
        assertThat(ada.byTestId("envelope-parts")).hasText("2 shares × 0.10 = 0.20");
        WalletActions.sendEnvelope(ada);

        cy.byTestId("envelope").click();
        assertThat(cy.byTestId("envelope-left")).hasText("2 of 2 left");
        assertThat(WalletActions.openEnvelope(ada)).isEqualTo(10);
        assertThat(cy.byTestId("envelope-left")).hasText("1 of 2 left");
        assertThat(WalletActions.openEnvelope(bo)).isEqualTo(10);
        assertThat(cy.byTestId("envelope-outcome")).hasText("All gone. The geese were faster.");
        WalletActions.closeDialog(cy);
        assertThat(cy.byTestId("envelope-state")).hasText("All taken");
        assertThat(bo.byTestId("best")).hasCount(0);
        assertThat(money.statement(browser.apiClient(ada)))
                .containsExactly("envelope_claim 10", "envelope -20", "topup 10000");
    }

    @Test
    void exclusive_opensForRecipientOnly_andIsShownToAll() throws Exception {
        Tab ada = newUserWithMoney("Ada");
        Tab bo = browser.newUser("Bo");
        Tab cy = browser.newUser("Cy");
        ada.createGroup("Geese", bo, cy);
        bo.open("Geese");
        cy.open("Geese");
        WalletActions.composeEnvelope(ada);
        ada.byTestId("envelope-kind-exclusive").click();
        ada.byTestId("envelope-amount-input").fill("5.20");
        assertThat(ada.byTestId("envelope-send")).isDisabled();
        ada.byTestId("envelope-recipient").selectOption(bo.userId());
        WalletActions.sendEnvelope(ada);

        assertThat(cy.byTestId("envelope-state")).hasText("For Bo");
        cy.byTestId("envelope").click();
        assertThat(cy.byTestId("envelope-note")).hasText("Only Bo can open it.");
        assertThat(cy.byTestId("envelope-open")).hasCount(0);
        assertThat(WalletActions.openEnvelope(bo)).isEqualTo(520);
        assertThat(cy.byTestId("opener")).hasAttribute("data-user", bo.userId());
        assertThat(cy.byTestId("envelope-amount")).hasCount(0);
    }

    @Test
    void compose_invalidInput_showsError() throws Exception {
        Tab ada = newUserWithMoney("Ada");
        Tab bo = browser.newUser("Bo");
        ada.createGroup("Geese", bo);
        WalletActions.composeEnvelope(ada);
        assertThat(ada.byTestId("payment-balance")).hasText("You have 100.00\u00a0points");
        Map<String[], String> problems = Map.of(
                new String[] {"1.234", "1"}, "Enter an amount such as 8.88.",
                new String[] {"0.02", "3"}, "A share is at least 0.01\u00a0points.",
                new String[] {"200.01", "1"}, "A share is at most 200.00\u00a0points.",
                new String[] {"10", "101"}, "From 1 to 100 shares.",
                new String[] {"100.01", "5"}, "There is not enough in your wallet.");
        problems.forEach((filled, problem) -> {
            ada.byTestId("envelope-amount-input").fill(filled[0]);
            ada.byTestId("envelope-count").fill(filled[1]);
            assertThat(ada.byTestId("payment-error")).hasText(problem);
            assertThat(ada.byTestId("envelope-send")).isDisabled();
        });
        ada.byTestId("envelope-amount-input").fill("100");
        ada.byTestId("envelope-count").fill("5");
        assertThat(ada.byTestId("payment-error")).isEmpty();
        assertThat(ada.byTestId("envelope-send")).isEnabled();
    }

    @Test
    void lostAnswer_isRetried_withoutSecondPosting() throws Exception {
        Tab ada = newUserWithMoney("Ada");
        Tab bo = browser.newUser("Bo");
        ada.device().expectLostConnections();
        bo.device().expectLostConnections();
        ada.startChatWith(bo);
        ada.say("Look:");
        SocketProxy adas = SocketProxy.install(ada);
        ada.assertOnline();
        adas.dropAnswerTo("envelope.send");
        WalletActions.composeEnvelope(ada);
        ada.byTestId("envelope-amount-input").fill("1.11");
        WalletActions.sendEnvelope(ada);
        assertThat(money.statement(browser.apiClient(ada))).containsExactly("envelope -111", "topup 10000");

        bo.open("Ada");
        SocketProxy bos = SocketProxy.install(bo);
        bo.assertOnline();
        bos.dropAnswerTo("envelope.open");
        assertThat(WalletActions.openEnvelope(bo)).isEqualTo(111);
        assertThat(money.statement(browser.apiClient(bo))).containsExactly("envelope_claim 111");
        assertThat(ada.byTestId("envelope")).hasCount(1);
    }

    @Test
    void offline_disablesOpeningAndPaying() throws Exception {
        Tab ada = newUserWithMoney("Ada");
        Tab bo = browser.newUser("Bo");
        bo.device().expectLostConnections();
        ada.startChatWith(bo);
        WalletActions.composeEnvelope(ada);
        ada.byTestId("envelope-amount-input").fill("1");
        WalletActions.sendEnvelope(ada);
        bo.open("Ada");
        SocketProxy proxy = SocketProxy.install(bo);
        bo.assertOnline();
        bo.byTestId("envelope").click();
        assertThat(bo.byTestId("envelope-open")).isEnabled();
        proxy.block();
        assertThat(bo.byTestId("envelope-open")).isDisabled();
        assertThat(bo.byTestId("envelope-note")).hasText("You are offline. It can be opened when you are back.");
        WalletActions.closeDialog(bo);
        WalletActions.composeEnvelope(bo);
        assertThat(bo.byTestId("payment-error")).hasText("You are offline. Payments need a connection.");
        assertThat(bo.byTestId("envelope-send")).isDisabled();
        WalletActions.closeDialog(bo);
        proxy.unblock();
        bo.assertOnline();
        assertThat(WalletActions.openEnvelope(bo)).isEqualTo(100);
    }

    @Test
    void envelope_isSentAndOpened_byKeyboard() throws Exception {
        Tab ada = newUserWithMoney("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.byTestId("composer-more").focus();
        ada.page().keyboard().press("Enter");
        ada.page().keyboard().press("Enter");
        assertThat(ada.byTestId("envelope-amount-input")).isFocused();
        ada.page().keyboard().type("0.5");
        ada.page().keyboard().press("Enter");
        assertThat(ada.byTestId("envelope")).hasCount(1);
        bo.open("Ada");
        bo.byTestId("envelope").focus();
        bo.page().keyboard().press("Enter");
        assertThat(bo.byTestId("envelope-open")).isFocused();
        bo.page().keyboard().press("Enter");
        assertThat(WalletActions.openedAmount(bo)).isEqualTo(50);
        bo.page().keyboard().press("Escape");
        assertThat(bo.byTestId("envelope-page")).hasCount(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void hostileGreeting_isShownAsText(boolean phone) throws Exception {
        Tab ada = browser.newUser("Ada", phone ? BrowserExtension.PHONE : BrowserExtension.DESKTOP);
        TestUser mallory = browser.apiClient(browser.newUser("Mal<b onclick=alert(1)>" + "W".repeat(36)));
        money.topUp(mallory, 100_00);
        String direct = mallory.openWith(browser.apiClient(ada));
        List<String> greetings =
                List.of("<img src=x onerror=a(1)>", "W".repeat(25), "\uFDFD".repeat(6), "&lt;b&gt;${a(2)} {{a(3)}}");
        for (String greeting : greetings) {
            send(mallory, direct, greeting);
        }
        ada.byTestId("conversation-" + direct).click();
        assertThat(ada.byTestId("envelope-greeting")).hasText(greetings.toArray(String[]::new));
        List<String> problems = new ArrayList<>(Inspection.of(ada));
        for (int i = 0; i < greetings.size(); i++) {
            ada.byTestId("envelope").nth(i).click();
            problems.addAll(Inspection.of(ada));
            ada.byTestId("envelope-open").click();
            assertThat(ada.byTestId("envelope-result-greeting")).hasText(greetings.get(i));
            assertThat(ada.byTestId("opener")).hasCount(1);
            problems.addAll(Inspection.of(ada));
            WalletActions.closeDialog(ada);
        }
        assertThat(problems).isEmpty();
        assertThat(ada.page().locator("img[onerror], [onclick], iframe")).hasCount(0);
    }

    private static void send(TestUser sender, String conversation, String greeting) throws Exception {
        Map<String, Object> envelope = new HashMap<>();
        envelope.put("conversation", conversation);
        envelope.put("clientId", TestUser.newClientId());
        envelope.put("kind", "direct");
        envelope.put("amount", 1);
        envelope.put("count", 1);
        envelope.put("greeting", greeting);
        sender.ask("envelope.send", envelope);
    }

    private static List<Long> amounts(Tab tab) {
        return tab.byTestId("opener").all().stream()
                .map(opener -> Long.parseLong(opener.getAttribute("data-fen")))
                .toList();
    }

    private static TestUser[] append(List<TestUser> users, TestUser one) {
        List<TestUser> all = new ArrayList<>(users);
        all.add(one);
        return all.toArray(TestUser[]::new);
    }
}
