package im.hongyan.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatError;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A device of a user in tests of calls. */
final class CallUser {
    private final TestUser person;
    /** The answer to the latest request that entered a call. */
    private JsonNode entered;

    CallUser(TestUser person) {
        this.person = person;
    }

    static List<CallUser> of(List<TestUser> people) {
        return people.stream().map(CallUser::new).toList();
    }

    TestUser person() {
        return person;
    }

    String id() {
        return person.id();
    }

    String session() {
        return person.connection().welcome().get("session").asText();
    }

    /** Another socket of the same session. */
    CallUser otherSocket() throws Exception {
        return on(person.otherSocket());
    }

    /** The same device with another socket. */
    CallUser on(TestUser socket) {
        CallUser other = new CallUser(socket);
        other.entered = entered;
        return other;
    }

    JsonNode start(String conversation, Map<String, ?> more) throws Exception {
        Map<String, Object> data = new HashMap<>(
                Map.of("conversation", conversation, "clientId", TestUser.newClientId(), "media", "video"));
        data.putAll(more);
        return enter("call.start", data);
    }

    JsonNode start(String conversation) throws Exception {
        return start(conversation, Map.of());
    }

    JsonNode accept(String call) throws Exception {
        return enter("call.accept", Map.of("call", call));
    }

    JsonNode join(String call) throws Exception {
        return enter("call.join", Map.of("call", call));
    }

    /** Continues the participation of another socket of this session. */
    JsonNode resume() throws Exception {
        return enter(
                "call.resume",
                Map.of("call", call(), "participant", participant(), "resumeToken", entered.get("resumeToken")));
    }

    private JsonNode enter(String type, Map<String, ?> data) throws Exception {
        entered = person.ask(type, data);
        return entered;
    }

    String call() {
        return entered.get("call").asText();
    }

    String participant() {
        return entered.get("participant").asText();
    }

    JsonNode ask(String type, Map<String, ?> more) throws Exception {
        return person.ask(type, withCall(more));
    }

    JsonNode ask(String type) throws Exception {
        return ask(type, Map.of());
    }

    ChatError refused(String type, Map<String, ?> more) {
        return person.refused(type, withCall(more));
    }

    private Map<String, Object> withCall(Map<String, ?> more) {
        Map<String, Object> data = new HashMap<>();
        if (entered != null) {
            data.put("call", call());
        }
        data.putAll(more);
        return data;
    }

    Map<String, Object> signal(CallUser to, String sdp) {
        return Map.of("to", "peer:" + to.participant(), "generation", 1, "signal", Map.of("type", "offer", "sdp", sdp));
    }

    /** Waits until this device rings, and returns the call. */
    String rings(String conversation) throws Exception {
        return person.receive(
                        "call.ringing",
                        ring -> ring.get("conversation").asText().equals(conversation))
                .get("call")
                .asText();
    }

    JsonNode ended(String call) throws Exception {
        return person.receive("call.ended", end -> end.get("call").asText().equals(call));
    }

    /** Waits for a snapshot of the own call. */
    JsonNode state(Predicate<Map<String, String>> roster) throws Exception {
        return person.receive(
                "call.state", state -> state.get("call").asText().equals(call()) && roster.test(states(state)));
    }

    /** The state of each participant that has joined, and of each user who has not. */
    static Map<String, String> states(JsonNode snapshot) {
        Map<String, String> states = new HashMap<>();
        snapshot.get("participants")
                .forEach(one -> states.put(
                        one.path("participant").asText(one.get("user").asText()),
                        one.get("state").asText()));
        return states;
    }

    /** The participants in the call, according to the server. */
    List<String> inCall() throws Exception {
        List<String> in = new ArrayList<>();
        ask("call.get").get("participants").forEach(one -> {
            if (List.of("joined", "reconnecting").contains(one.get("state").asText())) {
                in.add(one.get("participant").asText());
            }
        });
        return in;
    }

    /** Waits for the one entry that a call leaves. */
    JsonNode entry(String conversation, String call) throws Exception {
        return person.receive(
                "entry",
                entry -> entry.get("conversation").asText().equals(conversation)
                        && entry.get("kind").asText().equals("call")
                        && entry.at("/content/call").asText().equals(call));
    }

    /** Asks until the answer satisfies the condition. */
    JsonNode askUntil(String type, Map<String, ?> data, Predicate<JsonNode> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try {
                JsonNode answer = ask(type, data);
                if (condition.test(answer)) {
                    return answer;
                }
            } catch (ChatError refused) {
                if (System.nanoTime() > end) {
                    throw refused;
                }
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("the answer to " + type + " stays another one");
            }
        }
    }
}
