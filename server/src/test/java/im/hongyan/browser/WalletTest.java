package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.scenario.Person;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The wallet's page: money comes in, goes to others, and every fen of it is on the statement. */
class WalletTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension()
            .with("HONGYAN_WALLET_MAX_DAILY_FEN", "5000")
            .with("HONGYAN_WALLET_TRANSFER_EXPIRY_SECONDS", "259200");

    private Money money;

    @BeforeEach
    void money() {
        money = new Money(browser.node());
    }

    @Test
    void topUp_isPlayMoney_andOnTheStatement() throws Exception {
        Tab ada = browser.someone("Ada");
        ada.the("wallet-open").click();
        assertThat(ada.the("wallet-balance")).hasText("0.00 points");
        assertThat(ada.the("list-empty")).hasText("No transactions yet.");
        ada.the("top-up-open").click();
        assertThat(ada.the("top-up")).containsText("Points are play money");
        ada.the("top-up-amount").fill("12.34");
        ada.the("top-up-submit").click();

        assertThat(ada.the("wallet-balance")).hasText("12.34 points");
        assertThat(ada.the("posting")).hasCount(1);
        assertThat(ada.the("posting")).hasAttribute("data-fen", "1234");
        assertThat(ada.the("posting")).containsText("Top-up");
        assertThat(money.balance(browser.plain(ada))).isEqualTo(1_234);
    }

    @Test
    void topUp_whoseAnswerIsLost_isMadeOnce_howeverOftenItsDialogIsOpened() throws Exception {
        Tab ada = browser.someone("Ada");
        ada.the("wallet-open").click();
        ada.the("top-up-open").click();
        Money.loseAnswerToTopUp(ada);
        ada.the("top-up-amount").fill("12.34");
        ada.the("top-up-submit").click();
        assertThat(ada.the("payment-unanswered")).containsText("There is no answer yet");
        ada.page().reload();
        assertThat(ada.the("wallet-balance")).hasText("12.34 points");
        ada.the("top-up-open").click();
        assertThat(ada.the("payment-unanswered")).containsText("Trying again cannot pay twice.");
        assertThat(ada.the("top-up-amount")).hasValue("12.34");
        assertThat(ada.the("top-up-amount")).isDisabled();
        assertThat(ada.the("top-up-submit")).hasText("Try again");
        ada.the("top-up-submit").click();
        assertThat(ada.the("top-up")).hasCount(0);
        assertThat(ada.the("toast")).hasText("12.34\u00a0points added");
        // Above the wallet, which is a modal dialog.
        assertThat(ada.page().locator(".toasts:popover-open")).isVisible();
        assertThat(money.statement(browser.plain(ada))).containsExactly("topup 1234");

        ada.the("top-up-open").click();
        assertThat(ada.the("payment-unanswered")).isHidden();
        ada.the("top-up-amount").fill("1");
        ada.the("top-up-submit").click();
        assertThat(ada.the("wallet-balance")).hasText("13.34 points");
    }

    @Test
    void dailyLimit_saysWhenThereIsMore_andIsNoLostAnswer() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        money.give(browser.plain(ada), 100_00);
        ada.startChatWith(bo);
        for (String amount : new String[] {"30", "20.01"}) {
            ada.the("composer-more").click();
            ada.the("menu-transfer").click();
            ada.the("transfer-amount-input").fill(amount);
            ada.the("transfer-send").click();
            assertThat(ada.the("transfer")).hasCount(1);
        }
        assertThat(ada.the("form-error")).hasText("That is more than you may send in a day. Try again in 24 hours.");
        assertThat(ada.the("payment-unanswered")).isHidden();
        ada.the("transfer-amount-input").fill("20");
        ada.the("transfer-send").click();
        assertThat(ada.the("transfer")).hasCount(2);
        assertThat(money.balance(browser.plain(ada))).isEqualTo(50_00);
    }

    @Test
    void deletionOfTheAccount_saysWhatIsLostWithIt() throws Exception {
        Tab ada = browser.someone("Ada");
        Person adasClient = browser.plain(ada);
        Person bo = browser.plain(browser.someone("Bo"));
        money.give(adasClient, 12_34);
        ada.the("settings-open").click();
        ada.the("delete-open").click();
        assertThat(ada.the("deletion-warning"))
                .containsText("Your wallet holds 12.34\u00a0points. It will be lost with your account");
        adasClient.ask("wallet.transfer", Map.of("to", bo.id(), "amount", 12_34, "clientId", Person.newClientId()));
        assertThat(ada.the("deletion-warning")).isHidden();
    }

    @Test
    void transfer_isAcceptedFromTheConversation_andBothStatementsAgree() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        Person bosClient = browser.plain(bo);
        money.give(browser.plain(ada), 50_00);
        ada.startChatWith(bo);
        ada.the("composer-more").click();
        ada.the("menu-transfer").click();
        ada.the("transfer-amount-input").fill("12,5");
        ada.the("transfer-note").fill("Train tickets");
        ada.the("transfer-send").click();
        assertThat(ada.the("transfer")).hasAttribute("data-state", "pending");
        assertThat(bo.row("Ada").getByTestId("unread-badge")).hasText("1");

        bo.open("Ada");
        assertThat(bo.the("transfer-amount")).hasText("12.50\u00a0points");
        assertThat(bo.the("transfer-state")).hasText("Train tickets");
        assertThat(money.balance(bosClient)).isZero();
        ada.the("transfer").click();
        assertThat(ada.the("transfer-status")).hasText("Bo has yet to accept it");
        bo.the("transfer").click();
        assertThat(bo.the("transfer-status")).hasText("Ada sent you money");
        assertThat(bo.the("transfer-until"))
                .hasText("If it is not accepted by " + untilWhen(bo, bosClient) + ", it is returned.");
        bo.the("transfer-accept").click();
        assertThat(bo.the("transfer-status")).hasText("You accepted it");
        assertThat(ada.the("transfer-status")).hasText("Bo accepted it");
        ada.the("transfer-page").getByTestId("dialog-close").click();
        assertThat(bo.the("transfer-accept")).isHidden();
        Money.close(bo);

        for (Tab tab : new Tab[] {ada, bo}) {
            assertThat(tab.the("transfer")).hasAttribute("data-state", "accepted");
        }
        assertThat(ada.the("note").last()).hasText("Bo accepted 12.50\u00a0points");
        assertThat(bo.the("note").last()).hasText("You accepted 12.50\u00a0points");
        assertThat(money.balance(bosClient)).isEqualTo(1_250);
        ada.the("wallet-open").click();
        assertThat(ada.the("wallet-balance")).hasText("37.50 points");
        assertThat(ada.the("posting").first()).hasAttribute("data-fen", "-1250");
        assertThat(ada.the("posting").first()).containsText("Transfer sent · Bo");
        bo.the("wallet-open").click();
        assertThat(bo.the("posting")).hasAttribute("data-fen", "1250");
        assertThat(bo.the("posting")).containsText("Transfer received · Ada");
        assertThat(money.made()).isZero();
    }

    private static Object untilWhen(Tab tab, Person person) throws Exception {
        String expires = person.ask("wallet.transfers", Map.of())
                .at("/transfers/0/expiresAt")
                .asText();
        assertThat(Duration.between(Instant.now(), Instant.parse(expires)))
                .isBetween(Duration.ofHours(71), Duration.ofHours(72));
        return tab.page()
                .evaluate(
                        "at => new Intl.DateTimeFormat('en-GB', {dateStyle: 'full', timeStyle: 'short'}).format(new Date(at))",
                        expires);
    }

    @Test
    void transfer_isGivenBackFromTheList_whileTheOtherLooks() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        money.give(browser.plain(ada), 50_00);
        ada.startChatWith(bo);
        ada.the("composer-more").click();
        ada.the("menu-transfer").click();
        ada.the("transfer-amount-input").fill("50.01");
        assertThat(ada.the("payment-error")).hasText("There is not enough in your wallet.");
        ada.the("transfer-amount-input").fill("50");
        ada.the("transfer-send").click();
        ada.the("wallet-open").click();
        assertThat(ada.the("wallet-balance")).hasText("0.00 points");

        bo.the("wallet-open").click();
        bo.the("wallet-transfers").click();
        assertThat(bo.the("transfer-row")).hasAttribute("data-state", "pending");
        bo.the("transfer-row").click();
        bo.the("transfer-refuse").click();
        assertThat(bo.the("transfer-status")).hasText("You declined it");
        bo.the("transfer-page").getByTestId("dialog-close").click();
        assertThat(bo.the("transfer-row")).hasAttribute("data-state", "refused");

        assertThat(ada.the("wallet-balance")).hasText("50.00 points");
        assertThat(ada.the("posting").first()).hasAttribute("data-kind", "transfer_return");
        assertThat(ada.the("posting").first()).hasAttribute("data-fen", "5000");
        assertThat(money.statement(browser.plain(bo))).isEmpty();
    }

    @Test
    void statement_isReadPageByPage_andTheYearAddsUp() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        Person adasClient = browser.plain(ada);
        for (int i = 1; i <= 35; i++) {
            money.give(adasClient, i);
        }
        ada.the("wallet-open").click();
        assertThat(ada.the("posting")).hasCount(30);
        ada.the("load-more").click();
        assertThat(ada.the("posting")).hasCount(35);
        assertThat(ada.the("load-more")).hasCount(0);
        long sum = ada.the("posting").all().stream()
                .mapToLong(posting -> Long.parseLong(posting.getAttribute("data-fen")))
                .sum();
        assertThat(ada.the("wallet-balance")).hasAttribute("data-fen", Long.toString(sum));
        assertThat(money.balance(adasClient)).isEqualTo(sum);
        ada.the("dialog-close").click();

        ada.startChatWith(bo);
        for (String amount : new String[] {"1", "2.50"}) {
            Money.compose(ada);
            ada.the("envelope-amount-input").fill(amount);
            Money.send(ada);
        }
        bo.open("Ada");
        assertThat(Money.open(bo)).isEqualTo(250);
        Money.close(bo);
        ada.the("wallet-open").click();
        ada.the("wallet-envelopes").click();
        ada.the("history-sent").click();
        assertThat(ada.the("history-sums")).containsText("3.50 points");
        assertThat(ada.the("history-sums")).containsText("sent in 2 red envelopes");
        assertThat(ada.the("history-row")).hasCount(2);
        ada.the("history-before").click();
        assertThat(ada.the("list-empty")).hasText("No red envelopes in this year.");
        bo.the("wallet-open").click();
        bo.the("wallet-envelopes").click();
        assertThat(bo.the("history-row")).hasAttribute("data-fen", "250");
        bo.the("history-row").click();
        assertThat(bo.the("opener")).hasAttribute("data-user", bo.user());
    }

    @Test
    void balance_followsOnAllDevices() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab phone = browser.phone(ada);
        phone.the("wallet-open").click();
        assertThat(phone.the("wallet-balance")).hasText("0.00 points");
        money.give(browser.plain(ada), 77);
        assertThat(phone.the("wallet-balance")).hasText("0.77 points");
        assertThat(phone.the("posting")).hasCount(1);
    }
}
