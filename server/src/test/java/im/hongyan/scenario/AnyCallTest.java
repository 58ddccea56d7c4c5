package im.hongyan.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.gateway.RawSocket;
import im.hongyan.protocol.HttpRoutes.HttpRoute;
import im.hongyan.protocol.HttpRoutes.Method;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every JSON route. */
class AnyCallTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    @RegisterExtension
    static final Scene scene = new Scene(node);

    static List<HttpRoute<?, ?>> calls() {
        return node.app().http().table();
    }

    @ParameterizedTest
    @MethodSource("calls")
    void withoutToken_failsIfAuthenticated(HttpRoute<?, ?> call) throws Exception {
        String before = scene.stored();
        for (String authorization : new String[] {"X: y", "Authorization: Bearer x", "Authorization: Bearer a.b.c"}) {
            RawSocket.Reply reply = send(call.method().name(), path(call), authorization, "{}");
            if (call.authenticated()) {
                assertThat(reply.status()).isEqualTo(401);
                assertThat(reply.header("WWW-Authenticate")).contains("Bearer");
                assertThat(reply.json().path("kind").asText()).isEqualTo("unauthenticated");
            } else {
                assertThat(reply.status()).isNotEqualTo(500);
            }
        }
        assertThat(scene.stored()).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("calls")
    void otherMethod_failsWithAllowHeader(HttpRoute<?, ?> call) throws Exception {
        String before = scene.stored();
        List<String> allowed = calls().stream()
                .filter(other -> path(other).equals(path(call)))
                .flatMap(other -> other.method() == Method.GET
                        ? Stream.of("GET", "HEAD")
                        : Stream.of(other.method().name()))
                .toList();
        for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")) {
            // DELETE /sessions/current also matches DELETE /sessions/:id.
            if (!allowed.contains(method)
                    && !(method.equals("DELETE") && path(call).contains("/sessions/"))) {
                RawSocket.Reply reply = send(method, path(call), token(), "");
                assertThat(reply.status()).as(method).isEqualTo(405);
                assertThat(reply.header("Allow").orElse("")).contains(allowed);
            }
        }
        assertThat(scene.stored()).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("calls")
    void unknownField_failsNamingField(HttpRoute<?, ?> call) throws Exception {
        String before = scene.stored();
        String sample = sample(call);
        assertRefused(
                call,
                "{\"zzz\":1" + (sample.equals("{}") ? "" : ",") + sample.substring(1),
                400,
                "field.unknown",
                "zzz");
        RawSocket.Reply inQuery = send(call.method().name(), path(call) + "?zzz=1", token(), sample);
        assertThat(scene.stored()).isEqualTo(before);
        assertThat(inQuery.status()).isEqualTo(400);
        assertThat(inQuery.json().path("field").asText()).isEqualTo("zzz");
    }

    @ParameterizedTest
    @MethodSource("calls")
    void wrongType_failsNamingField(HttpRoute<?, ?> call) throws Exception {
        String before = scene.stored();
        for (RecordComponent component : call.body().getRecordComponents()) {
            if (call.path().contains(":" + component.getName())) {
                continue;
            }
            Class<?> type = isText(component.getType()) ? String.class : component.getType();
            for (String wrong : AnyFrameTest.wrongFor(type)) {
                String body = "{\"" + component.getName() + "\":" + wrong + "}";
                RawSocket.Reply reply = send(call.method().name(), path(call), token(), body);
                assertThat(reply.status()).as(body).isEqualTo(400);
                assertThat(reply.json().path("field").asText()).as(body).startsWith(component.getName());
            }
            String twice = "{\"" + component.getName() + "\":null,\"" + component.getName() + "\":null}";
            assertRefused(call, twice, 400, "json.malformed", null);
        }
        assertThat(scene.stored()).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("calls")
    void brokenBody_fails(HttpRoute<?, ?> call) throws Exception {
        String before = scene.stored();
        assertRefused(call, "{\"a\":", 400, "json.malformed", null);
        assertRefused(call, "[]", 400, "body.malformed", null);
        assertRefused(call, "null", 400, "body.malformed", null);
        assertRefused(call, "{\"a\":" + "[".repeat(5_000), 400, "json.malformed", null);
        assertRefused(call, "{\"a\":\"\\xff\"}", 400, "body.malformed", null);
        assertRefused(call, " ".repeat(65 << 10), 413, "body.too_big", null);
        RawSocket.Reply form = send(
                call.method().name(),
                path(call),
                token() + "\r\nContent-Type: application/x-www-form-urlencoded",
                "a=b");
        assertThat(form.status()).isEqualTo(415);
        assertThat(scene.stored()).isEqualTo(before);
    }

    /** The required fields; an unknown field is only reported if they are present. */
    private static String sample(HttpRoute<?, ?> call) {
        return switch (call.method() + call.path()) {
            case "POST/accounts", "POST/sessions" -> "{\"username\":\"zoe\",\"password\":\"correct horse battery\"}";
            case "POST/sessions/refresh" -> "{\"refreshToken\":\"" + scene.name("refreshToken") + "\"}";
            case "PATCH/me" -> "{\"displayName\":\"Zoe\"}";
            case "POST/me/password" -> "{\"oldPassword\":\"correct horse\",\"newPassword\":\"correct horse battery\"}";
            case "DELETE/me" -> "{\"password\":\"correct horse battery\"}";
            case "POST/wallet/top-ups" -> "{\"amount\":100,\"key\":\"sample\"}";
            case "GET/users" -> "{\"username\":\"zoe\"}";
            default -> "{}";
        };
    }

    private static void assertRefused(HttpRoute<?, ?> call, String body, int status, String reason, String field)
            throws IOException {
        RawSocket.Reply reply = send(call.method().name(), path(call), token(), body);
        assertThat(reply.status()).as(Scene.brief(body)).isEqualTo(status);
        JsonNode problem = reply.json();
        assertThat(problem.path("reason").asText()).as(Scene.brief(body)).isEqualTo(reason);
        assertThat(problem.path("field").asText(null)).as(Scene.brief(body)).isEqualTo(field);
        assertThat(problem.path("status").asInt()).isPositive();
    }

    private static RawSocket.Reply send(String method, String path, String header, String body) throws IOException {
        byte[] bytes = Scene.bytes(body);
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        String head = method + " /api/v1" + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n"
                + "Content-Length: " + bytes.length + "\r\n\r\n";
        request.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        request.writeBytes(bytes);
        try (RawSocket connection = RawSocket.connect(node.app().port())) {
            connection.write(request.toByteArray());
            return connection.reply();
        }
    }

    private static String token() {
        return "Authorization: Bearer " + scene.name("token");
    }

    private static String path(HttpRoute<?, ?> call) {
        return call.path().replaceAll(":\\w+", scene.name("nowhere"));
    }

    /** The types that are text in JSON. */
    private static boolean isText(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .anyMatch(method -> method.isAnnotationPresent(JsonCreator.class)
                        && Arrays.equals(method.getParameterTypes(), new Class<?>[] {String.class}));
    }
}
