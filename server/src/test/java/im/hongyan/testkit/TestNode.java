package im.hongyan.testkit;

import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Presence;
import im.hongyan.delivery.Sockets;
import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureHooks;
import im.hongyan.feature.Services;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Profile;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.Request;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.StoresExtension;
import im.hongyan.store.redis.Redis;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.DigestKey;
import im.hongyan.timeline.EntriesReadHandler;
import im.hongyan.timeline.GroupLimits;
import im.hongyan.timeline.Groups;
import im.hongyan.timeline.ReadMarks;
import im.hongyan.timeline.Sync;
import im.hongyan.timeline.Timeline;
import im.hongyan.timeline.UserDirectory;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The log with its conversations and groups, and features on it, on real stores and without sockets and periodic tasks.
 * Requests take the same tables, records and checks as those of a gateway.
 *
 * <p>There are no accounts: every {@link UserId} is a user, whose display name is {@code Name of} and the id.
 */
public class TestNode {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final GroupLimits GROUP_LIMITS = new GroupLimits(10_000, 20_000, 1_000_000, 1_000);

    private final Vertx vertx;
    private final Postgres postgres;
    private final FrameRoutes frames;
    private final HttpRoutes http = new HttpRoutes();
    private final Sockets sockets;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Services services = new Services();
    private final Set<UserId> deleted = ConcurrentHashMap.newKeySet();

    /**
     * Installs the features; nothing is started.
     *
     * @param postgres migrated with {@link #stores}
     * @param settings the settings records of the features
     */
    public TestNode(StoresExtension stores, Postgres postgres, List<Feature> features, Object... settings) {
        this.vertx = stores.vertx();
        this.postgres = postgres;
        FrameCodec codec = new FrameCodec();
        frames = new FrameRoutes(codec, TestNode::translate);
        TestDelivery parts = new TestDelivery(vertx, codec, postgres, stores.redis(), meters);
        Delivery delivery = parts.delivery;
        sockets = parts.sockets;
        Timeline timeline = new Timeline(vertx, codec, postgres, new DigestKey(new byte[32]), delivery, meters);
        UserDirectory users = this::profiles;
        Conversations conversations = new Conversations(timeline, users);
        GroupLimits limits = (GroupLimits) Stream.of(settings)
                .filter(GroupLimits.class::isInstance)
                .findAny()
                .orElse(GROUP_LIMITS);
        Groups groups = new Groups(codec, timeline, conversations, users, limits);
        conversations.register(frames);
        groups.register(frames);
        new EntriesReadHandler(timeline).register(frames);
        new Sync(timeline, users).register(frames);
        new ReadMarks(vertx, codec, timeline, delivery).register(frames);
        services.provide(Postgres.class, postgres)
                .provide(Redis.class, stores.redis())
                .provide(Sockets.class, sockets)
                .provide(Delivery.class, delivery)
                .provide(Presence.class, parts.presence)
                .provide(Timeline.class, timeline)
                .provide(Conversations.class, conversations)
                .provide(Groups.class, groups);
        Map<Class<?>, Object> records =
                Stream.of(settings).collect(Collectors.toMap(Object::getClass, Function.identity()));
        FeatureHooks.install(features, new FeatureContext(vertx, codec, frames, http, meters, services, records::get));
    }

    /** A database with the log's schema, those of the features, and further migrations. */
    public static StoresExtension stores(List<Feature> features, String... more) {
        return StoresExtension.migrated(Stream.of(
                        Stream.of("im/hongyan/timeline/migrations"),
                        features.stream().flatMap(feature -> feature.migrations().stream()),
                        Stream.of(more))
                .flatMap(Function.identity())
                .toArray(String[]::new));
    }

    private static Rejection translate(Throwable failure) {
        return failure instanceof StoreUnavailable
                ? Rejection.unavailable("store.unavailable", String.valueOf(failure.getMessage()), 1_000)
                : null;
    }

    private Future<List<Profile>> profiles(Collection<UserId> users) {
        return Future.succeededFuture(users.stream()
                .map(user -> deleted.contains(user)
                        ? Profile.ofDeleted(user)
                        : Profile.of(user, user.text(), "Name of " + user.text()))
                .toList());
    }

    /** Deletes the user's account. The user stays in all groups. */
    public final void delete(UserId user) {
        deleted.add(user);
    }

    /** A part of the log, or what a feature provides. */
    public final <T> T service(Class<T> type) {
        return services.get(type);
    }

    public final FrameRoutes frames() {
        return frames;
    }

    public final HttpRoutes http() {
        return http;
    }

    public final Sockets sockets() {
        return sockets;
    }

    public final SimpleMeterRegistry meters() {
        return meters;
    }

    /** A new user, connected. */
    public final TestConnection connect() {
        return connect(newUser());
    }

    /** New users, each connected. */
    public final List<TestConnection> connect(int count) {
        return Stream.generate(this::connect).limit(count).toList();
    }

    /** Another connection of the user. */
    public final TestConnection connect(UserId user) {
        TestConnection connection = new TestConnection(this, vertx, user);
        sockets.add(connection);
        return connection;
    }

    /** Another connection of the user, announced as a gateway does: those who watch the user see it. */
    public final TestConnection connectVisibly(UserId user) throws Exception {
        TestConnection connection = new TestConnection(this, vertx, user);
        Presence presence = service(Presence.class);
        presence.connected(connection, await(presence.announce(connection.principal())));
        return connection;
    }

    /** The whole answer to a frame, as the client gets it. */
    public final Future<JsonNode> asking(Principal caller, String type, Map<String, ?> data) {
        ObjectNode json = JSON.valueToTree(data);
        return frames.answer(caller, new Request(type, "1", json)).map(TestNode::parse);
    }

    public final Future<JsonNode> asking(UserId user, String type, Map<String, ?> data) {
        return asking(caller(user), type, data);
    }

    /**
     * The data of the answer.
     *
     * @throws RequestRejected if the answer is an error
     */
    public final JsonNode ask(UserId user, String type, Map<String, ?> data) throws Exception {
        return data(await(asking(user, type, data)));
    }

    /** The answer of an HTTP route that takes a token, as a record; fails with a {@link Rejection}. */
    public final Future<?> calling(UserId user, HttpRoutes.Method method, String path, Map<String, ?> body) {
        return http.table().stream()
                .filter(route -> route.method() == method && route.path().equals(path))
                .findFirst()
                .map(route -> calling(route, user, body))
                .orElseThrow();
    }

    private static <T> Future<?> calling(HttpRoutes.HttpRoute<T, ?> route, UserId user, Map<String, ?> body) {
        return route.handler()
                .handle(
                        new HttpRoutes.RequestContext(caller(user), "127.0.0.1"),
                        JSON.convertValue(body, route.body()));
    }

    /** The reason of a rejection; null if the request succeeded. */
    public final String refusal(UserId user, String type, Map<String, ?> data) throws Exception {
        return reason(await(asking(user, type, data)));
    }

    /** The reason in an answer; null if the request succeeded. */
    public static String reason(JsonNode answer) {
        return answer.at("/error/reason").asText(null);
    }

    static JsonNode data(JsonNode answer) {
        if (answer.get("type").asText().equals("error")) {
            throw new RequestRejected(answer.get("error"));
        }
        return answer.get("data");
    }

    static JsonNode parse(Frame frame) {
        try {
            return JSON.readTree(frame.bytes());
        } catch (IOException e) {
            throw new AssertionError("malformed JSON", e);
        }
    }

    /** A session of the user. */
    protected static Principal caller(UserId user) {
        return new Principal(user, new SessionId(Id.next()), "test");
    }

    public static UserId newUser() {
        return new UserId(Id.next());
    }

    public static List<UserId> newUsers(int count) {
        return Stream.generate(TestNode::newUser).limit(count).toList();
    }

    public static String newClientId() {
        return Id.Text.encode(Id.next());
    }

    /** The data of {@code message.send}. */
    public static Map<String, Object> message(String conversation, String clientId, String text) {
        return Map.of(
                "conversation", conversation, "clientId", clientId, "content", Map.of("type", "text", "text", text));
    }

    /** Creates a group and returns its id. The owner may be among the members. */
    public final String group(UserId owner, List<UserId> members) throws Exception {
        List<String> others = members.stream()
                .filter(member -> !member.equals(owner))
                .map(UserId::text)
                .toList();
        return ask(owner, "group.create", Map.of("clientId", newClientId(), "title", "geese", "members", others))
                .at("/conversation/id")
                .asText();
    }

    /** Opens the conversation of two users and returns its id. */
    public final String direct(UserId one, UserId other) throws Exception {
        return ask(one, "conversation.open", Map.of("user", other.text()))
                .at("/conversation/id")
                .asText();
    }

    public final RowSet<Row> sql(String sql, Object... arguments) throws Exception {
        return await(postgres.query(sql, Tuple.from(Arrays.asList(arguments))));
    }

    public final long number(String sql, Object... arguments) throws Exception {
        return sql(sql, arguments).iterator().next().getLong(0);
    }
}
