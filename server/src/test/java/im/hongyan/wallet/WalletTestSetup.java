package im.hongyan.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.http.description.ExampleSetup;
import im.hongyan.testkit.FeatureTestSetup;
import java.util.List;
import java.util.Map;

final class WalletTestSetup implements FeatureTestSetup {
    /** Ada has topped up, and Bob has not yet accepted money that she sent. */
    @Override
    public void prepareExamples(ExampleSetup setup) throws Exception {
        JsonNode topUp = setup.post("/wallet/top-ups", "ada", Map.of("amount", 5_000, "key", "first"));
        setup.bind("topUp", topUp.get("topUp").asText());
        setup.awaitPush("ada", "wallet");
        JsonNode gift =
                setup.ask("ada", "wallet.transfer", Map.of("to", setup.id("bob"), "amount", 520, "clientId", "gift"));
        setup.bind("gift", gift.get("transfer").asText());
        setup.awaitPush("ada", "wallet");
    }

    @Override
    public void coverRemainingFields(ExampleSetup setup) throws Exception {
        setup.ask("bob", "wallet.refuse", Map.of("transfer", setup.real("gift")));
        setup.ask(
                "ada",
                "wallet.transfer",
                Map.of("to", setup.id("bob"), "amount", 1, "clientId", "n", "note", "For the road"));
        assertThat(setup.ask("ada", "wallet.transfers", Map.of()).get("transfers"))
                .hasSize(2);
        assertThat(setup.ask("ada", "wallet.transfers", Map.of("limit", 1)).has("cursor"))
                .isTrue();
    }

    @Override
    public List<String> tables() {
        return List.of("posting", "top_up", "transfer");
    }

    @Override
    public List<String> words() {
        return List.of("wallet", "ledger", "money", "(?<![a-z])fen(?![a-z])");
    }
}
