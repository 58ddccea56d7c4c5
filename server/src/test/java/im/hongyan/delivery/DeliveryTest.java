package im.hongyan.delivery;

import static im.hongyan.delivery.FakeConnection.frame;
import static im.hongyan.delivery.FakeConnection.user;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.delivery.Delivery.OutboundEntry;
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

/** Entries that come out of order, and a log that knows them. */
class DeliveryTest {
    private static final Vertx vertx = Vertx.vertx();
    private final Sockets sockets = new Sockets();
    private final Delivery delivery = new Delivery(vertx, sockets);
    private final ConversationId talk = new ConversationId(Id.next());
    private final FakeConnection alice = outlet("alice");
    private final FakeConnection bob = outlet("bob");
    private final List<String> reads = Collections.synchronizedList(new ArrayList<>());

    @AfterAll
    static void close() {
        vertx.close().await();
    }

    @Test
    void gap_isReadOnce_forAll() throws Exception {
        delivery.readGapsFrom(this::read);
        for (long seq : new long[] {1, 5, 3, 6}) {
            delivery.entry(talk, parcel(seq));
        }
        expect(1, 2, 3, 4, 5, 6);
        // On a slow machine the log may be asked before all four are there; what is missing is asked once in any case.
        assertThat(reads).isIn(List.of("2-2", "4-4"), List.of("2-4"));
    }

    @Test
    void gapThatTheLogCannotFill_isLeftToTheClients() throws Exception {
        delivery.readGapsFrom((conversation, from, through) -> Future.failedFuture("away"));
        for (long seq : new long[] {1, 3, 4}) {
            delivery.entry(talk, parcel(seq));
        }
        expect(1, 3, 4);
    }

    @Test
    void largeGap_isNotRead() throws Exception {
        delivery.readGapsFrom(this::read);
        delivery.entry(talk, parcel(1));
        delivery.entry(talk, parcel(102));
        delivery.entry(talk, parcel(500));
        expect(LongStream.concat(LongStream.rangeClosed(1, 102), LongStream.of(500))
                .toArray());
        assertThat(reads).containsExactly("2-101");
    }

    /** While the log is being read another gap opens: it is looked after when the first is closed. */
    @Test
    void gapBehindAGap_isFilledToo() throws Exception {
        Promise<List<OutboundEntry>> first = Promise.promise();
        Promise<Void> asked = Promise.promise();
        delivery.readGapsFrom((conversation, from, through) -> {
            asked.tryComplete();
            return from == 2 ? first.future() : read(conversation, from, through);
        });
        delivery.entry(talk, parcel(1));
        delivery.entry(talk, parcel(3));
        await(asked.future());
        delivery.entry(talk, parcel(2));
        delivery.entry(talk, parcel(5));
        first.complete(List.of(parcel(2)));

        expect(1, 2, 3, 4, 5);
    }

    @Test
    void conversations_doNotWaitForEachOther() throws Exception {
        Promise<List<OutboundEntry>> never = Promise.promise();
        delivery.readGapsFrom((conversation, from, through) -> never.future());
        delivery.entry(talk, parcel(1));
        delivery.entry(talk, parcel(3));
        ConversationId other = new ConversationId(Id.next());
        delivery.entry(other, parcel(7));
        delivery.entry(other, parcel(8));
        expect(1, 7, 8);
    }

    private Future<List<OutboundEntry>> read(ConversationId conversation, long from, long through) {
        reads.add(from + "-" + through);
        return Future.succeededFuture(
                LongStream.rangeClosed(from, through).mapToObj(this::parcel).toList());
    }

    private void expect(long... seqs) throws InterruptedException {
        for (FakeConnection outlet : List.of(alice, bob)) {
            for (long seq : seqs) {
                assertThat(outlet.next()).isEqualTo(Long.toString(seq));
            }
            assertThat(outlet.got).isEmpty();
        }
    }

    private OutboundEntry parcel(long seq) {
        return new OutboundEntry(seq, List.of(user("alice"), user("bob")), frame(Long.toString(seq)));
    }

    private FakeConnection outlet(String name) {
        FakeConnection outlet = new FakeConnection(((VertxInternal) vertx).createEventLoopContext(), name, name);
        sockets.add(outlet);
        return outlet;
    }
}
