package im.hongyan.delivery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings frames to the people who are connected. A push is a hint: whatever is lost here is found again in the log.
 *
 * <p>Entries of one conversation are pushed in the order of their {@code seq}. They may arrive here out of order, from
 * two transactions that committed close together; then the later one waits a moment, and what is still missing is read
 * from the log once for all sockets of the node. Thread-safe.
 */
public final class Delivery {
    /** A frame and the people it is for. */
    public record Copy(Collection<UserId> to, Frame frame) {}

    /** An entry that is ready to go out: mostly one frame for all, in any case one for each person. */
    public record Parcel(long seq, List<Copy> copies) {
        public Parcel(long seq, Collection<UserId> to, Frame frame) {
            this(seq, List.of(new Copy(to, frame)));
        }
    }

    /** Reads entries back from the log. */
    @FunctionalInterface
    public interface LogReader {
        /** The entries {@code from…through}, in order, at most as many as one page holds. */
        Future<List<Parcel>> read(ConversationId conversation, long from, long through);
    }

    private static final Logger log = LoggerFactory.getLogger(Delivery.class);
    private static final long GAP_MS = 50;
    private static final int GAP_ENTRIES = 100;
    private static final int MAX_STREAMS = 200_000;

    private final Vertx vertx;
    private final Sockets sockets;
    private final Cache<ConversationId, Stream> streams = Caffeine.newBuilder()
            .maximumSize(MAX_STREAMS)
            .expireAfterAccess(Duration.ofMinutes(10))
            .build();
    private volatile LogReader reader = (conversation, from, through) -> Future.succeededFuture(List.of());

    public Delivery(Vertx vertx, Sockets sockets) {
        this.vertx = vertx;
        this.sockets = sockets;
    }

    /** Must be called before the first entry is delivered: the log and its delivery need each other. */
    public void readGapsFrom(LogReader reader) {
        this.reader = reader;
    }

    public void toUser(UserId user, Frame frame) {
        sockets.send(user, frame);
    }

    public void toUsers(Collection<UserId> users, Frame frame) {
        sockets.send(users, frame);
    }

    /** The database holds another history: what was pushed says nothing of what comes. */
    public void forget() {
        streams.invalidateAll();
    }

    /** Pushes an entry after its commit, in the order of the log. */
    public void entry(ConversationId conversation, Parcel parcel) {
        Stream stream = streams.get(conversation, id -> new Stream(this::dispatch));
        if (stream.offer(parcel)) {
            repairLater(conversation, stream);
        }
    }

    private void repairLater(ConversationId conversation, Stream stream) {
        vertx.timer(GAP_MS, TimeUnit.MILLISECONDS).onSuccess(none -> repair(conversation, stream));
    }

    private void repair(ConversationId conversation, Stream stream) {
        Stream.Gap gap = stream.gap();
        if (gap == null) {
            return;
        }
        closed(conversation, stream, gap).onSuccess(more -> {
            if (more) {
                repairLater(conversation, stream);
            }
        });
    }

    private Future<Boolean> closed(ConversationId conversation, Stream stream, Stream.Gap gap) {
        if (gap.size() > GAP_ENTRIES) {
            return Future.succeededFuture(stream.giveUp(gap));
        }
        return reader.read(conversation, gap.from(), gap.through())
                .map(parcels -> stream.fill(gap, parcels))
                .otherwise(failure -> {
                    log.warn("a gap of {} entries is left to the clients: {}", gap.size(), failure.toString());
                    return stream.giveUp(gap);
                });
    }

    private void dispatch(Parcel parcel) {
        parcel.copies().forEach(copy -> sockets.send(copy.to(), copy.frame()));
    }
}
