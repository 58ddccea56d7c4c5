package im.hongyan.timeline;

import im.hongyan.async.Batcher;
import im.hongyan.async.Promises;
import im.hongyan.delivery.Delivery;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import im.hongyan.store.KeysetPage;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.timeline.ReadStore.Mark;
import im.hongyan.timeline.ReadStore.Marked;
import im.hongyan.timeline.ReadStore.Reader;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Read cursors. Marks are stored in batches like entries, and only the furthest of several marks of one user is stored.
 * A cursor is pushed to others at most once a second for each user and conversation. Thread-safe.
 */
public final class ReadMarks {
    private static final Logger LOG = LoggerFactory.getLogger(ReadMarks.class);
    private static final int MAX_BATCH = 500;
    private static final int MAX_WAITING = 20_000;
    private static final int PUSHED_TO_MEMBERS_UP_TO = 20;
    private static final long PUSH_EVERY_MS = 1_000;
    private static final int READERS_PAGE = 200;

    record MarkRead(ConversationId conversation, Long seq) {
        public MarkRead {
            Check.present("conversation", conversation);
            Check.seq("seq", seq, 0);
        }
    }

    record By(ConversationId conversation, Long seq, UserId cursor) {
        public By {
            Check.present("conversation", conversation);
            Check.seq("seq", seq, 1);
        }
    }

    record Readers(List<Reader> readers, UserId cursor) {}

    record ReadPush(ConversationId conversation, UserId user, long seq) {}

    private record Waiting(Mark mark, long seq, Promise<Void> promise) {}

    /** Collects a batch; of several marks of one user and conversation only the furthest is stored. */
    private static final class Marks implements Batcher.Batch<Waiting> {
        private final List<Waiting> all = new ArrayList<>();
        private final Map<Mark, Long> seqs = new LinkedHashMap<>();

        @Override
        public boolean add(Waiting waiting) {
            if (seqs.size() == MAX_BATCH && !seqs.containsKey(waiting.mark)) {
                return false;
            }
            seqs.merge(waiting.mark, waiting.seq, Long::max);
            return all.add(waiting);
        }
    }

    private final Vertx vertx;
    private final FrameCodec codec;
    private final ReadStore store;
    private final ConversationStore conversations;
    private final Members members;
    private final Delivery delivery;
    private final Batcher<Waiting, Marks> batcher = new Batcher<>(MAX_WAITING, Marks::new, this::process);
    /** Cursors to push, with those that were pushed less than a second ago as null. */
    private final Map<Mark, Long> pushes = new HashMap<>();

    public ReadMarks(Vertx vertx, FrameCodec codec, Timeline timeline, Delivery delivery) {
        this.vertx = vertx;
        this.codec = codec;
        this.store = timeline.reads();
        this.conversations = timeline.conversations();
        this.members = timeline.members();
        this.delivery = delivery;
    }

    public void register(FrameRoutes routes) {
        routes.on("read.mark", MarkRead.class, Void.class, this::mark)
                .on("read.by", By.class, Readers.class, this::by)
                .declarePush("read", ReadPush.class);
    }

    private Future<Readers> by(Principal caller, By by) {
        return conversations
                .visibleRange(by.conversation, caller.user())
                .compose(range -> {
                    if (!range.member()) {
                        throw TimelineErrors.notMember();
                    }
                    return store.readers(by.conversation, by.seq, by.cursor, READERS_PAGE + 1);
                })
                .map(readers -> {
                    KeysetPage<Reader> page = KeysetPage.of(readers, READERS_PAGE);
                    return new Readers(page.items(), page.next(Reader::user));
                });
    }

    private Future<Void> mark(Principal caller, MarkRead mark) {
        Waiting waiting = new Waiting(new Mark(mark.conversation, caller.user()), mark.seq, Promise.promise());
        return batcher.offer(waiting) ? waiting.promise.future() : Future.failedFuture(TimelineErrors.busy());
    }

    private Future<Void> process(Marks marks) {
        return store.mark(marks.seqs).transform(done -> {
            if (done.succeeded()) {
                settle(marks, done.result());
            } else {
                fail(marks.all, done.cause());
                if (done.cause() instanceof StoreUnavailable) {
                    // What waits behind this batch would wait for as long again.
                    fail(batcher.drainWhile(waiting -> true), done.cause());
                }
            }
            return Future.succeededFuture();
        });
    }

    private static void fail(List<Waiting> all, Throwable cause) {
        all.forEach(waiting -> Promises.fail(waiting.promise, cause));
    }

    private void settle(Marks marks, Map<Mark, Marked> stored) {
        for (Waiting waiting : marks.all) {
            if (stored.containsKey(waiting.mark)) {
                Promises.complete(waiting.promise, null);
            } else {
                Promises.fail(waiting.promise, TimelineErrors.notMember());
            }
        }
        stored.forEach((mark, marked) -> {
            if (marked.moved()) {
                try {
                    push(mark, marked.seq());
                } catch (RuntimeException e) {
                    LOG.error("a read mark is stored but was not pushed", e);
                }
            }
        });
    }

    private void push(Mark mark, long seq) {
        synchronized (pushes) {
            if (pushes.containsKey(mark)) {
                pushes.put(mark, seq);
                return;
            }
            pushes.put(mark, null);
        }
        pushNow(mark, seq);
        vertx.timer(PUSH_EVERY_MS, TimeUnit.MILLISECONDS).onSuccess(none -> pushAgain(mark));
    }

    private void pushAgain(Mark mark) {
        Long seq;
        synchronized (pushes) {
            seq = pushes.remove(mark);
        }
        if (seq != null) {
            push(mark, seq);
        }
    }

    private void pushNow(Mark mark, long seq) {
        Frame frame =
                codec.push("read", new ReadPush(mark.conversation(), mark.user(), seq), Frame.DropPolicy.THEN_SYNC);
        members.recent(mark.conversation()).onSuccess(list -> {
            // The cursor of a user who has left goes to their own devices only.
            boolean small = list.direct() || list.users().size() <= PUSHED_TO_MEMBERS_UP_TO;
            if (small && list.users().contains(mark.user())) {
                delivery.toUsers(list.users(), frame);
            } else {
                delivery.toUser(mark.user(), frame);
            }
        });
    }
}
