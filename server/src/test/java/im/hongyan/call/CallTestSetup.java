package im.hongyan.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.http.description.ExampleSetup;
import im.hongyan.protocol.Id;
import im.hongyan.testkit.FeatureTestSetup;
import java.util.List;
import java.util.Map;

final class CallTestSetup implements FeatureTestSetup {
    /** So that calls have ICE servers. */
    @Override
    public Map<String, String> settings() {
        return Map.of(
                "HONGYAN_CALL_TURN_URLS", "turn:turn.example.org",
                "HONGYAN_CALL_TURN_SECRET", "a secret of the TURN server",
                "HONGYAN_CALL_RELAY_ONLY", "true");
    }

    /** Ada has called the group, Bob has joined, and Cai is ringing. Dora has a direct conversation with Cai. */
    @Override
    public void prepareExamples(ExampleSetup setup) throws Exception {
        JsonNode started = start(setup, "group");
        String call = started.get("call").asText();
        setup.bind("call", call);
        bind(setup, "ada", started.get("participant").asText());
        setup.bind("resumeToken", started.get("resumeToken").asText());
        setup.bind("adaSession", device(started, setup.id("ada")));
        setup.awaitPush("cai", "call.ringing");
        setup.ask("cai", "call.ring.ack", Map.of("call", call));
        JsonNode accepted = setup.ask("bob", "call.accept", Map.of("call", call));
        bind(setup, "bob", accepted.get("participant").asText());
        setup.bind("bobSession", device(accepted, setup.id("bob")));
        // Skips the snapshots that precede the examples.
        for (int revision = 1; revision <= 3; revision++) {
            setup.awaitPush("ada", "call.state");
        }
        setup.awaitPush("bob", "call.state");
        setup.bind(
                "doraTalk",
                setup.ask("dora", "conversation.open", Map.of("user", setup.id("cai")))
                        .at("/conversation/id")
                        .asText());
        setup.bind("unknownCall", Id.Text.encode(Id.next()));
    }

    private static JsonNode start(ExampleSetup setup, String conversation) throws Exception {
        return setup.ask(
                "ada",
                "call.start",
                Map.of("conversation", setup.real(conversation), "clientId", "calling", "media", "video"));
    }

    private static void bind(ExampleSetup setup, String who, String participant) {
        setup.bind(who + "Participant", participant);
        setup.bind("peer" + Character.toUpperCase(who.charAt(0)) + who.substring(1), "peer:" + participant);
    }

    private static String device(JsonNode snapshot, String user) {
        for (JsonNode one : snapshot.get("participants")) {
            if (one.get("user").asText().equals(user)) {
                return one.get("device").asText();
            }
        }
        throw new AssertionError(user + " is not in the call");
    }

    @Override
    public void coverRemainingFields(ExampleSetup setup) throws Exception {
        String call = setup.real("call");
        setup.ask("ada", "call.media", Map.of("call", call, "screen", true));
        assertThat(setup.ask("cai", "conversation.get", Map.of("conversation", setup.real("group")))
                        .at("/conversation/call/count")
                        .asInt())
                .isEqualTo(2);
        signal(setup, Map.of("type", "offer", "sdp", "v=0", "blob", "AAAA"));
        Map<String, Object> candidate =
                Map.of("candidate", "candidate:1", "sdpMid", "0", "sdpMLineIndex", 0, "usernameFragment", "abcd");
        signal(setup, Map.of("type", "candidates", "candidates", List.of(candidate), "final", true));
        String participant = setup.real("adaParticipant");
        setup.ask(
                "ada",
                "call.resume",
                Map.of("call", call, "participant", participant, "resumeToken", setup.real("resumeToken")));
        setup.ask("ada", "call.ring", Map.of("call", call, "users", List.of(setup.id("bob"))));
        setup.ask("cai", "call.decline", Map.of("call", call));
        setup.awaitPush("cai", "call.answered_elsewhere");
        String third = setup.ask("cai", "call.join", Map.of("call", call))
                .get("participant")
                .asText();
        setup.ask("ada", "call.remove", Map.of("call", call, "participant", third));
        setup.ask("bob", "call.leave", Map.of("call", call));
        setup.ask("ada", "call.end", Map.of("call", call));
        setup.awaitEntry("cai", "call");
    }

    private static void signal(ExampleSetup setup, Map<String, Object> signal) throws Exception {
        setup.ask(
                "ada",
                "call.signal",
                Map.of("call", setup.real("call"), "to", setup.real("peerBob"), "generation", 1, "signal", signal));
        setup.awaitPush("bob", "call.signal");
    }

    @Override
    public List<String> tables() {
        return List.of("call");
    }
}
