package im.hongyan.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.protocol.HttpRoutes.Method;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RoutesTest {
    record Named(String name) {
        Named {
            Check.present("name", name);
        }
    }

    private static final Principal CALLER =
            new Principal(new UserId(new UUID(0, 1)), new SessionId(new UUID(0, 2)), "socket");

    private final FrameCodec codec = new FrameCodec();
    private final FrameRoutes routes = new FrameRoutes(
            codec,
            failure -> failure instanceof IOException ? Rejection.unavailable("store.unavailable", "away", 500) : null);

    @Test
    void on_twoOwners_fails() {
        routes.on("a", Named.class, Named.class, (caller, named) -> Future.succeededFuture());

        assertThatThrownBy(() -> routes.on("a", Named.class, Named.class, (caller, named) -> Future.succeededFuture()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'a' has two owners");
        assertThat(routes.table()).containsOnlyKeys("a");
    }

    @Test
    void declarePush_twoOwners_fails() {
        routes.declarePush("a", Named.class);

        assertThatThrownBy(() -> routes.declarePush("a", Named.class)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void route_twoOwners_fails() {
        HttpRoutes calls = new HttpRoutes()
                .anonymous(
                        Method.GET, "/a", 200, Named.class, Named.class, (context, body) -> Future.succeededFuture());
        calls.anonymous(Method.POST, "/a", 200, Named.class, Named.class, (context, body) -> Future.succeededFuture());

        assertThatThrownBy(() -> calls.authenticated(
                        Method.GET, "/a", 200, Named.class, Named.class, (context, body) -> Future.succeededFuture()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("GET /a");
        assertThat(calls.table()).hasSize(2);
    }

    /** The name of a parameter does not make another route. */
    @Test
    void httpRoute_sameShapeAsOther_failsAtStartup() {
        HttpRoutes http = new HttpRoutes();
        HttpRoutes.Handler<Named, Named> handler = (context, named) -> Future.succeededFuture(named);
        http.anonymous(HttpRoutes.Method.GET, "/files/:id", 200, Named.class, Named.class, handler);
        http.anonymous(HttpRoutes.Method.GET, "/files/current", 200, Named.class, Named.class, handler);
        http.anonymous(HttpRoutes.Method.PUT, "/files/:name", 200, Named.class, Named.class, handler);

        assertThatThrownBy(() ->
                        http.anonymous(HttpRoutes.Method.GET, "/files/:name", 200, Named.class, Named.class, handler))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("two owners");
    }

    @Test
    void answer_handlerSucceeds_isOk() {
        routes.on("a", Named.class, Named.class, (caller, named) -> Future.succeededFuture(named));
        routes.on("none", Named.class, Named.class, (caller, named) -> Future.succeededFuture());

        assertThat(answer("a", "{\"name\":\"x\"}"))
                .hasToString("{\"type\":\"ok\",\"id\":\"1\",\"data\":{\"name\":\"x\"}}");
        assertThat(answer("none", "{\"name\":\"x\"}")).hasToString("{\"type\":\"ok\",\"id\":\"1\",\"data\":{}}");
    }

    @Test
    void answer_handlerFails_isError() {
        routes.on(
                        "rejects",
                        Named.class,
                        Named.class,
                        (caller, named) -> Future.failedFuture(
                                Rejection.conflict("taken", "taken").at("name").with("holder", "bob")))
                .on("throws", Named.class, Named.class, (caller, named) -> {
                    throw Rejection.limited("slow", "slower", 250);
                })
                .on(
                        "away",
                        Named.class,
                        Named.class,
                        (caller, named) -> Future.failedFuture(new IOException("secret detail")));

        JsonNode rejected = answer("rejects", "{\"name\":\"x\"}").get("error");
        assertThat(rejected.get("kind").asText()).isEqualTo("conflict");
        assertThat(rejected.get("field").asText()).isEqualTo("name");
        assertThat(rejected.get("holder").asText()).isEqualTo("bob");
        assertThat(answer("throws", "{\"name\":\"x\"}")
                        .at("/error/retryAfterMs")
                        .asLong())
                .isEqualTo(250);
        JsonNode away = answer("away", "{\"name\":\"x\"}").get("error");
        assertThat(away.get("kind").asText()).isEqualTo("unavailable");
        assertThat(away.toString()).doesNotContain("secret");
        assertThat(answer("a", "{}").at("/error/reason").asText()).isEqualTo("type.unknown");
        assertThat(answer("rejects", "{}").at("/error/field").asText()).isEqualTo("name");
    }

    private JsonNode answer(String type, String data) {
        Frame frame = routes.answer(CALLER, new Request(type, "1", codec.parseObject(data)))
                .result();
        assertThat(frame.dropPolicy()).isEqualTo(Frame.DropPolicy.NEVER);
        try {
            return new ObjectMapper().readTree(frame.bytes());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
