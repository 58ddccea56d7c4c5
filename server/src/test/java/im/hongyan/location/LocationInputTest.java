package im.hongyan.location;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.protocol.UserId;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.scenario.ServerLog;
import im.hongyan.scenario.TestUser;
import io.vertx.sqlclient.Tuple;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bad requests of live locations get a clear error each, and the server logs nothing. */
class LocationInputTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final NodeExtension node = new NodeExtension()
            .with("HONGYAN_LOCATION_MAX_SHARE_SECONDS", "3600")
            .with("HONGYAN_LOCATION_TILE_URL", "https://tile.example.org:8443/{z}/{x}/{y}.png")
            .with("HONGYAN_LOCATION_TILE_ATTRIBUTION", "© Example")
            .with("HONGYAN_LOCATION_TILE_CRS", "gcj02");

    @RegisterExtension
    static final ServerLog log = new ServerLog();

    @AfterEach
    void nothingIsLogged() {
        log.assertQuiet();
    }

    private static JsonNode json(String text) throws Exception {
        return JSON.readTree(text.replace('\'', '"'));
    }

    private static String start(TestUser user, String conversation) throws Exception {
        return user.ask("location.start", starting(conversation, "3600", "'precise'"))
                .get("share")
                .asText();
    }

    private static JsonNode starting(String conversation, String seconds, String precision) throws Exception {
        return json("{'conversation':'" + conversation + "','clientId':'" + TestUser.newClientId() + "','seconds':"
                + seconds + ",'precision':" + precision + "}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'latitude':90.5,'longitude':0,'accuracy':1,'measuredAt':NOW      | field.out_of_range | latitude",
                "'latitude':-90.5,'longitude':0,'accuracy':1,'measuredAt':NOW     | field.out_of_range | latitude",
                "'latitude':0,'longitude':180.5,'accuracy':1,'measuredAt':NOW     | field.out_of_range | longitude",
                "'latitude':1e999,'longitude':0,'accuracy':1,'measuredAt':NOW     | field.out_of_range | latitude",
                "'latitude':'NaN','longitude':0,'accuracy':1,'measuredAt':NOW     | field.out_of_range | latitude",
                "'latitude':'45.1','longitude':0,'accuracy':1,'measuredAt':NOW    | field.type         | latitude",
                "'latitude':[1],'longitude':0,'accuracy':1,'measuredAt':NOW       | field.type         | latitude",
                "'longitude':0,'accuracy':1,'measuredAt':NOW                      | field.missing      | latitude",
                "'latitude':0,'longitude':0,'measuredAt':NOW                      | field.missing      | accuracy",
                "'latitude':0,'longitude':0,'accuracy':-0.1,'measuredAt':NOW      | field.out_of_range | accuracy",
                "'latitude':0,'longitude':0,'accuracy':100001,'measuredAt':NOW    | field.out_of_range | accuracy",
                "'latitude':0,'longitude':0,'accuracy':1                          | field.missing      | measuredAt",
                "'latitude':0,'longitude':0,'accuracy':1,'measuredAt':1           | field.type         | measuredAt",
                "'latitude':0,'longitude':0,'accuracy':1,'measuredAt':'yesterday' | field.type         | measuredAt",
                "'latitude':0,'longitude':0,'accuracy':1,'measuredAt':FUTURE      | field.out_of_range | measuredAt",
                "'latitude':0,'longitude':0,'accuracy':1,'measuredAt':'1969-12-31T23:59:59Z'"
                        + "                                                       | field.out_of_range | measuredAt",
                "'latitude':0,'longitude':0,'accuracy':1,'measuredAt':NOW,'heading':361"
                        + "                                                       | field.out_of_range | heading",
                "'latitude':0,'longitude':0,'accuracy':1,'measuredAt':NOW,'speed':-1"
                        + "                                                       | field.out_of_range | speed",
                "'paused':true,'latitude':0                                       | location.form      | paused",
                "'paused':false                                                   | field.missing      | latitude",
                "'paused':1                                                       | field.type         | paused",
                "'paused':true,'n':-1                                             | field.out_of_range | n",
                "'paused':true,'n':9007199254740992                               | field.out_of_range | n",
                "'paused':true,'n':1.5                                            | field.type         | n",
                "'paused':true,'altitude':7                                       | field.unknown      | altitude",
            })
    void update_invalid(String fields, String reason, String field) throws Exception {
        TestUser ada = node.user();
        String share = start(ada, ada.createGroup("Alone"));
        String timed = fields.replace("NOW", "'" + Instant.now() + "'")
                .replace("FUTURE", "'" + Instant.now().plusSeconds(75) + "'");

        ChatError refused = ada.refused(
                "location.update",
                json("{'share':'" + share + "'," + (fields.contains("'n'") ? "" : "'n':1,") + timed + "}"));

        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(refused.body().get("field").asText()).isEqualTo(field);
        // Nothing was taken: the same number is still new.
        ada.ask("location.update", json("{'share':'" + share + "','n':0,'paused':true}"));
    }

    @Test
    void update_fiftySecondsAhead_isTaken() throws Exception {
        TestUser ada = node.user();
        String share = start(ada, ada.createGroup("Alone"));

        ada.ask(
                "location.update",
                json("{'share':'" + share + "','n':1,'latitude':0,'longitude':0,'accuracy':1,'measuredAt':'"
                        + Instant.now().plusSeconds(50) + "'}"));
    }

    @ParameterizedTest
    @CsvSource({
        "59, 'precise', field.out_of_range",
        "3601, 'precise', field.out_of_range",
        "86401, 'precise', field.out_of_range",
        "1e2, 'precise', field.type",
        "60, 'exact', location.form",
        "60, null, field.missing",
    })
    void start_invalid(String seconds, String precision, String reason) throws Exception {
        TestUser ada = node.user();
        String value = precision.equals("null") ? precision : "'" + precision + "'";

        assertThat(ada.refused("location.start", starting(ada.createGroup("Alone"), seconds, value))
                        .reason())
                .isEqualTo(reason);
    }

    @Test
    void strangers_areRefused() throws Exception {
        TestUser ada = node.user();
        TestUser eve = node.user();
        String group = ada.createGroup("Alone");

        assertThat(eve.refused("location.start", starting(group, "60", "'precise'"))
                        .reason())
                .isEqualTo("conversation.not_member");
        assertThat(eve.refused("location.watch", Map.of("conversation", group)).reason())
                .isEqualTo("conversation.not_member");
        assertThat(eve.refused("location.stop", Map.of("share", start(ada, group)))
                        .reason())
                .isEqualTo("location.not_found");
    }

    @Test
    void flood_isLimited() throws Exception {
        TestUser ada = node.user();
        String share = start(ada, ada.createGroup("Alone"));
        Set<String> reasons = new HashSet<>();
        for (int n = 1; n <= 2_000 && reasons.size() < 2; n++) {
            try {
                ada.ask("location.update", Map.of("share", share, "n", n, "paused", true));
                reasons.add("ok");
            } catch (ChatError refused) {
                assertThat(refused.body().get("retryAfterMs").asLong()).isPositive();
                reasons.add(refused.reason());
            }
        }

        assertThat(reasons).isSubsetOf("ok", "location.rate");
        ada.ask("ping", Map.of());
    }

    @Test
    void tooManyShares_areRefused() throws Exception {
        TestUser ada = node.user();
        String group = ada.createGroup("One");
        String another = ada.createGroup("Another");
        await(node.stores()
                .postgres()
                .query(
                        """
                        INSERT INTO location_share
                          (id, conversation, user_id, session, client_id, seconds, precision, seq, expires_at)
                        SELECT gen_random_uuid(), gen_random_uuid(), $1, gen_random_uuid(), 'x', 60, 'precise', 1,
                          clock_timestamp() + interval '1 hour'
                        FROM generate_series(1, $2)""",
                        Tuple.of(UserId.of(ada.id()).value(), LiveShares.MAX_PER_USER - 1)));
        start(ada, group);

        ChatError refused = ada.refused("location.start", starting(another, "60", "'precise'"));

        assertThat(refused.reason()).isEqualTo("location.too_many");
        assertThat(refused.body().get("max").asInt()).isEqualTo(LiveShares.MAX_PER_USER);
        // A new share in the same conversation replaces the old one.
        start(ada, group);
        assertThat(ada.ask("location.shares", Map.of()).get("shares")).hasSize(LiveShares.MAX_PER_USER);
    }

    @Test
    void tooManyWatches_areRefused() throws Exception {
        TestUser ada = node.user();
        for (int i = 0; i < PositionTicks.MAX_PER_SOCKET; i++) {
            ada.ask("location.watch", Map.of("conversation", ada.createGroup("Group " + i)));
        }
        String another = ada.createGroup("Another");

        assertThat(ada.refused("location.watch", Map.of("conversation", another))
                        .reason())
                .isEqualTo("location.watched");
    }

    @Test
    void map_hasTheSettings_andThePagesMayLoadTiles() throws Exception {
        TestUser ada = node.user();
        HttpResponse<String> map = get("/api/v1/location/map", ada.credentials().accessToken());

        assertThat(map.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(map.body()))
                .isEqualTo(
                        json(
                                """
                                {'tileUrl':'https://tile.example.org:8443/{z}/{x}/{y}.png',
                                 'tileAttribution':'© Example',
                                 'tileCrs':'gcj02','maxShareSeconds':3600,'minUpdateMs':2000,'cellKm':1}"""));
        assertThat(get("/api/v1/location/map", null).statusCode()).isEqualTo(401);
        HttpResponse<String> page = get("/", null);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .containsPattern("img-src [^;]*https://tile\\.example\\.org:8443");
        assertThat(page.headers().firstValue("Permissions-Policy").orElseThrow())
                .contains("geolocation=(self)");
    }

    private static HttpResponse<String> get(String path, String token) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(node.uri() + path));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
