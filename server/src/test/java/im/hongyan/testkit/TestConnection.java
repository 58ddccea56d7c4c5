package im.hongyan.testkit;

import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.delivery.ClientConnection;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A user's connection to a {@link TestNode}: sends requests and records what is pushed. */
public final class TestConnection implements ClientConnection {
    private static final long TIMEOUT_MS = 60_000;

    private final TestNode node;
    private final Principal caller;
    private final Context context;
    private final List<JsonNode> pushes = new ArrayList<>();

    TestConnection(TestNode node, Vertx vertx, UserId user) {
        this.node = node;
        caller = new Principal(user, new SessionId(Id.next()), Id.Text.encode(Id.next()));
        context = ((VertxInternal) vertx).createEventLoopContext();
    }

    public UserId user() {
        return caller.user();
    }

    /** The user's id. */
    public String id() {
        return user().text();
    }

    /** The data of the answer; fails with {@link RequestRejected} if the answer is an error. */
    public Future<JsonNode> asking(String type, Map<String, ?> data) {
        return node.asking(caller, type, data).map(TestNode::data);
    }

    public JsonNode ask(String type, Map<String, ?> data) throws Exception {
        return await(asking(type, data));
    }

    /** The reason of a rejection; null if the request succeeded. */
    public String refusal(String type, Map<String, ?> data) throws Exception {
        return TestNode.reason(await(node.asking(caller, type, data)));
    }

    public String createGroup(TestConnection... members) throws Exception {
        return node.group(user(), Stream.of(members).map(TestConnection::user).toList());
    }

    public String openWith(TestConnection other) throws Exception {
        return node.direct(user(), other.user());
    }

    public Future<JsonNode> saying(String conversation, String text) {
        return asking("message.send", TestNode.message(conversation, TestNode.newClientId(), text));
    }

    /** Sends a message and returns its sequence number. */
    public long say(String conversation, String text) throws Exception {
        return await(saying(conversation, text)).get("seq").asLong();
    }

    /** The entries of a conversation that were pushed so far, in the order of arrival. */
    public List<JsonNode> pushed(String conversation) {
        return pushes("entry").stream()
                .filter(entry -> entry.get("conversation").asText().equals(conversation))
                .toList();
    }

    /** The data of the pushes of a type so far, in the order of arrival. */
    public List<JsonNode> pushes(String type) {
        synchronized (pushes) {
            return pushes.stream()
                    .filter(push -> push.get("type").asText().equals(type))
                    .map(push -> push.get("data"))
                    .toList();
        }
    }

    /** Waits for the push of an entry. */
    public JsonNode receive(String conversation, long seq) throws InterruptedException {
        return receive(
                "entry",
                entry -> entry.get("conversation").asText().equals(conversation)
                        && entry.get("seq").asLong() == seq);
    }

    /** Waits for a push and returns its data. Pushes stay, so that the same one can be received again. */
    public JsonNode receive(String type, Predicate<JsonNode> condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS);
        synchronized (pushes) {
            while (true) {
                for (JsonNode push : pushes) {
                    if (push.get("type").asText().equals(type) && condition.test(push.get("data"))) {
                        return push.get("data");
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    throw new AssertionError("no push of type " + type + " arrived");
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
    public boolean offer(Frame frame) {
        JsonNode push = TestNode.parse(frame);
        synchronized (pushes) {
            pushes.add(push);
            pushes.notifyAll();
        }
        return true;
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
        node.sockets().remove(this);
    }
}
