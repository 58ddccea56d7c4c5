package im.hongyan.redenvelope;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.http.description.ExampleSetup;
import im.hongyan.testkit.FeatureTestSetup;
import java.time.Year;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

final class RedEnvelopeTestSetup implements FeatureTestSetup {
    /** Ada has topped up, and sent an envelope with two shares to the group. */
    @Override
    public void prepareExamples(ExampleSetup setup) throws Exception {
        setup.post("/wallet/top-ups", "ada", Map.of("amount", 5_000, "key", "f"));
        JsonNode sent = setup.ask(
                "ada",
                "envelope.send",
                Map.of(
                        "conversation",
                        setup.real("group"),
                        "clientId",
                        "drop",
                        "kind",
                        "equal",
                        "amountEach",
                        88,
                        "count",
                        2));
        setup.bind("envelope", sent.get("envelope").asText());
        setup.bind("commitment", sent.get("commitment").asText());
    }

    @Override
    public void coverRemainingFields(ExampleSetup setup) throws Exception {
        String group = setup.real("group");
        Map<String, Object> lucky = Map.of(
                "conversation", group, "clientId", "l", "kind", "lucky", "amount", 500, "count", 2, "nonce", "mine");
        String shared = setup.ask("ada", "envelope.send", lucky).get("envelope").asText();
        setup.ask("ada", "envelope.watch", Map.of("envelope", shared));
        setup.ask("bob", "envelope.open", Map.of("envelope", shared));
        setup.ask("cai", "envelope.open", Map.of("envelope", shared));
        assertThat(setup.ask("bob", "envelope.view", Map.of("envelope", shared)).has("proof"))
                .isTrue();
        Map<String, Object> forBob = Map.of(
                "conversation", group, "clientId", "x", "kind", "exclusive", "amount", 5, "recipient", setup.id("bob"));
        String exclusive =
                setup.ask("ada", "envelope.send", forBob).get("envelope").asText();
        assertThat(setup.ask("cai", "envelope.view", Map.of("envelope", exclusive))
                        .get("recipient")
                        .asText())
                .isEqualTo(setup.id("bob"));
        int year = Year.now(ZoneOffset.UTC).getValue();
        for (String who : List.of("bob", "cai")) {
            setup.ask(who, "envelope.history", Map.of("year", year, "direction", "received"));
        }
        assertThat(setup.ask("ada", "envelope.history", Map.of("year", year, "direction", "sent", "limit", 1))
                        .has("cursor"))
                .isTrue();
    }

    @Override
    public List<String> tables() {
        return List.of("envelope", "claim");
    }

    @Override
    public List<String> words() {
        return List.of("red[ -]?envelope", "hongbao");
    }
}
