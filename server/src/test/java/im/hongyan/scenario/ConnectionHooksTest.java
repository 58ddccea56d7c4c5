package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.delivery.ConnectionUnreachable;
import im.hongyan.delivery.Delivery;
import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureInstance;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Principal;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a feature can do with single connections of any node, on two nodes with a feature that greets connections. */
class ConnectionHooksTest {
    private static final FrameCodec CODEC = new FrameCodec();

    private record Greeting(String text) {}

    /** The connections that have opened, by the hook of their node. */
    private static final BlockingQueue<Opened> opened = new LinkedBlockingQueue<>();

    /** The nodes that have left, as "observer node". */
    private static final BlockingQueue<String> left = new LinkedBlockingQueue<>();

    private record Opened(String node, Principal principal) {}

    /** Greets every connection, and records hooks. */
    private static final class Greeter implements Feature {
        @Override
        public String name() {
            return "greeter";
        }

        @Override
        public FeatureInstance install(FeatureContext context) {
            Delivery delivery = context.service(Delivery.class);
            return new FeatureInstance() {
                @Override
                public void socketOpened(Principal principal) {
                    delivery.toConnection(delivery.ownNode(), principal, greeting("welcome"));
                    opened.add(new Opened(delivery.ownNode(), principal));
                }

                @Override
                public void nodeLeft(String node) {
                    left.add(delivery.ownNode() + " " + node);
                }
            };
        }
    }

    @RegisterExtension
    static final ClusterExtension cluster = new ClusterExtension(2).with(new Greeter());

    private static Frame greeting(String text) {
        return CODEC.push("greeter.greeting", new Greeting(text), Frame.DropPolicy.SILENTLY);
    }

    private static Delivery delivery(int node) {
        return cluster.node(node).app.service(Delivery.class);
    }

    private static Principal lastOpened(Person person, int node) throws InterruptedException {
        Opened next = opened.poll(10, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        assertThat(next.node).isEqualTo(delivery(node).ownNode());
        assertThat(next.principal.user().toString()).isEqualTo(person.id());
        return next.principal;
    }

    @Test
    void socketOpened_frameSentThere_reachesTheNewSocketOnly() throws Exception {
        Person alice = cluster.personOn(cluster.node(0));
        lastOpened(alice, 0);
        alice.receive("greeter.greeting", greeting -> true);
        Person other = Person.connect(cluster.node(1).client, alice.credentials());
        lastOpened(other, 1);
        other.receive("greeter.greeting", greeting -> true);

        assertThat(alice.received("greeter.greeting")).isEmpty();
    }

    /** From node 0 to a socket of itself, and of the other node. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void toConnection_reachesThatSocketInOrder(int node) throws Exception {
        Person alice = cluster.personOn(cluster.node(node));
        Principal principal = lastOpened(alice, node);
        Person sameSession = alice.otherSocket();
        lastOpened(sameSession, node);
        String home = delivery(node).ownNode();
        List<Future<Void>> results = new ArrayList<>();
        int count = 500;
        for (int i = 0; i < count; i++) {
            results.add(delivery(0).toConnection(home, principal, greeting("f" + i)));
        }

        await(Future.all(results));

        alice.ask("ping", Map.of());
        List<String> texts = alice.received("greeter.greeting").stream()
                .map(greeting -> greeting.get("text").asText())
                .toList();
        assertThat(texts).hasSize(count + 1).startsWith("welcome");
        for (int i = 0; i < count; i++) {
            assertThat(texts.get(i + 1)).isEqualTo("f" + i);
        }
        sameSession.ask("ping", Map.of());
        assertThat(sameSession.received("greeter.greeting")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void toConnection_closedSocket_fails(int node) throws Exception {
        Person alice = cluster.personOn(cluster.node(node));
        Principal principal = lastOpened(alice, node);
        Person sameSession = alice.otherSocket();
        lastOpened(sameSession, node);
        JsonNode first = alice.receive("greeter.greeting", greeting -> true);
        assertThat(first.get("text").asText()).isEqualTo("welcome");
        await(alice.connection().close());

        long began = System.nanoTime();
        Future<Void> result;
        do {
            // The server may learn of the end a moment later than the client.
            result = delivery(0).toConnection(delivery(node).ownNode(), principal, greeting("late"));
            result.toCompletionStage()
                    .toCompletableFuture()
                    .handle((ok, failure) -> true)
                    .get(10, TimeUnit.SECONDS);
        } while (result.succeeded() && System.nanoTime() - began < TimeUnit.SECONDS.toNanos(10));

        assertThat(result.cause()).isInstanceOf(ConnectionUnreachable.class);
    }

    @Test
    void crashedNode_hookIsCalledAndItsConnectionsFail() throws Exception {
        ClusterNode dying = cluster.add();
        Person alice = cluster.personOn(dying);
        Opened open = opened.poll(10, TimeUnit.SECONDS);
        String dead = dying.app.service(Delivery.class).ownNode();
        assertThat(open.node).isEqualTo(dead);
        await(delivery(0).toConnection(dead, open.principal, greeting("alive")));
        alice.receive(
                "greeter.greeting", greeting -> greeting.get("text").asText().equals("alive"));

        cluster.crash(dying);

        List<String> observed = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            observed.add(left.poll(30, TimeUnit.SECONDS));
        }
        assertThat(observed)
                .containsExactlyInAnyOrder(
                        delivery(0).ownNode() + " " + dead, delivery(1).ownNode() + " " + dead);
        long began = System.nanoTime();
        assertThatThrownBy(() -> delivery(0)
                        .toConnection(dead, open.principal, greeting("dead"))
                        .await(10, TimeUnit.SECONDS))
                .isInstanceOf(ConnectionUnreachable.class);
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isLessThan(2_000);
    }
}
