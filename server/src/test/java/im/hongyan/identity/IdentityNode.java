package im.hongyan.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.identity.IdentitySettings.Hashing;
import im.hongyan.identity.IdentitySettings.Limits;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.HttpRoutes.Method;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.Request;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The identity of one node, called in JSON as HTTP and sockets call it, with a clock that the test moves. */
final class IdentityNode implements IdentityEvents {
    static final String PASSWORD = "correct horse battery";
    static final String ADDRESS = "192.0.2.1";
    static final Limits GENEROUS = new Limits(100_000, 100_000, 100_000, 100_000, 100_000, address -> false);
    static final IdentitySettings SETTINGS = new IdentitySettings(
            List.of(new TokenKey("test", filled(7))),
            "hongyan",
            "hongyan",
            Duration.ofMinutes(15),
            Duration.ofDays(90),
            new Hashing(64, 1, 2, 1_000),
            GENEROUS);

    final Clock clock = new Clock();
    final List<SessionId> ended = new CopyOnWriteArrayList<>();
    final List<UserId> deleted = new CopyOnWriteArrayList<>();
    final List<JsonNode> pushed = new CopyOnWriteArrayList<>();
    final Identity identity;
    Consumer<SessionId> onEnded = session -> {};
    Function<UserId, Future<Void>> onDeleted = user -> Future.succeededFuture();

    private final FrameCodec codec = new FrameCodec();
    private final ObjectMapper json = new ObjectMapper();
    private final HttpRoutes calls = new HttpRoutes();
    private final FrameRoutes routes = new FrameRoutes(codec, failure -> null);

    IdentityNode(Vertx vertx, Postgres postgres, Redis redis) {
        this(vertx, postgres, redis, SETTINGS);
    }

    IdentityNode(Vertx vertx, Postgres postgres, Redis redis, IdentitySettings settings) {
        identity = new Identity(vertx, postgres, redis, settings, this, codec, clock);
        identity.onAccountDeleted("test", user -> {
            deleted.add(user);
            return onDeleted.apply(user);
        });
        identity.register(calls);
        identity.register(routes);
    }

    /** A clock that moves only when the test advances it. */
    static final class Clock implements InstantSource {
        private volatile Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

        @Override
        public Instant instant() {
            return now;
        }

        void advance(Duration by) {
            now = now.plus(by);
        }
    }

    static IdentitySettings with(Limits limits) {
        return new IdentitySettings(
                SETTINGS.keys(),
                SETTINGS.issuer(),
                SETTINGS.audience(),
                SETTINGS.accessToken(),
                SETTINGS.refreshToken(),
                SETTINGS.hashing(),
                limits);
    }

    static IdentitySettings with(Hashing hashing) {
        return new IdentitySettings(
                SETTINGS.keys(),
                SETTINGS.issuer(),
                SETTINGS.audience(),
                SETTINGS.accessToken(),
                SETTINGS.refreshToken(),
                hashing,
                SETTINGS.limits());
    }

    static String freshName() {
        return "u" + Id.Text.encode(Id.next());
    }

    private static byte[] filled(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Override
    public void sessionsEnded(Set<SessionId> sessions) {
        ended.addAll(sessions);
        sessions.forEach(onEnded);
    }

    @Override
    public void profileChanged(UserId user, Frame frame) {
        try {
            pushed.add(json.readTree(frame.bytes()));
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    /** What a device has after it registered, signed in or refreshed. */
    record Device(JsonNode answer) {
        String accessToken() {
            return answer.get("accessToken").textValue();
        }

        String refreshToken() {
            return answer.get("refreshToken").textValue();
        }

        SessionId session() {
            return SessionId.of(answer.get("session").textValue());
        }

        UserId user() {
            return UserId.of(answer.get("user").get("id").textValue());
        }

        String username() {
            return answer.get("user").get("username").textValue();
        }
    }

    Device register(String username) {
        return new Device(await(registering(username)));
    }

    Future<JsonNode> registering(String username) {
        return open(
                Method.POST, "/accounts", body -> body.put("username", username).put("password", PASSWORD));
    }

    Device signIn(String username) {
        return new Device(await(signingIn(username, PASSWORD)));
    }

    Future<JsonNode> signingIn(String username, String password) {
        return open(
                Method.POST, "/sessions", body -> body.put("username", username).put("password", password));
    }

    Future<JsonNode> refreshing(String refreshToken) {
        return open(Method.POST, "/sessions/refresh", body -> body.put("refreshToken", refreshToken));
    }

    Device refresh(String refreshToken) {
        return new Device(await(refreshing(refreshToken)));
    }

    /** A request without a token. */
    Future<JsonNode> open(Method method, String path, UnaryOperator<ObjectNode> body) {
        return openFrom(ADDRESS, method, path, body);
    }

    Future<JsonNode> openFrom(String address, Method method, String path, UnaryOperator<ObjectNode> body) {
        return call(new HttpRoutes.RequestContext(null, address), find(method, path, false), body);
    }

    /** A request of the device, authenticated as HTTP does it. */
    Future<JsonNode> as(Device device, Method method, String path, UnaryOperator<ObjectNode> body) {
        return identity.authenticate(device.accessToken())
                .compose(
                        caller -> call(new HttpRoutes.RequestContext(caller, ADDRESS), find(method, path, true), body));
    }

    Future<JsonNode> as(Device device, Method method, String path) {
        return as(device, method, path, UnaryOperator.identity());
    }

    private HttpRoutes.HttpRoute<?, ?> find(Method method, String path, boolean authenticated) {
        return calls.table().stream()
                .filter(call -> call.method() == method && call.path().equals(path))
                .filter(call -> call.authenticated() == authenticated)
                .findFirst()
                .orElseThrow();
    }

    private <T> Future<JsonNode> call(
            HttpRoutes.RequestContext origin, HttpRoutes.HttpRoute<T, ?> call, UnaryOperator<ObjectNode> body) {
        String text = body.apply(json.createObjectNode()).toString();
        return Future.succeededFuture()
                .compose(begin -> call.handler().handle(origin, codec.decode(codec.parseObject(text), call.body())))
                .map(answer -> {
                    if ((answer == null) != (call.status() == 204)) {
                        throw new AssertionError(call.path() + " answers " + call.status() + " with " + answer);
                    }
                    return codec.parseObject(answer == null ? "" : codec.json(answer));
                });
    }

    /** The whole answer to a frame. */
    JsonNode frame(Device device, String type, UnaryOperator<ObjectNode> data) {
        Principal caller = await(identity.authenticate(device.accessToken()));
        Request request = new Request(type, "1", data.apply(json.createObjectNode()));
        try {
            return json.readTree(
                    new String(await(routes.answer(caller, request)).bytes(), StandardCharsets.UTF_8));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer in 60 s", e);
        }
    }

    /** The rejection with which a future fails. */
    static Rejection refusal(Future<?> future) {
        return (Rejection) failure(future);
    }

    static Throwable failure(Future<?> future) {
        return await(future.transform(outcome -> outcome.succeeded()
                ? Future.failedFuture(new AssertionError("it succeeded"))
                : Future.succeededFuture(outcome.cause())));
    }
}
