package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.chat.Chat;
import im.hongyan.chat.ContentTypes;
import im.hongyan.delivery.ClientConnection;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
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
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * All that works on the log, put together as a node does and asked as its gateway asks, without sockets. What would be
 * pushed is kept.
 */
final class LogNode {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_MS = 60_000;

    /** What a request was refused with. */
    @SuppressWarnings("serial") // never serialised
    static final class Refused extends RuntimeException {
        final String kind;
        final String reason;
        final String field;

        Refused(JsonNode error) {
            super(error.toString(), null, false, false);
            this.kind = error.path("kind").asText();
            this.reason = error.path("reason").asText();
            this.field = error.path("field").asText();
        }
    }

    private final Vertx vertx;
    private final Timeline timeline;
    private final FrameRoutes routes;
    private final ContentTypes contentTypes;
    private final Sockets sockets = new Sockets();
    private final Set<UserId> deleted = ConcurrentHashMap.newKeySet();

    LogNode(Vertx vertx, Postgres postgres) {
        this.vertx = vertx;
        FrameCodec codec = new FrameCodec();
        Delivery delivery = new Delivery(vertx, sockets);
        timeline = new Timeline(vertx, codec, postgres, delivery, new SimpleMeterRegistry());
        routes = new FrameRoutes(codec, LogNode::translate);
        UserDirectory people = users -> Future.succeededFuture(users.stream()
                .map(user -> deleted.contains(user)
                        ? Profile.ofDeleted(user)
                        : Profile.of(user, user.text(), "Name of " + user.text()))
                .toList());
        Conversations conversations = new Conversations(timeline, people);
        conversations.register(routes);
        new Groups(codec, timeline, conversations, people).register(routes);
        new EntriesReadHandler(timeline).register(routes);
        new Sync(timeline, people).register(routes);
        new ReadMarks(vertx, codec, timeline, delivery).register(routes);
        contentTypes = new Chat(codec, routes, timeline).contentTypes();
    }

    private static Rejection translate(Throwable failure) {
        return failure instanceof StoreUnavailable
                ? Rejection.unavailable("store.unavailable", String.valueOf(failure.getMessage()), 1_000)
                : null;
    }

    /** Deletes a user from the directory. The user stays in all groups. */
    void delete(Someone person) {
        deleted.add(person.user());
    }

    /** Lets the log hold entries of another kind. */
    void register(EntryKind kind) {
        timeline.kinds().register(routes, kind, Void.class);
    }

    /** Adds a field to conversations. */
    void register(ConversationField<?> field) {
        timeline.conversationFields().register(routes, field);
    }

    ContentTypes contentTypes() {
        return contentTypes;
    }

    Timeline timeline() {
        return timeline;
    }

    /** A new user with one device. */
    Someone someone() {
        return new Someone(new UserId(Id.next()));
    }

    /** Another device of the same user on this node. */
    Someone device(Someone person) {
        return new Someone(person.user());
    }

    List<Someone> people(int count) {
        List<Someone> people = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            people.add(someone());
        }
        return people;
    }

    static ConversationId id(String conversation) {
        return ConversationId.of(conversation);
    }

    /** A user with one device. */
    final class Someone implements ClientConnection {
        private final Principal caller;
        private final Context context = ((VertxInternal) vertx).createEventLoopContext();
        private final List<JsonNode> pushes = new ArrayList<>();

        private Someone(UserId user) {
            caller = new Principal(user, new SessionId(Id.next()), Id.Text.encode(Id.next()));
            sockets.add(this);
        }

        UserId user() {
            return caller.user();
        }

        String id() {
            return user().text();
        }

        /** A request through the same tables, records and checks as from a socket. */
        Future<JsonNode> asking(String type, Map<String, ?> data) {
            ObjectNode json = JSON.valueToTree(data);
            return routes.answer(caller, new Request(type, "1", json)).map(frame -> {
                JsonNode answer = parse(frame);
                if (answer.get("type").asText().equals("error")) {
                    throw new Refused(answer.get("error"));
                }
                return answer.get("data");
            });
        }

        JsonNode ask(String type, Map<String, ?> data) throws Exception {
            return await(asking(type, data));
        }

        /** @return the reason of the refusal, or null if it was not refused */
        String refusal(String type, Map<String, ?> data) throws Exception {
            try {
                ask(type, data);
                return null;
            } catch (Refused refused) {
                return refused.reason;
            }
        }

        String createGroup(Someone... members) throws Exception {
            List<String> ids = Arrays.stream(members).map(Someone::id).toList();
            return ask("group.create", Map.of("clientId", newClientId(), "title", "geese", "members", ids))
                    .at("/conversation/id")
                    .asText();
        }

        String openWith(Someone other) throws Exception {
            return ask("conversation.open", Map.of("user", other.id()))
                    .at("/conversation/id")
                    .asText();
        }

        Future<JsonNode> saying(String conversation, String text) {
            return asking("message.send", message(conversation, newClientId(), text));
        }

        long say(String conversation, String text) throws Exception {
            return await(saying(conversation, text)).get("seq").asLong();
        }

        /** The entries of a conversation that were pushed so far, in the order of arrival. */
        List<JsonNode> pushed(String conversation) {
            synchronized (pushes) {
                return pushes.stream()
                        .filter(push -> push.get("type").asText().equals("entry"))
                        .map(push -> push.get("data"))
                        .filter(entry -> entry.get("conversation").asText().equals(conversation))
                        .toList();
            }
        }

        /** Waits for the push of an entry. */
        JsonNode receive(String conversation, long seq) throws InterruptedException {
            return receive(
                    "entry",
                    entry -> entry.get("conversation").asText().equals(conversation)
                            && entry.get("seq").asLong() == seq);
        }

        JsonNode receive(String type, Predicate<JsonNode> condition) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
            synchronized (pushes) {
                while (true) {
                    for (JsonNode push : pushes) {
                        if (push.get("type").asText().equals(type) && condition.test(push.get("data"))) {
                            return push.get("data");
                        }
                    }
                    long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                    if (left <= 0) {
                        throw new AssertionError("no such push of type " + type + " came");
                    }
                    pushes.wait(left);
                }
            }
        }

        @Override
        public Principal principal() {
            return caller;
        }

        @Override
        public Context context() {
            return context;
        }

        @Override
        public void offer(Frame frame) {
            JsonNode push = parse(frame);
            synchronized (pushes) {
                pushes.add(push);
                pushes.notifyAll();
            }
        }

        @Override
        public void closeGracefully(int code, String reason) {
            close(code, reason);
        }

        @Override
        public void closeAsReplaced() {
            close(4002, "replaced");
        }

        @Override
        public void close(int code, String reason) {
            sockets.remove(this);
        }
    }

    static Map<String, Object> message(String conversation, String clientId, String text) {
        return Map.of(
                "conversation", conversation, "clientId", clientId, "content", Map.of("type", "text", "text", text));
    }

    static String newClientId() {
        return Id.Text.encode(Id.next());
    }

    private static JsonNode parse(Frame frame) {
        try {
            return JSON.readTree(frame.bytes());
        } catch (IOException e) {
            throw new AssertionError("a frame that is no JSON", e);
        }
    }

    /** The schema that it needs, in a database of its own. */
    static StoresExtension stores() {
        return StoresExtension.migrated("im/hongyan/timeline/migrations");
    }
}
