package im.hongyan.location;

import im.hongyan.http.description.ExampleSetup;
import im.hongyan.protocol.Id;
import im.hongyan.testkit.FeatureTestSetup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

final class LocationTestSetup implements FeatureTestSetup {
    @Override
    public Map<String, String> settings() {
        return Map.of(
                "HONGYAN_LOCATION_TICK_MS", "100",
                "HONGYAN_LOCATION_MIN_UPDATE_MS", "100",
                "HONGYAN_LOCATION_TILE_URL", "https://tile.example.org/{z}/{x}/{y}.png",
                "HONGYAN_LOCATION_TILE_ATTRIBUTION", "© Example");
    }

    /** Ada shares her location with the group, and Bob watches. */
    @Override
    public void prepareExamples(ExampleSetup setup) throws Exception {
        Map<String, Object> start = Map.of(
                "conversation", setup.real("group"), "clientId", "sharing", "seconds", 900, "precision", "precise");
        setup.bind(
                "share", setup.ask("ada", "location.start", start).get("share").asText());
        setup.bind("unknownShare", Id.Text.encode(Id.next()));
        setup.awaitEntry("bob", "location");
        setup.ask("bob", "location.watch", Map.of("conversation", setup.real("group")));
        setup.awaitPush("bob", "location.positions");
    }

    @Override
    public void coverRemainingFields(ExampleSetup setup) throws Exception {
        Map<String, Object> update = new HashMap<>(Map.of(
                "share",
                setup.real("share"),
                "n",
                2,
                "latitude",
                45.1,
                "longitude",
                9.1,
                "accuracy",
                5,
                "heading",
                90,
                "speed",
                1.4,
                "measuredAt",
                "2026-03-08T17:29:58.000Z"));
        setup.ask("ada", "location.update", update);
        setup.awaitPush("bob", "location.positions");
        setup.ask("ada", "location.update", Map.of("share", setup.real("share"), "n", 3, "paused", true));
        setup.awaitPush("bob", "location.positions");
        setup.ask("ada", "location.stop", Map.of("share", setup.real("share")));
        setup.awaitPush("bob", "location.positions");
        setup.awaitEntry("bob", "location");
        Map<String, Object> place = Map.of(
                "type",
                "place",
                "latitude",
                45.1,
                "longitude",
                9.1,
                "accuracy",
                5,
                "name",
                "Duomo",
                "address",
                "Piazza");
        setup.ask(
                "ada",
                "message.send",
                Map.of("conversation", setup.real("group"), "clientId", "place", "content", place));
        setup.awaitEntry("bob", "message");
    }

    @Override
    public List<String> tables() {
        return List.of("location_share");
    }
}
