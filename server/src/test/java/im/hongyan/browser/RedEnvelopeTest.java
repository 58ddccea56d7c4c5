package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import im.hongyan.scenario.Person;
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

/** Red envelopes from page to page, with the same amounts on all pages, in the statements and in the ledger. */
class RedEnvelopeTest {
    private static final Pattern UNOPENED = Pattern.compile("unopened");

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension().with("HONGYAN_ENVELOPE_EXPIRY_SECONDS", "172800");

    private Money money;

    @BeforeEach
    void money() {
        money = new Money(browser.node());
    }

    private Tab rich(String name) throws Exception {
        Tab tab = browser.someone(name);
        money.give(browser.plain(tab), 100_00);
        return tab;
    }

    @Test
    void direct_isSentAndOpened_andAllAgreeOnTheAmount() throws Exception {
        Tab ada = rich("Ada");
        Tab bo = browser.someone("Bo");
        long moved = money.moved("envelope_claim");
        ada.startChatWith(bo);
        Money.compose(ada);
        ada.the("envelope-amount-input").fill("8.88");
        ada.the("envelope-greeting-input").fill("Happy New Year");
        assertThat(ada.the("envelope-total")).hasText("8.88 points");
        Locator sent = Money.send(ada);
        assertThat(sent.getByTestId("envelope-greeting")).hasText("Happy New Year");
        assertThat(sent.getByTestId("envelope-state")).hasText("Waiting to be opened");
        sent.click();
        assertThat(ada.the("envelope-outcome"))
                .hasText("Nobody has opened it yet. If nobody does, it returns to you 2 days after it was sent.");
        Money.close(ada);

        assertThat(bo.row("Ada").getByTestId("preview")).hasText("[Red envelope] Happy New Year");
        assertThat(bo.row("Ada").getByTestId("unread-badge")).hasText("1");
        bo.open("Ada");
        assertThat(bo.the("envelope")).hasAttribute("data-state", UNOPENED);
        assertThat(Money.open(bo)).isEqualTo(888);
        assertThat(bo.the("opener")).hasAttribute("data-fen", "888");
        Money.close(bo);
        assertThat(bo.the("envelope")).hasAttribute("data-state", "opened");
        assertThat(bo.the("envelope-line")).hasText("You opened the red envelope from Ada");

        assertThat(ada.the("envelope-line")).hasText("Bo opened your red envelope");
        assertThat(sent.getByTestId("envelope-state")).hasText("Opened");
        sent.click();
        assertThat(ada.the("envelope-open")).hasCount(0);
        assertThat(ada.the("opener-amount")).hasText("8.88\u00a0points");

        assertThat(money.statement(browser.plain(ada))).containsExactly("envelope -888", "topup 10000");
        assertThat(money.statement(browser.plain(bo))).containsExactly("envelope_claim 888");
        assertThat(money.moved("envelope_claim")).isEqualTo(moved + 888);
        assertThat(money.made()).isZero();
        bo.page().reload();
        assertThat(bo.the("envelope-state")).hasText("Opened · 8.88");
        assertThat(bo.the("envelope-line")).hasText("You opened the red envelope from Ada");
    }

    @Test
    void lucky_drainsInFrontOfEverybody_andEndsWithTheBestLuck() throws Exception {
        Tab ada = rich("Ada");
        Tab bo = browser.someone("Bo");
        List<Person> crowd = new ArrayList<>();
        for (String name : List.of("Cy", "Di", "Eli")) {
            crowd.add(browser.plain(browser.someone(name)));
        }
        String group = browser.plain(ada).createGroup("Geese", with(crowd, browser.plain(bo)));
        ada.the("conversation-" + group).click();
        bo.the("conversation-" + group).click();
        Money.compose(ada);
        ada.the("envelope-amount-input").fill("20");
        ada.the("envelope-count").fill("4");
        assertThat(ada.the("envelope-parts")).hasText("4 shares, 5.00 on average");
        Locator sent = Money.send(ada);
        String envelope = Money.id(sent);

        sent.click();
        ada.the("envelope-details").click();
        Locator bar = ada.page().locator(".envelope-result").getByTestId("progress-bar");
        assertThat(bar).hasAttribute("data-left", "4");
        long bos = Money.open(bo);
        for (int i = 0; i < crowd.size(); i++) {
            assertThat(bar).hasAttribute("data-left", Integer.toString(3 - i));
            assertThat(ada.the("opener")).hasCount(i + 1);
            JsonNode opened = crowd.get(i).ask("envelope.open", Map.of("envelope", envelope));
            assertThat(opened.get("outcome").asText()).isEqualTo("opened");
        }
        assertThat(bar).isHidden();

        for (Tab tab : List.of(ada, bo)) {
            assertThat(tab.the("opener")).hasCount(4);
            assertThat(tab.the("best")).hasCount(1);
            assertThat(tab.the("envelope-sum")).containsText(Pattern.compile("taken in \\d+ second"));
            List<Long> amounts = amounts(tab);
            assertThat(amounts.stream().mapToLong(Long::longValue).sum()).isEqualTo(2_000);
            long best = Long.parseLong(tab.page().locator("[data-best]").getAttribute("data-fen"));
            assertThat(best).isEqualTo(amounts.stream().max(Long::compare).orElseThrow());
            tab.the("proof-open").click();
            assertThat(tab.the("proof-verdict")).hasAttribute("data-holds", "true");
        }
        assertThat(amounts(ada)).isEqualTo(amounts(bo));
        assertThat(money.balance(browser.plain(bo))).isEqualTo(bos);
        assertThat(money.made()).isZero();
        Money.close(ada);
        assertThat(ada.the("envelope-line")).hasText("4 people opened your red envelope");
    }

    @Test
    void equal_isOpenedByTheSenderToo_andWhoIsTooLateIsTold() throws Exception {
        Tab ada = rich("Ada");
        Tab bo = browser.someone("Bo");
        Tab cy = browser.someone("Cy");
        ada.createGroup("Geese", bo, cy);
        bo.open("Geese");
        cy.open("Geese");
        Money.compose(ada);
        ada.the("envelope-kind-equal").click();
        ada.the("envelope-amount-input").fill("0.1");
        ada.the("envelope-count").fill("2");
        assertThat(ada.the("envelope-parts")).hasText("2 shares × 0.10 = 0.20");
        Money.send(ada);

        cy.the("envelope").click();
        assertThat(cy.the("envelope-left")).hasText("2 of 2 left");
        assertThat(Money.open(ada)).isEqualTo(10);
        assertThat(cy.the("envelope-left")).hasText("1 of 2 left");
        assertThat(Money.open(bo)).isEqualTo(10);
        assertThat(cy.the("envelope-outcome")).hasText("All gone. The geese were faster.");
        Money.close(cy);
        assertThat(cy.the("envelope-state")).hasText("All taken");
        assertThat(bo.the("best")).hasCount(0);
        assertThat(money.statement(browser.plain(ada)))
                .containsExactly("envelope_claim 10", "envelope -20", "topup 10000");
    }

    @Test
    void exclusive_isForOne_andSeenByAll() throws Exception {
        Tab ada = rich("Ada");
        Tab bo = browser.someone("Bo");
        Tab cy = browser.someone("Cy");
        ada.createGroup("Geese", bo, cy);
        bo.open("Geese");
        cy.open("Geese");
        Money.compose(ada);
        ada.the("envelope-kind-exclusive").click();
        ada.the("envelope-amount-input").fill("5.20");
        assertThat(ada.the("envelope-send")).isDisabled();
        ada.the("envelope-recipient").selectOption(bo.user());
        Money.send(ada);

        assertThat(cy.the("envelope-state")).hasText("For Bo");
        cy.the("envelope").click();
        assertThat(cy.the("envelope-note")).hasText("Only Bo can open it.");
        assertThat(cy.the("envelope-open")).hasCount(0);
        assertThat(Money.open(bo)).isEqualTo(520);
        assertThat(cy.the("opener")).hasAttribute("data-user", bo.user());
        assertThat(cy.the("envelope-amount")).hasCount(0);
    }

    @Test
    void composing_saysWhatIsWrong() throws Exception {
        Tab ada = rich("Ada");
        Tab bo = browser.someone("Bo");
        ada.createGroup("Geese", bo);
        Money.compose(ada);
        assertThat(ada.the("payment-balance")).hasText("You have 100.00\u00a0points");
        Map<String[], String> complaints = Map.of(
                new String[] {"1.234", "1"}, "Enter an amount such as 8.88.",
                new String[] {"0.02", "3"}, "A share is at least 0.01\u00a0points.",
                new String[] {"200.01", "1"}, "A share is at most 200.00\u00a0points.",
                new String[] {"10", "101"}, "From 1 to 100 shares.",
                new String[] {"100.01", "5"}, "There is not enough in your wallet.");
        complaints.forEach((filled, complaint) -> {
            ada.the("envelope-amount-input").fill(filled[0]);
            ada.the("envelope-count").fill(filled[1]);
            assertThat(ada.the("payment-error")).hasText(complaint);
            assertThat(ada.the("envelope-send")).isDisabled();
        });
        ada.the("envelope-amount-input").fill("100");
        ada.the("envelope-count").fill("5");
        assertThat(ada.the("payment-error")).isEmpty();
        assertThat(ada.the("envelope-send")).isEnabled();
    }

    @Test
    void answerThatIsLost_costsNothing_andGivesTheSame() throws Exception {
        Tab ada = rich("Ada");
        Tab bo = browser.someone("Bo");
        ada.device().expectLostConnections();
        bo.device().expectLostConnections();
        ada.startChatWith(bo);
        ada.say("Look:");
        SocketGate adas = SocketGate.before(ada);
        ada.isOnline();
        adas.loseAnswerTo("envelope.send");
        Money.compose(ada);
        ada.the("envelope-amount-input").fill("1.11");
        Money.send(ada);
        assertThat(money.statement(browser.plain(ada))).containsExactly("envelope -111", "topup 10000");

        bo.open("Ada");
        SocketGate bos = SocketGate.before(bo);
        bo.isOnline();
        bos.loseAnswerTo("envelope.open");
        assertThat(Money.open(bo)).isEqualTo(111);
        assertThat(money.statement(browser.plain(bo))).containsExactly("envelope_claim 111");
        assertThat(ada.the("envelope")).hasCount(1);
    }

    @Test
    void offline_nothingIsOpenedOrPaid_andThePageSaysWhy() throws Exception {
        Tab ada = rich("Ada");
        Tab bo = browser.someone("Bo");
        bo.device().expectLostConnections();
        ada.startChatWith(bo);
        Money.compose(ada);
        ada.the("envelope-amount-input").fill("1");
        Money.send(ada);
        bo.open("Ada");
        SocketGate gate = SocketGate.before(bo);
        bo.isOnline();
        bo.the("envelope").click();
        assertThat(bo.the("envelope-open")).isEnabled();
        gate.shut();
        assertThat(bo.the("envelope-open")).isDisabled();
        assertThat(bo.the("envelope-note")).hasText("You are offline. It can be opened when you are back.");
        Money.close(bo);
        Money.compose(bo);
        assertThat(bo.the("payment-error")).hasText("You are offline. Payments need a connection.");
        assertThat(bo.the("envelope-send")).isDisabled();
        Money.close(bo);
        gate.open();
        bo.isOnline();
        assertThat(Money.open(bo)).isEqualTo(100);
    }

    @Test
    void keyboard_isEnough() throws Exception {
        Tab ada = rich("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.the("composer-more").focus();
        ada.page().keyboard().press("Enter");
        ada.page().keyboard().press("Enter");
        assertThat(ada.the("envelope-amount-input")).isFocused();
        ada.page().keyboard().type("0.5");
        ada.page().keyboard().press("Enter");
        assertThat(ada.the("envelope")).hasCount(1);
        bo.open("Ada");
        bo.the("envelope").focus();
        bo.page().keyboard().press("Enter");
        assertThat(bo.the("envelope-open")).isFocused();
        bo.page().keyboard().press("Enter");
        assertThat(Money.amount(bo)).isEqualTo(50);
        bo.page().keyboard().press("Escape");
        assertThat(bo.the("envelope-page")).hasCount(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void greetingOfSomebodyHostile_staysTextInItsPlace(boolean phone) throws Exception {
        Tab ada = browser.someone("Ada", phone ? BrowserExtension.PHONE : BrowserExtension.DESKTOP);
        Person mallory = browser.plain(browser.someone("Mal<b onclick=alert(1)>" + "W".repeat(36)));
        money.give(mallory, 100_00);
        String direct = mallory.openWith(browser.plain(ada));
        List<String> greetings =
                List.of("<img src=x onerror=a(1)>", "W".repeat(25), "\uFDFD".repeat(6), "&lt;b&gt;${a(2)} {{a(3)}}");
        for (String greeting : greetings) {
            send(mallory, direct, greeting);
        }
        ada.the("conversation-" + direct).click();
        assertThat(ada.the("envelope-greeting")).hasText(greetings.toArray(String[]::new));
        List<String> complaints = new ArrayList<>(Inspection.of(ada));
        for (int i = 0; i < greetings.size(); i++) {
            ada.the("envelope").nth(i).click();
            complaints.addAll(Inspection.of(ada));
            ada.the("envelope-open").click();
            assertThat(ada.the("envelope-result-greeting")).hasText(greetings.get(i));
            assertThat(ada.the("opener")).hasCount(1);
            complaints.addAll(Inspection.of(ada));
            Money.close(ada);
        }
        assertThat(complaints).isEmpty();
        assertThat(ada.page().locator("img[onerror], [onclick], iframe")).hasCount(0);
    }

    private static void send(Person sender, String conversation, String greeting) throws Exception {
        Map<String, Object> envelope = new HashMap<>();
        envelope.put("conversation", conversation);
        envelope.put("clientId", Person.newClientId());
        envelope.put("kind", "direct");
        envelope.put("amount", 1);
        envelope.put("count", 1);
        envelope.put("greeting", greeting);
        sender.ask("envelope.send", envelope);
    }

    private static List<Long> amounts(Tab tab) {
        return tab.the("opener").all().stream()
                .map(opener -> Long.parseLong(opener.getAttribute("data-fen")))
                .toList();
    }

    private static Person[] with(List<Person> people, Person one) {
        List<Person> all = new ArrayList<>(people);
        all.add(one);
        return all.toArray(Person[]::new);
    }
}
