package im.hongyan.local.demo;

import im.hongyan.local.demo.DemoScript.Line;
import im.hongyan.local.demo.DemoScript.Talk;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.InboundFrame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Request;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Demo users, conversations and messages. They are created through the protocol, like any client's, with the same
 * client ids each time, so that a second start adds nothing.
 */
public final class Demo {
    public static final String PASSWORD = "wild-geese-fly";

    private static final long DEADLINE_MS = 15_000;

    private final FrameRoutes routes;
    private final FrameCodec codec;
    private final HttpClient http;
    private final int port;
    private final String host;
    private final Map<String, Principal> users = new LinkedHashMap<>();

    private Demo(Vertx vertx, FrameRoutes routes, FrameCodec codec, String host, int port) {
        this.routes = routes;
        this.codec = codec;
        this.http = vertx.createHttpClient();
        this.host = host;
        this.port = port;
    }

    /** Creates the demo data on a running node. */
    public static Future<Void> fill(Vertx vertx, FrameRoutes routes, FrameCodec codec, String host, int port) {
        Demo demo = new Demo(vertx, routes, codec, host, port);
        return demo.fill().timeout(60, TimeUnit.SECONDS).eventually(demo.http::close);
    }

    public static String names() {
        return String.join(", ", DemoScript.USERS.keySet());
    }

    private Future<Void> fill() {
        return inTurn(DemoScript.USERS.entrySet(), user -> signIn(user.getKey(), user.getValue()))
                .compose(none -> inTurn(DemoScript.TALKS, this::talk));
    }

    private Future<Void> talk(Talk talk) {
        Future<String> conversation = talk.title() == null ? open(talk) : group(talk);
        return conversation.compose(id -> {
            List<Long> said = new ArrayList<>();
            return inTurn(talk.lines(), line -> say(talk, id, line, said))
                    .compose(none -> inTurn(talk.readBy(), who -> read(id, who, said.get(said.size() - 1))));
        });
    }

    private Future<String> open(Talk talk) {
        return begin(
                talk,
                "conversation.open",
                new JsonObject().put("user", idOf(talk.users().get(1))));
    }

    private Future<String> group(Talk talk) {
        JsonArray others = new JsonArray();
        talk.users().stream().skip(1).map(this::idOf).forEach(others::add);
        JsonObject create = new JsonObject()
                .put("clientId", "demo-" + talk.id())
                .put("title", talk.title())
                .put("members", others);
        return begin(talk, "group.create", create);
    }

    private Future<String> begin(Talk talk, String type, JsonObject data) {
        return ask(talk.users().get(0), type, data)
                .map(answer -> answer.getJsonObject("conversation").getString("id"));
    }

    /** @param said the {@code seq} of each line so far; receives that of this line */
    private Future<Void> say(Talk talk, String conversation, Line line, List<Long> said) {
        String clientId = "demo-" + talk.id() + "-" + (said.size() + 1);
        JsonObject content = new JsonObject().put("type", "text").put("text", line.text());
        if (line.mentions() != null) {
            content.put("mentions", new JsonArray().add(idOf(line.mentions())));
        }
        JsonObject message = new JsonObject()
                .put("conversation", conversation)
                .put("clientId", clientId)
                .put("content", content);
        if (line.answers() > 0) {
            message.put("replyTo", said.get(line.answers() - 1));
        }
        return ask(line.who(), "message.send", message).compose(answer -> {
            long seq = answer.getLong("seq");
            said.add(seq);
            JsonObject reaction = new JsonObject()
                    .put("conversation", conversation)
                    .put("clientId", clientId)
                    .put("seq", seq);
            return inTurn(line.reactions().entrySet(), given -> ask(
                            given.getKey(), "message.react", reaction.copy().put("emoji", given.getValue()))
                    .mapEmpty());
        });
    }

    private Future<Void> read(String conversation, String who, long seq) {
        return ask(
                        who,
                        "read.mark",
                        new JsonObject().put("conversation", conversation).put("seq", seq))
                .mapEmpty();
    }

    private String idOf(String username) {
        return users.get(username).user().text();
    }

    private static <T> Future<Void> inTurn(Iterable<T> all, Function<T, Future<Void>> step) {
        Future<Void> done = Future.succeededFuture();
        for (T one : all) {
            done = done.compose(none -> step.apply(one));
        }
        return done;
    }

    private Future<Void> signIn(String username, String displayName) {
        JsonObject credentials = new JsonObject()
                .put("username", username)
                .put("password", PASSWORD)
                .put("device", "Demo");
        return post("/api/v1/sessions", credentials)
                .recover(unknown -> {
                    credentials.remove("device");
                    return post("/api/v1/accounts", credentials.put("displayName", displayName));
                })
                .map(session -> {
                    UserId user = UserId.of(session.getJsonObject("user").getString("id"));
                    users.put(username, new Principal(user, SessionId.of(session.getString("session")), null));
                    return null;
                });
    }

    private Future<JsonObject> post(String path, JsonObject body) {
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(host)
                .setPort(port)
                .setURI(path)
                .setTimeout(DEADLINE_MS)
                .putHeader("Content-Type", "application/json");
        return http.request(request).compose(open -> open.send(body.toBuffer())).compose(response -> response.body()
                .compose(answer -> response.statusCode() < 300
                        ? Future.succeededFuture(answer.toJsonObject())
                        : Future.failedFuture(path + " answered " + response.statusCode() + ": " + answer)));
    }

    private Future<JsonObject> ask(String who, String type, JsonObject data) {
        JsonObject frame = new JsonObject().put("type", type).put("id", "demo").put("data", data);
        InboundFrame incoming = codec.parseFrame(frame.encode());
        if (!(incoming instanceof Request request)) {
            return Future.failedFuture("a demo frame is malformed: " + type);
        }
        return routes.answer(users.get(who), request)
                .timeout(DEADLINE_MS, TimeUnit.MILLISECONDS)
                .compose(answer -> {
                    JsonObject json = Buffer.buffer(answer.bytes()).toJsonObject();
                    return json.getString("type").equals("ok")
                            ? Future.succeededFuture(json.getJsonObject("data"))
                            : Future.failedFuture(type + " was answered: " + json.getJsonObject("error"));
                });
    }
}
