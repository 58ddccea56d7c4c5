package im.hongyan.http.description;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.http.fixture.FileRoutes;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import org.junit.jupiter.api.Test;

/** Stream routes, and an id type that the core does not know, in the OpenAPI document. */
class StreamRouteDescriptionTest {
    private final FrameCodec codec = new FrameCodec();

    private Description describe(HttpRoutes routes) {
        return Description.of(new FrameRoutes(codec, failure -> null), routes, codec);
    }

    private JsonNode openApi() {
        HttpRoutes routes = new HttpRoutes();
        new FileRoutes(codec).register(routes);
        Description description = describe(routes);
        // The other problems concern frames and routes of the core, which are not registered here.
        assertThat(description.problems()).noneMatch(problem -> problem.contains("ile") || problem.contains("Stored"));
        return Documents.tree(codec.bytes(description.openApi()));
    }

    @Test
    void upload_hasContentTypesLimitAndJsonResponse() {
        JsonNode put = openApi().at("/paths/~1files~1{name}/put");

        assertThat(put.at("/requestBody/content").fieldNames()).toIterable().containsExactly("text/plain", "image/*");
        assertThat(put.at("/requestBody/description").asText()).contains("200000 bytes");
        assertThat(put.at("/responses/201/content/application~1json/schema/$ref")
                        .asText())
                .isEqualTo("#/components/schemas/Stored");
        assertThat(put.at("/security/0/bearer").isArray()).isTrue();
        assertThat(put.at("/responses/401").isMissingNode()).isFalse();
        assertThat(put.at("/parameters").findValuesAsText("in")).containsExactly("path", "query", "query", "header");
    }

    @Test
    void download_hasStatuses() {
        JsonNode get = openApi().at("/paths/~1files~1{name}/get");

        assertThat(get.has("requestBody")).isFalse();
        assertThat(get.get("security")).isEmpty();
        for (String status : new String[] {"200", "206"}) {
            assertThat(get.get("responses").get(status).at("/content").fieldNames())
                    .toIterable()
                    .containsExactly("application/octet-stream");
        }
        assertThat(get.at("/responses/304").has("content")).isFalse();
        assertThat(get.at("/responses/404/description").asText()).contains("file.unknown");
    }

    @Test
    void idOfFeature_hasDescribedFormat() {
        JsonNode parameters = openApi().at("/paths/~1files~1{name}/get/parameters");

        assertThat(parameters.get(1).get("name").asText()).isEqualTo("version");
        assertThat(parameters.get(1).at("/schema/format").asText()).isEqualTo("file-id");
        assertThat(parameters.get(1).at("/schema/type").asText()).isEqualTo("string");
    }

    @Test
    void streamRoute_notDescribed_isAProblem() {
        HttpRoutes routes = new HttpRoutes();
        routes.stream(new HttpRoutes.StreamRoute<>(
                HttpRoutes.Method.GET,
                "/undescribed",
                true,
                Object.class,
                HttpRoutes.StreamContent.download("image/png"),
                new HttpRoutes.StreamLimits(0, java.time.Duration.ofSeconds(1)),
                (context, parameters, exchange) -> exchange.response().end()));

        assertThat(describe(routes).problems()).contains("route GET /undescribed is not described");
    }
}
