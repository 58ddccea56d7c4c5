package im.hongyan.timeline;

import im.hongyan.delivery.Delivery;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
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
 * Read cursors. Marks are stored in batches like entries: while one is under way the next gathers, and of several marks
 * of one person only the furthest is stored. Others are told at most once a second for each person and conversation.
 * Thread-safe.
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

    private static final class Waiting {
        private long seq;
        private final List<Promise<Void>> promises = new ArrayList<>(1);
    }

    private final Vertx vertx;
    private final FrameCodec codec;
    private final ReadStore store;
    private final ConversationStore conversations;
    private final Members members;
    private final Delivery delivery;
    private LinkedHashMap<Mark, Waiting> waiting = new LinkedHashMap<>();
    private boolean busy;
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
                .sight(by.conversation, caller.user())
                .compose(sight -> {
                    if (!sight.member()) {
                        throw TimelineErrors.notMember();
                    }
                    return store.readers(by.conversation, by.seq, by.cursor, READERS_PAGE + 1);
                })
                .map(readers -> {
                    boolean more = readers.size() > READERS_PAGE;
                    List<Reader> page = more ? readers.subList(0, READERS_PAGE) : readers;
                    return new Readers(page, more ? page.get(page.size() - 1).user() : null);
                });
    }

    private Future<Void> mark(Principal caller, MarkRead mark) {
        Promise<Void> promise = Promise.promise();
        synchronized (this) {
            Mark key = new Mark(mark.conversation, caller.user());
            Waiting entry = waiting.get(key);
            if (entry == null) {
                if (waiting.size() >= MAX_WAITING) {
                    return Future.failedFuture(TimelineErrors.busy());
                }
                entry = new Waiting();
                waiting.put(key, entry);
            }
            entry.seq = Math.max(entry.seq, mark.seq);
            entry.promises.add(promise);
            if (busy) {
                return promise.future();
            }
            busy = true;
        }
        storeNext();
        return promise.future();
    }

    private void storeNext() {
        Map<Mark, Waiting> batch;
        synchronized (this) {
            batch = gather();
            if (batch.isEmpty()) {
                busy = false;
                return;
            }
        }
        Map<Mark, Long> seqs = new LinkedHashMap<>();
        batch.forEach((mark, entry) -> seqs.put(mark, entry.seq));
        store.mark(seqs).onComplete(done -> {
            if (done.succeeded()) {
                batch.forEach((mark, entry) -> settle(mark, entry, done.result().get(mark)));
            } else {
                fail(batch, done.cause());
                if (done.cause() instanceof StoreUnavailable) {
                    // What waits behind this batch would wait for as long again.
                    fail(takeAll(), done.cause());
                }
            }
            storeNext();
        });
    }

    private static void fail(Map<Mark, Waiting> marks, Throwable cause) {
        marks.values().forEach(entry -> entry.promises.forEach(promise -> promise.fail(cause)));
    }

    private synchronized Map<Mark, Waiting> takeAll() {
        Map<Mark, Waiting> all = waiting;
        waiting = new LinkedHashMap<>();
        return all;
    }

    private Map<Mark, Waiting> gather() {
        if (waiting.size() <= MAX_BATCH) {
            Map<Mark, Waiting> all = waiting;
            waiting = new LinkedHashMap<>();
            return all;
        }
        Map<Mark, Waiting> some = new LinkedHashMap<>();
        var iterator = waiting.entrySet().iterator();
        while (some.size() < MAX_BATCH) {
            var next = iterator.next();
            some.put(next.getKey(), next.getValue());
            iterator.remove();
        }
        return some;
    }

    private void settle(Mark mark, Waiting entry, Marked marked) {
        if (marked == null) {
            entry.promises.forEach(promise -> promise.fail(TimelineErrors.notMember()));
            return;
        }
        entry.promises.forEach(Promise::complete);
        if (marked.moved()) {
            try {
                push(mark, marked.seq());
            } catch (RuntimeException e) {
                LOG.error("a read mark is stored but was not pushed", e);
            }
        }
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
        members.recent(mark.conversation()).onSuccess(roster -> {
            // What somebody reads who has left is nobody else's business.
            boolean small = roster.direct() || roster.users().size() <= PUSHED_TO_MEMBERS_UP_TO;
            if (small && roster.users().contains(mark.user())) {
                delivery.toUsers(roster.users(), frame);
            } else {
                delivery.toUser(mark.user(), frame);
            }
        });
    }
}
