package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.scenario.Person;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What people do with money in front of a page, and what the server says of it when the page is not asked. */
final class Money {
    private final NodeExtension node;

    Money(NodeExtension node) {
        this.node = node;
    }

    /** @param fen what the sandbox gives */
    void give(Person person, long fen) throws Exception {
        await(node.client()
                .call(
                        HttpMethod.POST,
                        "/api/v1/wallet/top-ups",
                        person.credentials().accessToken(),
                        Map.of("amount", fen, "key", Person.newClientId())));
    }

    long balance(Person person) throws Exception {
        return person.ask("wallet.balance", Map.of()).get("balance").asLong();
    }

    /** The amounts of the whole statement, newest first, each with its kind. */
    List<String> statement(Person person) throws Exception {
        List<String> lines = new ArrayList<>();
        for (JsonNode posting : person.ask("wallet.statement", Map.of()).get("postings")) {
            lines.add(posting.get("kind").asText() + " " + posting.get("amount").asLong());
        }
        return lines;
    }

    /** Everything that was ever moved for something, from the ledger itself. */
    long moved(String kind) throws Exception {
        return await(node.stores()
                        .postgres()
                        .query("SELECT coalesce(sum(amount), 0)::bigint AS sum FROM posting WHERE kind = '" + kind
                                + "'"))
                .iterator()
                .next()
                .getLong("sum");
    }

    /** What all accounts hold together. */
    long made() throws Exception {
        return await(node.stores().postgres().query("SELECT sum(balance)::bigint AS sum FROM ledger_account"))
                .iterator()
                .next()
                .getLong("sum");
    }

    // In front of the page

    static void compose(Tab tab) {
        tab.the("composer-more").click();
        tab.the("menu-envelope").click();
        assertThat(tab.the("envelope-compose")).isVisible();
    }

    /** Sends what was filled in and waits until it stands in the conversation. */
    static Locator send(Tab tab) {
        int before = tab.the("envelope").count();
        tab.the("envelope-send").click();
        assertThat(tab.the("envelope-compose")).hasCount(0);
        assertThat(tab.the("envelope")).hasCount(before + 1);
        return tab.the("envelope").last();
    }

    /** Opens the newest envelope of the conversation. @return what one got, in fen */
    static long open(Tab tab) {
        tab.the("envelope").last().click();
        tab.the("envelope-open").click();
        return amount(tab);
    }

    static long amount(Tab tab) {
        assertThat(tab.the("envelope-amount")).isVisible();
        return Long.parseLong(tab.the("envelope-amount").getAttribute("data-fen"));
    }

    /** The server does the next top-up, and the page does not learn of it. */
    static void loseAnswerToTopUp(Tab tab) {
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

    static void close(Tab tab) {
        tab.the("dialog-close").last().click();
        assertThat(tab.page().locator("dialog")).hasCount(0);
    }

    static String id(Locator envelope) {
        return envelope.getAttribute("data-envelope");
    }
}
