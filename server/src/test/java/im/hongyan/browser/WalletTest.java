package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.scenario.TestUser;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The page of the wallet: top-ups, transfers, limits and statements. */
class WalletTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension()
            .with("HONGYAN_WALLET_MAX_DAILY_FEN", "5000")
            .with("HONGYAN_WALLET_TRANSFER_EXPIRY_SECONDS", "259200");

    private WalletActions money;

    @BeforeEach
    void money() {
        money = new WalletActions(browser.node());
    }

    @Test
    void topUp_appearsOnStatement() throws Exception {
        Tab ada = browser.newUser("Ada");
        ada.byTestId("wallet-open").click();
        assertThat(ada.byTestId("wallet-balance")).hasText("0.00 points");
        assertThat(ada.byTestId("list-empty")).hasText("No transactions yet.");
        ada.byTestId("top-up-open").click();
        assertThat(ada.byTestId("top-up")).containsText("Points are play money");
        ada.byTestId("top-up-amount").fill("12.34");
        ada.byTestId("top-up-submit").click();

        assertThat(ada.byTestId("wallet-balance")).hasText("12.34 points");
        assertThat(ada.byTestId("posting")).hasCount(1);
        assertThat(ada.byTestId("posting")).hasAttribute("data-fen", "1234");
        assertThat(ada.byTestId("posting")).containsText("Top-up");
        assertThat(money.balance(browser.apiClient(ada))).isEqualTo(1_234);
    }

    @Test
    void topUp_lostAnswer_isMadeOnce() throws Exception {
        Tab ada = browser.newUser("Ada");
        ada.byTestId("wallet-open").click();
        ada.byTestId("top-up-open").click();
        WalletActions.dropTopUpAnswer(ada);
        ada.byTestId("top-up-amount").fill("12.34");
        ada.byTestId("top-up-submit").click();
        assertThat(ada.byTestId("payment-unanswered")).containsText("There is no answer yet");
        ada.page().reload();
        assertThat(ada.byTestId("wallet-balance")).hasText("12.34 points");
        ada.byTestId("top-up-open").click();
        assertThat(ada.byTestId("payment-unanswered")).containsText("Trying again cannot pay twice.");
        assertThat(ada.byTestId("top-up-amount")).hasValue("12.34");
        assertThat(ada.byTestId("top-up-amount")).isDisabled();
        assertThat(ada.byTestId("top-up-submit")).hasText("Try again");
        ada.byTestId("top-up-submit").click();
        assertThat(ada.byTestId("top-up")).hasCount(0);
        assertThat(ada.byTestId("toast")).hasText("12.34\u00a0points added");
        // The toast is above the wallet, which is a modal dialog.
        assertThat(ada.page().locator(".toasts:popover-open")).isVisible();
        assertThat(money.statement(browser.apiClient(ada))).containsExactly("topup 1234");

        ada.byTestId("top-up-open").click();
        assertThat(ada.byTestId("payment-unanswered")).isHidden();
        ada.byTestId("top-up-amount").fill("1");
        ada.byTestId("top-up-submit").click();
        assertThat(ada.byTestId("wallet-balance")).hasText("13.34 points");
    }

    @Test
    void dailyLimit_showsWhenItResets() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        money.topUp(browser.apiClient(ada), 100_00);
        ada.startChatWith(bo);
        for (String amount : new String[] {"30", "20.01"}) {
            ada.byTestId("composer-more").click();
            ada.byTestId("menu-transfer").click();
            ada.byTestId("transfer-amount-input").fill(amount);
            ada.byTestId("transfer-send").click();
            assertThat(ada.byTestId("transfer")).hasCount(1);
        }
        assertThat(ada.byTestId("form-error"))
                .hasText("That is more than you may send in a day. Try again in 24 hours.");
        assertThat(ada.byTestId("payment-unanswered")).isHidden();
        ada.byTestId("transfer-amount-input").fill("20");
        ada.byTestId("transfer-send").click();
        assertThat(ada.byTestId("transfer")).hasCount(2);
        assertThat(money.balance(browser.apiClient(ada))).isEqualTo(50_00);
    }

    @Test
    void accountDeletion_warnsAboutBalance() throws Exception {
        Tab ada = browser.newUser("Ada");
        TestUser adasClient = browser.apiClient(ada);
        TestUser bo = browser.apiClient(browser.newUser("Bo"));
        money.topUp(adasClient, 12_34);
        ada.byTestId("settings-open").click();
        ada.byTestId("delete-open").click();
        assertThat(ada.byTestId("deletion-warning"))
                .containsText("Your wallet holds 12.34\u00a0points. It will be lost with your account");
        adasClient.ask("wallet.transfer", Map.of("to", bo.id(), "amount", 12_34, "clientId", TestUser.newClientId()));
        assertThat(ada.byTestId("deletion-warning")).isHidden();
    }

    @Test
    void transfer_accepted_bothStatementsAgree() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        TestUser bosClient = browser.apiClient(bo);
        money.topUp(browser.apiClient(ada), 50_00);
        ada.startChatWith(bo);
        ada.byTestId("composer-more").click();
        ada.byTestId("menu-transfer").click();
        ada.byTestId("transfer-amount-input").fill("12,5");
        ada.byTestId("transfer-note").fill("Train tickets");
        ada.byTestId("transfer-send").click();
        assertThat(ada.byTestId("transfer")).hasAttribute("data-state", "pending");
        assertThat(bo.row("Ada").getByTestId("unread-badge")).hasText("1");

        bo.open("Ada");
        assertThat(bo.byTestId("transfer-amount")).hasText("12.50\u00a0points");
        assertThat(bo.byTestId("transfer-state")).hasText("Train tickets");
        assertThat(money.balance(bosClient)).isZero();
        ada.byTestId("transfer").click();
        assertThat(ada.byTestId("transfer-status")).hasText("Bo has yet to accept it");
        bo.byTestId("transfer").click();
        assertThat(bo.byTestId("transfer-status")).hasText("Ada sent you money");
        assertThat(bo.byTestId("transfer-until"))
                .hasText("If it is not accepted by " + formattedExpiry(bo, bosClient) + ", it is returned.");
        bo.byTestId("transfer-accept").click();
        assertThat(bo.byTestId("transfer-status")).hasText("You accepted it");
        assertThat(ada.byTestId("transfer-status")).hasText("Bo accepted it");
        ada.byTestId("transfer-page").getByTestId("dialog-close").click();
        assertThat(bo.byTestId("transfer-accept")).isHidden();
        WalletActions.closeDialog(bo);

        for (Tab tab : new Tab[] {ada, bo}) {
            assertThat(tab.byTestId("transfer")).hasAttribute("data-state", "accepted");
        }
        assertThat(ada.byTestId("note").last()).hasText("Bo accepted 12.50\u00a0points");
        assertThat(bo.byTestId("note").last()).hasText("You accepted 12.50\u00a0points");
        assertThat(money.balance(bosClient)).isEqualTo(1_250);
        ada.byTestId("wallet-open").click();
        assertThat(ada.byTestId("wallet-balance")).hasText("37.50 points");
        assertThat(ada.byTestId("posting").first()).hasAttribute("data-fen", "-1250");
        assertThat(ada.byTestId("posting").first()).containsText("Transfer sent · Bo");
        bo.byTestId("wallet-open").click();
        assertThat(bo.byTestId("posting")).hasAttribute("data-fen", "1250");
        assertThat(bo.byTestId("posting")).containsText("Transfer received · Ada");
        assertThat(money.sumOfBalances()).isZero();
    }

    private static Object formattedExpiry(Tab tab, TestUser user) throws Exception {
        String expires = user.ask("wallet.transfers", Map.of())
                .at("/transfers/0/expiresAt")
                .asText();
        assertThat(Duration.between(Instant.now(), Instant.parse(expires)))
                .isBetween(Duration.ofHours(71), Duration.ofHours(72));
        return tab.page()
                .evaluate(
                        "at => new Intl.DateTimeFormat('en-GB', {dateStyle: 'full', timeStyle: 'short'})"
                                + ".format(new Date(at))",
                        expires);
    }

    @Test
    void transfer_declinedFromList_updatesSendersWallet() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        money.topUp(browser.apiClient(ada), 50_00);
        ada.startChatWith(bo);
        ada.byTestId("composer-more").click();
        ada.byTestId("menu-transfer").click();
        ada.byTestId("transfer-amount-input").fill("50.01");
        assertThat(ada.byTestId("payment-error")).hasText("There is not enough in your wallet.");
        ada.byTestId("transfer-amount-input").fill("50");
        ada.byTestId("transfer-send").click();
        ada.byTestId("wallet-open").click();
        assertThat(ada.byTestId("wallet-balance")).hasText("0.00 points");

        bo.byTestId("wallet-open").click();
        bo.byTestId("wallet-transfers").click();
        assertThat(bo.byTestId("transfer-row")).hasAttribute("data-state", "pending");
        bo.byTestId("transfer-row").click();
        bo.byTestId("transfer-refuse").click();
        assertThat(bo.byTestId("transfer-status")).hasText("You declined it");
        bo.byTestId("transfer-page").getByTestId("dialog-close").click();
        assertThat(bo.byTestId("transfer-row")).hasAttribute("data-state", "refused");

        assertThat(ada.byTestId("wallet-balance")).hasText("50.00 points");
        assertThat(ada.byTestId("posting").first()).hasAttribute("data-kind", "transfer_return");
        assertThat(ada.byTestId("posting").first()).hasAttribute("data-fen", "5000");
        assertThat(money.statement(browser.apiClient(bo))).isEmpty();
    }

    @Test
    void statement_isPaged_andYearAddsUp() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        TestUser adasClient = browser.apiClient(ada);
        for (int i = 1; i <= 35; i++) {
            money.topUp(adasClient, i);
        }
        ada.byTestId("wallet-open").click();
        assertThat(ada.byTestId("posting")).hasCount(30);
        ada.byTestId("load-more").click();
        assertThat(ada.byTestId("posting")).hasCount(35);
        assertThat(ada.byTestId("load-more")).hasCount(0);
        long sum = ada.byTestId("posting").all().stream()
                .mapToLong(posting -> Long.parseLong(posting.getAttribute("data-fen")))
                .sum();
        assertThat(ada.byTestId("wallet-balance")).hasAttribute("data-fen", Long.toString(sum));
        assertThat(money.balance(adasClient)).isEqualTo(sum);
        ada.byTestId("dialog-close").click();

        ada.startChatWith(bo);
        for (String amount : new String[] {"1", "2.50"}) {
            WalletActions.composeEnvelope(ada);
            ada.byTestId("envelope-amount-input").fill(amount);
            WalletActions.sendEnvelope(ada);
        }
        bo.open("Ada");
        assertThat(WalletActions.openEnvelope(bo)).isEqualTo(250);
        WalletActions.closeDialog(bo);
        ada.byTestId("wallet-open").click();
        ada.byTestId("wallet-envelopes").click();
        ada.byTestId("history-sent").click();
        assertThat(ada.byTestId("history-sums")).containsText("3.50 points");
        assertThat(ada.byTestId("history-sums")).containsText("sent in 2 red envelopes");
        assertThat(ada.byTestId("history-row")).hasCount(2);
        ada.byTestId("history-before").click();
        assertThat(ada.byTestId("list-empty")).hasText("No red envelopes in this year.");
        bo.byTestId("wallet-open").click();
        bo.byTestId("wallet-envelopes").click();
        assertThat(bo.byTestId("history-row")).hasAttribute("data-fen", "250");
        bo.byTestId("history-row").click();
        assertThat(bo.byTestId("opener")).hasAttribute("data-user", bo.userId());
    }

    @Test
    void balance_updatesOnAllDevices() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab phone = browser.phoneOf(ada);
        phone.byTestId("wallet-open").click();
        assertThat(phone.byTestId("wallet-balance")).hasText("0.00 points");
        money.topUp(browser.apiClient(ada), 77);
        assertThat(phone.byTestId("wallet-balance")).hasText("0.77 points");
        assertThat(phone.byTestId("posting")).hasCount(1);
    }
}
