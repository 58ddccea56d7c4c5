package im.hongyan.loadtest.attack;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.PushHandler;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Users who have nothing to do with an attack: what they do is measured while it runs. Methods block. */
final class HonestUser {
    private static final long ANSWER_SECONDS = 60;
    private static final String PASSWORD = "an attack needs no secrets";
    private static final PushHandler IGNORE = (type, data) -> {};

    private HonestUser() {}

    /** Adds sign-in, {@code sync} and {@code message.send} on this node to what is measured. */
    static void measureOn(ChatClient node, Latencies latencies) {
        Credentials friend = register(node, "friend");
        // Sign-in and socket belong to two users, because an account keeps only its newest sessions.
        String signingIn = register(node, "honest").username();
        ChatConnection socket = connect(node, register(node, "writer"));
        String group = createGroup(socket, List.of(friend.user()));
        latencies.add("sign-in", () -> node.signIn(signingIn, PASSWORD));
        latencies.add("sync", () -> socket.request("sync", Map.of()));
        latencies.add("send", () -> send(socket, group));
    }

    /** Registers a user whose name begins with {@code name}. */
    static Credentials register(ChatClient node, String name) {
        return get(node.register(name + UUID.randomUUID().toString().substring(0, 8), PASSWORD));
    }

    static ChatConnection connect(ChatClient node, Credentials user) {
        return get(node.connect(user.accessToken(), IGNORE));
    }

    /** Returns the group's id. */
    static String createGroup(ChatConnection owner, List<String> members) {
        return get(groupCreated(owner, members)).at("/conversation/id").asText();
    }

    static Future<JsonNode> groupCreated(ChatConnection owner, List<String> members) {
        return owner.request(
                "group.create", Map.of("clientId", UUID.randomUUID().toString(), "title", "group", "members", members));
    }

    static Future<?> send(ChatConnection socket, String conversation) {
        return socket.request(
                "message.send",
                Map.of(
                        "conversation",
                        conversation,
                        "clientId",
                        UUID.randomUUID().toString(),
                        "content",
                        Map.of("type", "text", "text", "hello")));
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.await(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("no answer within " + ANSWER_SECONDS + " s", e);
        }
    }
}
