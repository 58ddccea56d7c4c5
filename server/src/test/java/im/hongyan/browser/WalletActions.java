package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.scenario.TestUser;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What users do with money on a page, and balances and postings as the server has them. */
final class WalletActions {
    private final NodeExtension node;

    WalletActions(NodeExtension node) {
        this.node = node;
    }

    /** @param fen the amount of the top-up */
    void topUp(TestUser user, long fen) throws Exception {
        await(node.client()
                .call(
                        HttpMethod.POST,
                        "/api/v1/wallet/top-ups",
                        user.credentials().accessToken(),
                        Map.of("amount", fen, "key", TestUser.newClientId())));
    }

    long balance(TestUser user) throws Exception {
        return user.ask("wallet.balance", Map.of()).get("balance").asLong();
    }

    /** The postings of the whole statement, newest first, as kind and amount. */
    List<String> statement(TestUser user) throws Exception {
        List<String> lines = new ArrayList<>();
        for (JsonNode posting : user.ask("wallet.statement", Map.of()).get("postings")) {
            lines.add(posting.get("kind").asText() + " " + posting.get("amount").asLong());
        }
        return lines;
    }

    /** The sum of all postings of a kind, from the ledger. */
    long postedSum(String kind) throws Exception {
        return await(node.stores()
                        .postgres()
                        .query("SELECT coalesce(sum(amount), 0)::bigint AS sum FROM posting WHERE kind = '" + kind
                                + "'"))
                .iterator()
                .next()
                .getLong("sum");
    }

    /** The sum of all balances, which must be zero. */
    long sumOfBalances() throws Exception {
        return await(node.stores().postgres().query("SELECT sum(balance)::bigint AS sum FROM ledger_account"))
                .iterator()
                .next()
                .getLong("sum");
    }

    // On the page

    static void composeEnvelope(Tab tab) {
        tab.byTestId("composer-more").click();
        tab.byTestId("menu-envelope").click();
        assertThat(tab.byTestId("envelope-compose")).isVisible();
    }

    /** Sends the envelope that was filled in and waits until the conversation shows it. */
    static Locator sendEnvelope(Tab tab) {
        int before = tab.byTestId("envelope").count();
        tab.byTestId("envelope-send").click();
        assertThat(tab.byTestId("envelope-compose")).hasCount(0);
        assertThat(tab.byTestId("envelope")).hasCount(before + 1);
        return tab.byTestId("envelope").last();
    }

    /**
     * Opens the newest envelope of the conversation.
     *
     * @return the amount of the share, in fen
     */
    static long openEnvelope(Tab tab) {
        tab.byTestId("envelope").last().click();
        tab.byTestId("envelope-open").click();
        return openedAmount(tab);
    }

    static long openedAmount(Tab tab) {
        assertThat(tab.byTestId("envelope-amount")).isVisible();
        return Long.parseLong(tab.byTestId("envelope-amount").getAttribute("data-fen"));
    }

    /** Lets the server make the next top-up, and drops the answer. */
    static void dropTopUpAnswer(Tab tab) {
        tab.device().expectLostConnections();
        Page.RouteOptions once = new Page.RouteOptions().setTimes(1);
        tab.page()
                .route(
                        "**/api/v1/wallet/top-ups",
                        route -> {
                            route.fetch();
                            route.abort("connectionreset");
                        },
                        once);
    }

    static void closeDialog(Tab tab) {
        tab.byTestId("dialog-close").last().click();
        assertThat(tab.page().locator("dialog")).hasCount(0);
    }

    static String envelopeId(Locator envelope) {
        return envelope.getAttribute("data-envelope");
    }
}
