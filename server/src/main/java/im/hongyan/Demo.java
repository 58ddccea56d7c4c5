package im.hongyan;

import im.hongyan.protocol.Caller;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Incoming;
import im.hongyan.protocol.Request;
import im.hongyan.protocol.Routes;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A few people, two conversations and a group, for somebody who looks around. It asks for them as any client would, with
 * the same client ids each time, so that a second start adds nothing.
 */
final class Demo {
    static final String PASSWORD = "wild-geese-fly";

    private static final long DEADLINE_MS = 15_000;

    /** Username to display name. */
    private static final Map<String, String> PEOPLE = new LinkedHashMap<>();

    static {
        PEOPLE.put("lin", "林小雨");
        PEOPLE.put("marco", "Marco Rossi");
        PEOPLE.put("amina", "Amina Haddad");
        PEOPLE.put("sam", "Sam Okafor");
    }

    private final Routes routes;
    private final FrameCodec codec;
    private final HttpClient http;
    private final int port;
    private final String host;
    private final Map<String, Caller> people = new LinkedHashMap<>();
    private int step;

    private Demo(Vertx vertx, Routes routes, FrameCodec codec, String host, int port) {
        this.routes = routes;
        this.codec = codec;
        this.http = vertx.createHttpClient();
        this.host = host;
        this.port = port;
    }

    /** Fills a running node. The future's failure says what did not work. */
    static Future<Void> fill(Vertx vertx, Routes routes, FrameCodec codec, String host, int port) {
        Demo demo = new Demo(vertx, routes, codec, host, port);
        return demo.fill().timeout(60, TimeUnit.SECONDS).eventually(demo.http::close);
    }

    static String names() {
        return String.join(", ", PEOPLE.keySet());
    }

    private Future<Void> fill() {
        Future<?> signedIn = Future.succeededFuture();
        for (Map.Entry<String, String> person : PEOPLE.entrySet()) {
            signedIn = signedIn.compose(none -> signIn(person.getKey(), person.getValue()));
        }
        return signedIn.compose(none -> pair()).compose(none -> otherPair()).compose(none -> group());
    }

    private Future<Void> pair() {
        return open("lin", "marco").compose(talk -> say(talk, "lin", "你好 Marco! 欢迎来到鸿雁 🪿")
                .compose(seq -> say(talk, "marco", "Ciao Lin! It was one command, and here we are."))
                .compose(seq -> say(talk, "lin", "Did it ask you for anything? 它什么都没问我。"))
                .compose(seq ->
                        say(talk, "marco", "Nothing. PostgreSQL, Redis and the client came along by themselves."))
                .compose(seq -> react(talk, "lin", seq, "👍"))
                .compose(seq -> say(talk, "marco", "Open a second window as lin and write back: it arrives at once."))
                .mapEmpty());
    }

    private Future<Void> otherPair() {
        return open("amina", "lin").compose(talk -> say(talk, "amina", "مرحبا لين، هل وصلت رسالتي؟")
                .compose(seq -> say(talk, "lin", "وصلت! Loud and clear."))
                .mapEmpty());
    }

    private Future<Void> group() {
        JsonArray others = new JsonArray();
        for (String name : List.of("marco", "amina", "sam")) {
            others.add(people.get(name).user().text());
        }
        JsonObject create = new JsonObject()
                .put("clientId", "demo-group")
                .put("title", "Spring migration 🌾")
                .put("members", others);
        return ask("lin", "group.create", create)
                .map(data -> data.getJsonObject("conversation").getString("id"))
                .compose(group -> say(group, "lin", "Who flies first this year?")
                        .compose(seq -> say(group, "sam", "I have the map. Leaving at dawn."))
                        .compose(seq -> react(group, "amina", seq, "🌅"))
                        .compose(seq -> say(group, "marco", "I bring the coffee ☕"))
                        .compose(seq -> react(group, "lin", seq, "❤️"))
                        .compose(seq -> react(group, "sam", seq, "❤️"))
                        .compose(seq -> say(group, "amina", "A wild goose carries letters, so nobody gets lost."))
                        .mapEmpty());
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
                    people.put(username, new Caller(user, SessionId.of(session.getString("session")), null));
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

    private Future<String> open(String who, String other) {
        return ask(
                        who,
                        "conversation.open",
                        new JsonObject().put("user", people.get(other).user().text()))
                .map(data -> data.getJsonObject("conversation").getString("id"));
    }

    private Future<Long> say(String conversation, String who, String text) {
        JsonObject message = new JsonObject()
                .put("conversation", conversation)
                .put("clientId", "demo-" + ++step)
                .put("content", new JsonObject().put("type", "text").put("text", text));
        return ask(who, "message.send", message).map(data -> data.getLong("seq"));
    }

    /** @return the {@code seq} of the message, for what comes next */
    private Future<Long> react(String conversation, String who, long seq, String emoji) {
        JsonObject reaction = new JsonObject()
                .put("conversation", conversation)
                .put("clientId", "demo-" + ++step)
                .put("seq", seq)
                .put("emoji", emoji);
        return ask(who, "message.react", reaction).map(seq);
    }

    private Future<JsonObject> ask(String who, String type, JsonObject data) {
        JsonObject frame = new JsonObject().put("type", type).put("id", "demo").put("data", data);
        Incoming incoming = codec.incoming(frame.encode());
        if (!(incoming instanceof Request request)) {
            return Future.failedFuture("a frame of the demo is malformed: " + type);
        }
        return routes.answer(people.get(who), request)
                .timeout(DEADLINE_MS, TimeUnit.MILLISECONDS)
                .compose(answer -> {
                    JsonObject json = Buffer.buffer(answer.bytes()).toJsonObject();
                    return json.getString("type").equals("ok")
                            ? Future.succeededFuture(json.getJsonObject("data"))
                            : Future.failedFuture(type + " was answered: " + json.getJsonObject("error"));
                });
    }
}
