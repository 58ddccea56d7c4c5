package im.hongyan.delivery;

import static im.hongyan.delivery.FakeConnection.frame;
import static im.hongyan.delivery.FakeConnection.user;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Entries that arrive out of order, with a log to read missing ones from. */
class DeliveryTest {
    private static final Vertx vertx = Vertx.vertx();
    private final Sockets sockets = new Sockets();
    private final Delivery delivery = new Delivery(vertx, sockets);
    private final ConversationId talk = new ConversationId(Id.next());
    private final FakeConnection alice = connection("alice");
    private final FakeConnection bob = connection("bob");
    private final List<String> reads = Collections.synchronizedList(new ArrayList<>());

    @AfterAll
    static void close() {
        vertx.close().await();
    }

    @Test
    void gap_isReadOnceForAllSockets() throws Exception {
        delivery.readGapsFrom(this::read);
        for (long seq : new long[] {1, 5, 3, 6}) {
            delivery.deliver(talk, entry(seq));
        }
        expect(1, 2, 3, 4, 5, 6);
        // On a slow machine the log may be read before all four have arrived; each missing entry is read once in any
        // case.
        assertThat(reads).isIn(List.of("2-2", "4-4"), List.of("2-4"));
    }

    @Test
    void gap_logUnavailable_isSkipped() throws Exception {
        delivery.readGapsFrom((conversation, from, through) -> Future.failedFuture("away"));
        for (long seq : new long[] {1, 3, 4}) {
            delivery.deliver(talk, entry(seq));
        }
        expect(1, 3, 4);
    }

    @Test
    void gap_tooLarge_isNotRead() throws Exception {
        delivery.readGapsFrom(this::read);
        delivery.deliver(talk, entry(1));
        delivery.deliver(talk, entry(102));
        delivery.deliver(talk, entry(500));
        expect(LongStream.concat(LongStream.rangeClosed(1, 102), LongStream.of(500))
                .toArray());
        assertThat(reads).containsExactly("2-101");
    }

    /** A gap that opens while the log is being read is repaired after the first one. */
    @Test
    void gap_openedDuringRepair_isFilled() throws Exception {
        Promise<List<OutboundEntry>> first = Promise.promise();
        Promise<Void> asked = Promise.promise();
        delivery.readGapsFrom((conversation, from, through) -> {
            asked.tryComplete();
            return from == 2 ? first.future() : read(conversation, from, through);
        });
        delivery.deliver(talk, entry(1));
        delivery.deliver(talk, entry(3));
        await(asked.future());
        delivery.deliver(talk, entry(2));
        delivery.deliver(talk, entry(5));
        first.complete(List.of(entry(2)));

        expect(1, 2, 3, 4, 5);
    }

    @Test
    void gap_inOneConversation_doesNotDelayOthers() throws Exception {
        Promise<List<OutboundEntry>> never = Promise.promise();
        delivery.readGapsFrom((conversation, from, through) -> never.future());
        delivery.deliver(talk, entry(1));
        delivery.deliver(talk, entry(3));
        ConversationId other = new ConversationId(Id.next());
        delivery.deliver(other, entry(7));
        delivery.deliver(other, entry(8));
        expect(1, 7, 8);
    }

    private Future<List<OutboundEntry>> read(ConversationId conversation, long from, long through) {
        reads.add(from + "-" + through);
        return Future.succeededFuture(
                LongStream.rangeClosed(from, through).mapToObj(this::entry).toList());
    }

    private void expect(long... seqs) throws InterruptedException {
        for (FakeConnection connection : List.of(alice, bob)) {
            for (long seq : seqs) {
                assertThat(connection.next()).isEqualTo(Long.toString(seq));
            }
            assertThat(connection.got).isEmpty();
        }
    }

    private OutboundEntry entry(long seq) {
        return new OutboundEntry(seq, List.of(user("alice"), user("bob")), frame(Long.toString(seq)));
    }

    private FakeConnection connection(String name) {
        FakeConnection connection = new FakeConnection(((VertxInternal) vertx).createEventLoopContext(), name, name);
        sockets.add(connection);
        return connection;
    }
}
