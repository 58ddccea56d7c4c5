package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.assertj.core.api.Assertions;

/** A user with one socket, for tests that read like a conversation. All methods wait for their answer. */
public final class TestUser {
    private static final long TIMEOUT_MS = 60_000;

    private record Push(String type, JsonNode data) {}

    private final Supplier<ChatClient> clients;
    private final Credentials credentials;
    private final List<Push> inbox = new ArrayList<>();
    private ChatConnection connection;

    private TestUser(Supplier<ChatClient> clients, Credentials credentials) {
        this.clients = clients;
        this.credentials = credentials;
    }

    public static TestUser connect(ChatClient client, Credentials credentials) throws Exception {
        return connect(() -> client, credentials);
    }

    /** @param clients called for each socket, so that each may be on another node */
    public static TestUser connect(Supplier<ChatClient> clients, Credentials credentials) throws Exception {
        TestUser user = new TestUser(clients, credentials);
        user.reconnect();
        return user;
    }

    /** Opens another socket of the same session, with its own inbox. */
    public TestUser otherSocket() throws Exception {
        return connect(clients, credentials);
    }

    public void reconnect() throws Exception {
        connection = await(clients.get().connect(credentials.accessToken(), this::received));
    }

    public String id() {
        return credentials.user();
    }

    public Credentials credentials() {
        return credentials;
    }

    public ChatConnection connection() {
        return connection;
    }

    public JsonNode ask(String type, Object data) throws Exception {
        return await(connection.request(type, data));
    }

    /** Sends a request that must fail, and returns its error. */
    public ChatError refused(String type, Object data) {
        return Assertions.catchThrowableOfType(ChatError.class, () -> ask(type, data));
    }

    /** @return the id of the direct conversation */
    public String openWith(TestUser other) throws Exception {
        return ask("conversation.open", Map.of("user", other.id()))
                .at("/conversation/id")
                .asText();
    }

    /** @return the id of the group */
    public String createGroup(String title, TestUser... members) throws Exception {
        List<String> ids = java.util.Arrays.stream(members).map(TestUser::id).toList();
        return ask("group.create", Map.of("clientId", newClientId(), "title", title, "members", ids))
                .at("/conversation/id")
                .asText();
    }

    /** @return the {@code seq} of the message */
    public long say(String conversation, String text) throws Exception {
        return ask("message.send", message(conversation, newClientId(), text))
                .get("seq")
                .asLong();
    }

    /** Sends messages until one is refused, which may be a moment after its cause. */
    public ChatError awaitRefusal(String conversation) throws Exception {
        for (int attempt = 0; attempt < 1_000; attempt++) {
            try {
                say(conversation, "message " + attempt);
            } catch (ChatError refused) {
                return refused;
            }
        }
        throw new AssertionError("all messages were accepted");
    }

    public static Map<String, Object> message(String conversation, String clientId, String text) {
        return Map.of(
                "conversation", conversation, "clientId", clientId, "content", Map.of("type", "text", "text", text));
    }

    public static String newClientId() {
        return UUID.randomUUID().toString();
    }

    /** Waits for a push that satisfies the condition, removes it from the inbox and returns its data. */
    public JsonNode receive(String type, Predicate<JsonNode> condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS);
        synchronized (inbox) {
            while (true) {
                for (Push push : inbox) {
                    if (push.type.equals(type) && condition.test(push.data)) {
                        inbox.remove(push);
                        return push.data;
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    throw new AssertionError("no matching push of type " + type + "; received " + types());
                }
                inbox.wait(left);
            }
        }
    }

    /** Waits for the entry with this {@code seq}. */
    public JsonNode receiveEntry(String conversation, long seq) throws InterruptedException {
        return receive(
                "entry",
                entry -> entry.get("conversation").asText().equals(conversation)
                        && entry.get("seq").asLong() == seq);
    }

    /** The pushes of a type so far, oldest first; they stay in the inbox. */
    public List<JsonNode> received(String type) {
        synchronized (inbox) {
            return inbox.stream()
                    .filter(push -> push.type.equals(type))
                    .map(Push::data)
                    .toList();
        }
    }

    /**
     * When this returns, everything that the server sent before the call has arrived, because the answer follows it on
     * the same socket. Pushes caused by other users at the same time may still arrive later.
     */
    public void settle() throws Exception {
        ask("ping", Map.of());
    }

    private List<String> types() {
        return inbox.stream().map(Push::type).toList();
    }

    private void received(String type, JsonNode data) {
        synchronized (inbox) {
            inbox.add(new Push(type, data));
            inbox.notifyAll();
        }
    }
}
