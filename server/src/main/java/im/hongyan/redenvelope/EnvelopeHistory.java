package im.hongyan.redenvelope;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.async.KeyedQueue;
import im.hongyan.async.SingleFlight;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.EnvelopeFrames.Direction;
import im.hongyan.redenvelope.EnvelopeHistoryStore.Item;
import im.hongyan.redenvelope.EnvelopeHistoryStore.Totals;
import im.hongyan.store.KeysetPage;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;

/** Lists the envelopes that a user has sent or received in a year, with the totals of the year. Thread-safe. */
final class EnvelopeHistory {
    private static final int MAX_QUEUED_PER_USER = 100;
    private static final Duration MAX_WAIT = Duration.ofSeconds(5);
    private static final int MAX_CACHED_TOTALS = 10_000;
    private static final Duration TOTALS_CACHED = Duration.ofSeconds(3);

    /** @param utcOffset of the client, in minutes */
    private record YearKey(UserId user, Direction direction, int year, int utcOffset) {
        UUID first() {
            return firstIdOf(year, utcOffset);
        }

        UUID end() {
            return firstIdOf(year + 1, utcOffset);
        }
    }

    private record ListKey(UserId user, Direction direction) {}

    private record YearTotals(YearKey year, Totals totals) {}

    private final EnvelopeHistoryStore store;

    /** One page of a user at a time, because each page reads the claims of up to a hundred envelopes. */
    private final KeyedQueue<UserId> pages =
            new KeyedQueue<>(1, MAX_QUEUED_PER_USER, MAX_WAIT, EnvelopeHistory::tooManyRequests);

    private final SingleFlight<YearKey, Totals> totalsReads = new SingleFlight<>();

    /**
     * The last totals that a user has read. A year may contain many envelopes, and a client that scrolls needs the
     * totals with each page.
     */
    private final Cache<ListKey, YearTotals> totals = Caffeine.newBuilder()
            .maximumSize(MAX_CACHED_TOTALS)
            .expireAfterWrite(TOTALS_CACHED)
            .build();

    EnvelopeHistory(EnvelopeHistoryStore store) {
        this.store = store;
    }

    Future<EnvelopeFrames.Year> year(Principal caller, EnvelopeFrames.History request) {
        return pages.submit(caller.user(), () -> page(caller.user(), request));
    }

    /** Call when a user has sent or opened an envelope on this node, so that the totals include it at once. */
    void changed(UserId user, Direction direction) {
        totals.invalidate(new ListKey(user, direction));
    }

    private Future<EnvelopeFrames.Year> page(UserId user, EnvelopeFrames.History request) {
        YearKey year = new YearKey(user, request.direction(), request.year(), request.utcOffsetMinutes());
        UUID end = year.end();
        UUID before = request.cursor() == null ? end : min(request.cursor().value(), end);
        return store.list(user, isSent(request.direction()), year.first(), before, request.limit() + 1)
                .compose(items -> totals(year).map(sum -> page(items, request.limit(), sum)));
    }

    private static EnvelopeFrames.Year page(List<Item> items, int limit, Totals totals) {
        KeysetPage<Item> page = KeysetPage.of(items, limit);
        return new EnvelopeFrames.Year(
                page.items().stream().map(EnvelopeFrames.Listed::of).toList(),
                new EnvelopeFrames.YearTotal(totals.count(), totals.amount(), totals.best()),
                page.next(Item::envelope));
    }

    private Future<Totals> totals(YearKey key) {
        ListKey list = new ListKey(key.user(), key.direction());
        YearTotals cached = totals.getIfPresent(list);
        if (cached != null && cached.year().equals(key)) {
            return Future.succeededFuture(cached.totals());
        }
        return totalsReads.joinNext(key, () -> store.totals(key.user(), isSent(key.direction()), key.first(), key.end())
                .onSuccess(read -> totals.put(list, new YearTotals(key, read))));
    }

    private static boolean isSent(Direction direction) {
        return direction == Direction.SENT;
    }

    /** The smallest id of a year: ids begin with 48 bits of milliseconds. */
    private static UUID firstIdOf(int year, int utcOffset) {
        long millis = LocalDate.of(year, 1, 1)
                .atStartOfDay(ZoneOffset.ofTotalSeconds(60 * utcOffset))
                .toInstant()
                .toEpochMilli();
        return new UUID(millis << 16, 0);
    }

    /** By the order of PostgreSQL, which compares the bytes without a sign. */
    private static UUID min(UUID one, UUID other) {
        return Id.Text.encode(one).compareTo(Id.Text.encode(other)) < 0 ? one : other;
    }

    private static Rejection tooManyRequests() {
        return Rejection.unavailable(
                "requests.waiting", "too many requests for your history are waiting; try again later", 1_000);
    }
}
