package im.hongyan.polls;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.Features;
import im.hongyan.config.Configuration;
import im.hongyan.http.description.Description;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.scenario.Person;
import im.hongyan.scenario.TestFeatures;
import io.vertx.sqlclient.Tuple;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A feature outside the product, on a node: frames, content, entries, HTTP, setting, tables, metric, hook. */
class PollsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final NodeExtension node = new NodeExtension().with(TestFeatures.ALL).with("HONGYAN_POLLS_MAX_OPTIONS", "3");

    @Test
    void poll_votedOnAndClosed_membersSeeEveryChange() throws Exception {
        Person ada = node.person();
        Person bo = node.person();
        String group = ada.createGroup("Geese", bo);
        long seq = send(ada, group, "Where to?", "South", "North");
        JsonNode received = bo.receiveEntry(group, seq);
        assertThat(received.at("/content/type").asText()).isEqualTo("poll");
        assertThat(received.at("/content/options/0").asText()).isEqualTo("South");
        assertThat(received.at("/summary").asText()).isEqualTo("📊 Where to?");
        assertThat(received.at("/counts").asBoolean()).isTrue();

        assertThat(votes(vote(bo, group, seq, 1))).containsExactly(0, 1);
        JsonNode changed = ada.receive("poll.changed", poll -> poll.get("seq").asLong() == seq);
        assertThat(votes(changed)).containsExactly(0, 1);
        assertThat(votes(vote(bo, group, seq, 0))).containsExactly(1, 0);
        JsonNode both = vote(ada, group, seq, 0);
        assertThat(votes(both)).containsExactly(2, 0);
        assertThat(both.get("own").asInt()).isZero();
        assertThat(vote(ada, group, seq, null).has("own")).isFalse();

        Map<String, Object> close = Map.of("conversation", group, "seq", seq, "clientId", "close");
        assertThat(bo.refused("poll.close", close).reason()).isEqualTo("poll.not_own");
        JsonNode closed = ada.ask("poll.close", close);
        assertThat(ada.ask("poll.close", close)).isEqualTo(closed);
        JsonNode entry = bo.receiveEntry(group, closed.get("seq").asLong());
        assertThat(entry.get("kind").asText()).isEqualTo("poll");
        assertThat(votes(entry.get("content"))).containsExactly(1, 0);
        assertThat(entry.has("counts")).isFalse();
        ChatError refused = bo.refused("poll.vote", Map.of("conversation", group, "seq", seq, "option", 1));
        assertThat(refused.reason()).isEqualTo("poll.closed");
        assertThat(refused.body().get("poll").asLong()).isEqualTo(seq);
        JsonNode results = bo.ask("poll.get", Map.of("conversation", group, "seq", seq));
        assertThat(results.get("closed").asBoolean()).isTrue();
    }

    @Test
    void httpRoute_returnsTheResultsOfTheFrame() throws Exception {
        Person ada = node.person();
        Person stranger = node.person();
        String group = ada.createGroup("Alone");
        long seq = send(ada, group, "Which?", "A", "B");
        vote(ada, group, seq, 1);
        HttpResponse<String> response = http(ada, group, seq);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(votes(JSON.readTree(response.body()))).containsExactly(0, 1);
        HttpResponse<String> refused = http(stranger, group, seq);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("conversation.not_member");
    }

    @Test
    void memberLeft_deletesTheVotesInOpenPolls() throws Exception {
        Person ada = node.person();
        Person bo = node.person();
        String group = ada.createGroup("Geese", bo);
        long closed = send(ada, group, "Stayed?", "Yes", "No");
        vote(bo, group, closed, 1);
        Map<String, Object> close = Map.of("conversation", group, "seq", closed, "clientId", "close");
        JsonNode answer = ada.ask("poll.close", close);
        long seq = send(ada, group, "Stay?", "Yes", "No");
        vote(bo, group, seq, 1);
        ada.ask("group.remove", Map.of("conversation", group, "users", List.of(bo.id())));
        UUID conversation = ConversationId.of(group).value();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        int left;
        do {
            left = node.stores()
                    .postgres()
                    .query("SELECT 1 FROM poll_vote WHERE conversation = $1 AND seq = $2", Tuple.of(conversation, seq))
                    .await()
                    .size();
        } while (left > 0 && System.nanoTime() < end);
        assertThat(left).isZero();
        assertThat(votes(ada.ask("poll.get", Map.of("conversation", group, "seq", seq))))
                .containsExactly(0, 0);
        assertThat(votes(ada.ask("poll.get", Map.of("conversation", group, "seq", closed))))
                .containsExactly(0, 1);
        assertThat(ada.ask("poll.close", close)).isEqualTo(answer);
        assertThat(bo.refused("poll.vote", Map.of("conversation", group, "seq", seq, "option", 1))
                        .reason())
                .isEqualTo("conversation.not_member");
    }

    @Test
    void setting_limitsTheOptions() throws Exception {
        Person ada = node.person();
        String group = ada.createGroup("Alone");
        assertThat(ada.refused("message.send", message(group, "Too many?", "A", "B", "C", "D"))
                        .reason())
                .isEqualTo("field.too_many");
        assertThat(send(ada, group, "Enough?", "A", "B", "C")).isPositive();
        assertThat(Configuration.load(
                                Optional.empty(),
                                Path.of("target").toAbsolutePath(),
                                Map.of(),
                                Features.settings(TestFeatures.ALL))
                        .print())
                .contains("polls.max-options=10");
    }

    @Test
    void malformedPoll_isRefused() throws Exception {
        Person ada = node.person();
        String group = ada.createGroup("Alone");
        assertThat(ada.refused("message.send", message(group, "One?", "A")).field())
                .contains("options");
        assertThat(ada.refused("message.send", message(group, "Same?", "A", "A"))
                        .reason())
                .isEqualTo("field.duplicate");
        long text = ada.say(group, "not a poll");
        assertThat(ada.refused("poll.vote", Map.of("conversation", group, "seq", text, "option", 0))
                        .reason())
                .isEqualTo("poll.not_found");
        long seq = send(ada, group, "Which?", "A", "B");
        assertThat(ada.refused("poll.vote", Map.of("conversation", group, "seq", seq, "option", 2))
                        .reason())
                .isEqualTo("field.out_of_range");
    }

    @Test
    void metric_countsVotes() throws Exception {
        Person ada = node.person();
        String group = ada.createGroup("Alone");
        vote(ada, group, send(ada, group, "Which?", "A", "B"), 0);
        String metrics = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        "http://127.0.0.1:" + node.app().adminPort() + "/metrics"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        assertThat(metrics).containsPattern("hongyan_polls_votes_total [1-9]");
    }

    @Test
    void description_includesTheFeature() {
        Description description = Description.of(node.app().frames(), node.app().http(), new FrameCodec());
        assertThat(description.problems()).isEmpty();
        assertThat(description.asyncApi().toString()).contains("poll.vote").contains("poll.changed");
    }

    private static long send(Person sender, String conversation, String question, String... options) throws Exception {
        return sender.ask("message.send", message(conversation, question, options))
                .get("seq")
                .asLong();
    }

    private static Map<String, Object> message(String conversation, String question, String... options) {
        return Map.of(
                "conversation",
                conversation,
                "clientId",
                Person.newClientId(),
                "content",
                Map.of("type", "poll", "question", question, "options", List.of(options)));
    }

    private static JsonNode vote(Person voter, String conversation, long seq, Integer option) throws Exception {
        Map<String, Object> vote = new HashMap<>(Map.of("conversation", conversation, "seq", seq));
        if (option != null) {
            vote.put("option", option);
        }
        return voter.ask("poll.vote", vote);
    }

    private static List<Integer> votes(JsonNode results) {
        return JSON.convertValue(
                results.get("votes"), JSON.getTypeFactory().constructCollectionType(List.class, Integer.class));
    }

    private static HttpResponse<String> http(Person person, String conversation, long seq) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(node.uri().resolve("/api/v1/polls/" + conversation + "/" + seq))
                                .header(
                                        "Authorization",
                                        "Bearer " + person.credentials().accessToken())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
