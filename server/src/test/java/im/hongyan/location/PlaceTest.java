package im.hongyan.location;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.scenario.TestUser;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Places: messages with a point on the map. */
class PlaceTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    private static JsonNode received(TestUser sender, TestUser reader, String place) throws Exception {
        String pair = sender.openWith(reader);
        return reader.receiveEntry(pair, send(sender, pair, place));
    }

    private static long send(TestUser sender, String conversation, String place) throws Exception {
        return sender.ask("message.send", message(conversation, place))
                .get("seq")
                .asLong();
    }

    private static Map<String, Object> message(String conversation, String place) throws Exception {
        return Map.of(
                "conversation", conversation,
                "clientId", TestUser.newClientId(),
                "content", JSON.readTree(place.replace('\'', '"')));
    }

    @Test
    void place_isRounded_andReadAsAMessage() throws Exception {
        JsonNode entry = received(
                node.user(),
                node.user(),
                "{'type':'place','latitude':45.46420412,'longitude':-0.00000004,'accuracy':12.34,"
                        + "'name':' Duomo ','address':'Piazza del Duomo'}");

        assertThat(entry.get("content"))
                .isEqualTo(
                        JSON.readTree(
                                """
                        {"type":"place","latitude":45.464204,"longitude":0.0,"accuracy":12.3,
                         "name":"Duomo","address":"Piazza del Duomo"}"""));
        assertThat(entry.get("summary").asText()).isEqualTo("📍 Duomo");
        assertThat(entry.get("counts").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'address':'Via 1'           | 📍 Via 1",
                "'accuracy':0                | 📍 -90.000000, 180.000000",
                "'name':'Pole','address':'x' | 📍 Pole",
            })
    void summary_isTheBestText(String fields, String summary) throws Exception {
        JsonNode entry = received(
                node.user(),
                node.user(),
                "{'type':'place','latitude':-90,'longitude':180," + fields.replace("''", "'") + "}");

        assertThat(entry.get("summary").asText()).isEqualTo(summary);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'longitude':0                                   | field.missing      | content.latitude",
                "'latitude':0                                    | field.missing      | content.longitude",
                "'latitude':90.0000001,'longitude':0             | field.out_of_range | content.latitude",
                "'latitude':0,'longitude':-180.0000001           | field.out_of_range | content.longitude",
                "'latitude':1e400,'longitude':0                  | field.out_of_range | content.latitude",
                "'latitude':'45','longitude':0                   | field.type         | content.latitude",
                "'latitude':'NaN','longitude':0                  | field.out_of_range | content.latitude",
                "'latitude':true,'longitude':0                   | field.type         | content.latitude",
                "'latitude':null,'longitude':0                   | field.missing      | content.latitude",
                "'latitude':0,'longitude':0,'accuracy':-1        | field.out_of_range | content.accuracy",
                "'latitude':0,'longitude':0,'accuracy':100000.1  | field.out_of_range | content.accuracy",
                "'latitude':0,'longitude':0,'name':' '           | field.empty        | content.name",
                "'latitude':0,'longitude':0,'name':'a\\nb'       | field.control      | content.name",
                "'latitude':0,'longitude':0,'altitude':3         | field.unknown      | content.altitude",
            })
    void malformedPlace_isRefused(String fields, String reason, String field) throws Exception {
        TestUser ada = node.user();
        String pair = ada.openWith(node.user());

        ChatError refused = ada.refused("message.send", message(pair, "{'type':'place'," + fields + "}"));

        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(refused.body().get("field").asText()).isEqualTo(field);
    }

    @Test
    void longTexts_areRefused() throws Exception {
        TestUser ada = node.user();
        String pair = ada.openWith(node.user());
        String point = "{'type':'place','latitude':0,'longitude':0,";

        assertThat(ada.refused("message.send", message(pair, point + "'name':'" + "n".repeat(101) + "'}"))
                        .reason())
                .isEqualTo("field.too_long");
        assertThat(ada.refused("message.send", message(pair, point + "'address':'" + "a".repeat(301) + "'}"))
                        .reason())
                .isEqualTo("field.too_long");
        assertThat(send(ada, pair, point + "'name':'" + "n".repeat(100) + "'}")).isPositive();
    }

    @Test
    void place_cannotBeEdited() throws Exception {
        TestUser ada = node.user();
        String pair = ada.openWith(node.user());
        long seq = send(ada, pair, "{'type':'place','latitude':1,'longitude':2}");

        Map<String, Object> edit = Map.of(
                "conversation",
                pair,
                "seq",
                seq,
                "clientId",
                "edit",
                "content",
                JSON.readTree("{\"type\":\"place\",\"latitude\":3,\"longitude\":4}"));

        assertThat(ada.refused("message.edit", edit).reason()).isEqualTo("content.not_editable");
    }
}
