package im.hongyan.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Frame.DropPolicy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A queue for a client that reads when the test says so. */
class OutboundQueueTest {
    private static final Frame SYNC_REQUIRED = new Frame(new byte[20], DropPolicy.NEVER);
    private static final int KB = 1 << 10;

    private Queue<Promise<Void>> unread;
    private List<Integer> written;
    private List<Boolean> turns;
    private OutboundQueue out;

    @BeforeEach
    @BeforeTry
    void connect() {
        unread = new ArrayDeque<>();
        written = new ArrayList<>();
        turns = new ArrayList<>();
        out = outbound();
    }

    @Test
    void offer_queueFull_dropsPushesThenSyncsOnce() {
        int taken = 0;
        while (written.size() == taken) {
            assertThat(out.offer(push(17 * KB))).isTrue();
            taken++;
        }
        taken--;
        assertThat(queued()).isBetween(900L * KB, (long) OutboundQueue.MAX_QUEUED_BYTES);
        assertThat(turns).containsExactly(true);
        // After a drop, even a push that fits is dropped, because it would be out of order.
        out.offer(push(1));
        out.offer(new Frame(new byte[1], DropPolicy.SILENTLY));
        assertThat(written).hasSize(taken + 1);

        readAll();

        assertThat(written).hasSize(taken + 2);
        assertThat(written.get(taken + 1)).isEqualTo(SYNC_REQUIRED.bytes().length);
        assertThat(turns).containsExactly(true, false);
        out.offer(push(1));
        readAll();
        assertThat(written).hasSize(taken + 3);
    }

    @Test
    void hasRoomFor_smallAnswer_whenPushesDoNotFit() {
        while (out.hasRoomFor(push(16 * KB))) {
            out.offer(push(16 * KB));
        }
        int answers = 0;
        while (out.offer(new Frame(new byte[KB], DropPolicy.NEVER))) {
            answers++;
        }
        assertThat(answers).isGreaterThanOrEqualTo(64);
        assertThat(queued()).isLessThanOrEqualTo(OutboundQueue.MAX_QUEUED_BYTES);
    }

    @Test
    void failedWrite_isRemovedFromQueue() {
        while (!out.isCongested()) {
            out.offer(push(16 * KB));
        }
        while (!unread.isEmpty()) {
            unread.poll().fail("closed");
        }
        assertThat(out.isCongested()).isFalse();
    }

    @Test
    void congestedFor_countsFromStartOfCongestion() {
        long before = System.nanoTime();
        assertThat(out.congestedFor(before + 5)).isZero();
        while (!out.isCongested()) {
            out.offer(push(16 * KB));
        }
        long after = System.nanoTime();
        assertThat(out.congestedFor(after + 1_000)).isBetween(1_000L, after - before + 1_000);
    }

    /** Whatever is offered and read: the bound holds, the order is kept, and one sync follows each loss. */
    @Property(tries = 300)
    void anySteps_keepBoundAndOrder(@ForAll("steps") List<Integer> steps) {
        long lost = 0;
        long syncs = 0;
        boolean syncPending = false;
        for (int step : steps) {
            int before = written.size();
            if (step < 0) {
                for (int i = 0; i < -step && !unread.isEmpty(); i++) {
                    unread.poll().complete();
                }
            } else {
                out.offer(push(step));
            }
            boolean synced = written.size() > before && written.get(before) == SYNC_REQUIRED.bytes().length;
            if (step >= 0 && written.size() == before) {
                lost++;
                syncPending = true;
            }
            if (synced) {
                assertThat(syncPending).isTrue();
                syncPending = false;
                syncs++;
            }
            assertThat(queued()).isLessThanOrEqualTo(OutboundQueue.MAX_QUEUED_BYTES);
        }
        readAll();
        syncs += syncPending ? 1 : 0;
        assertThat(written.stream()
                        .filter(size -> size == SYNC_REQUIRED.bytes().length)
                        .count())
                .isEqualTo(syncs);
        assertThat(syncs).isLessThanOrEqualTo(lost);
        assertThat(out.isCongested()).isFalse();
        assertThat(out.offer(push(100))).isTrue();
        assertThat(written.get(written.size() - 1)).isEqualTo(100);
    }

    /** Positive: offers a push of this many bytes; negative: reads this many frames. */
    @Provide
    Arbitrary<List<Integer>> steps() {
        return Arbitraries.oneOf(
                        Arbitraries.integers().between(100, 200 * KB),
                        Arbitraries.integers().between(-6, -1))
                .list()
                .ofMaxSize(80);
    }

    private void readAll() {
        while (!unread.isEmpty()) {
            unread.poll().complete();
        }
    }

    private long queued() {
        long all = written.stream().mapToLong(size -> size).sum();
        int done = written.size() - unread.size();
        return all - written.subList(0, done).stream().mapToLong(size -> size).sum();
    }

    private static Frame push(int size) {
        return new Frame(new byte[size], DropPolicy.THEN_SYNC);
    }

    private OutboundQueue outbound() {
        GatewayMetrics metrics = new GatewayMetrics(new SimpleMeterRegistry(), new Sockets());
        OutboundQueue[] made = new OutboundQueue[1];
        made[0] = new OutboundQueue(socket(), SYNC_REQUIRED, metrics, () -> turns.add(made[0].isCongested()));
        return made[0];
    }

    /** A socket that supports writing only. */
    private ServerWebSocket socket() {
        return (ServerWebSocket) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ServerWebSocket.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("writeFrame")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    return write((WebSocketFrame) arguments[0]);
                });
    }

    private Future<Void> write(WebSocketFrame frame) {
        Promise<Void> promise = Promise.promise();
        written.add(frame.binaryData().length());
        unread.add(promise);
        return promise.future();
    }
}
