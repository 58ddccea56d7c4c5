package im.hongyan.location;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.location.LocationFrames.Change;
import im.hongyan.location.PositionStore.Done;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.timeline.EntryKind;
import im.hongyan.timeline.LogTransaction;
import im.hongyan.timeline.NewEntry;
import im.hongyan.timeline.Timeline;
import im.hongyan.timeline.TimelineErrors;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Starts, updates and ends the shares of users. Thread-safe. */
final class LiveShares {
    /** How many shares of one user run at most, over all conversations. */
    static final int MAX_PER_USER = 100;

    private static final EntryKind KIND = new EntryKind("location", false, true);
    private static final Duration MAX_AHEAD = Duration.ofSeconds(60);
    private static final int MAX_KNOWN = 100_000;

    private final FrameCodec codec;
    private final Timeline timeline;
    private final LocationStore store;
    private final PositionStore positions;
    private final LocationSettings settings;
    private final Grid grid;
    private final InstantSource clock;
    private final LocationMetrics metrics;
    /** Facts about a share never change. Whether it still runs, the stores are asked. */
    private final Cache<ShareId, Share> known = Caffeine.newBuilder()
            .maximumSize(MAX_KNOWN)
            .expireAfterAccess(Duration.ofMinutes(10))
            .build();

    LiveShares(
            FrameCodec codec,
            Timeline timeline,
            LocationStore store,
            PositionStore positions,
            LocationSettings settings,
            Grid grid,
            InstantSource clock,
            LocationMetrics metrics) {
        this.codec = codec;
        this.timeline = timeline;
        this.store = store;
        this.positions = positions;
        this.settings = settings;
        this.grid = grid;
        this.clock = clock;
        this.metrics = metrics;
    }

    void register(FrameRoutes routes) {
        timeline.kinds().register(routes, KIND, LocationFrames.Content.class);
    }

    /** The database was restored or replaced. */
    void clearCache() {
        known.invalidateAll();
    }

    /** What one transaction has done. */
    private record Begun(LocationStore.Started started, boolean isNew, Optional<Share> replaced) {}

    /** Starts a share, and stops the one that the user may have in this conversation. */
    Future<LocationFrames.Started> start(Principal caller, LocationFrames.Start start) {
        if (start.seconds() > settings.maxShare().toSeconds()) {
            return Future.failedFuture(
                    LocationErrors.tooLong((int) settings.maxShare().toSeconds()));
        }
        return timeline.transact(start.conversation(), caller.user(), tx -> tx.lock(start.conversation(), caller.user())
                        .compose(log -> begin(tx, log, caller, start)))
                .compose(begun -> announce(begun).map(begun.started.answer()));
    }

    /** Without Redis the share has started, too: its first update adds it. */
    private Future<Void> announce(Begun begun) {
        if (!begun.isNew) {
            return Future.succeededFuture();
        }
        Share share = begun.started.share();
        known.put(share.id(), share);
        Future<Void> deleted = begun.replaced.isEmpty()
                ? Future.succeededFuture()
                : positions
                        .end(share.conversation(), begun.replaced.get().id())
                        .compose(none -> store.cleared(begun.replaced.stream().toList()));
        return despiteOutage(deleted.compose(none -> positions.add(share.conversation(), List.of(share))), null);
    }

    /** Whatever this leaves undone, the upkeep does later. */
    private static <T> Future<T> despiteOutage(Future<T> future, T otherwise) {
        return future.recover(failure ->
                failure instanceof StoreUnavailable ? Future.succeededFuture(otherwise) : Future.failedFuture(failure));
    }

    private Future<Begun> begin(
            LogTransaction tx, LogTransaction.Locked log, Principal caller, LocationFrames.Start start) {
        return store.find(tx.sql(), start.conversation(), caller.user(), start.clientId())
                .compose(earlier -> earlier.isPresent()
                        ? Future.succeededFuture(again(earlier.get(), start))
                        : beginNew(tx, log, caller, start));
    }

    private static Begun again(LocationStore.Started earlier, LocationFrames.Start start) {
        if (earlier.seconds() != start.seconds() || earlier.share().precision() != start.precision()) {
            throw TimelineErrors.clientIdReused();
        }
        return new Begun(earlier, false, Optional.empty());
    }

    private Future<Begun> beginNew(
            LogTransaction tx, LogTransaction.Locked log, Principal caller, LocationFrames.Start start) {
        log.checkMaySpeak();
        UserId user = caller.user();
        Instant expiresAt = log.now().plusSeconds(start.seconds()).truncatedTo(ChronoUnit.MILLIS);
        Share share = new Share(
                new ShareId(Id.next()), user, caller.session(), start.conversation(), start.precision(), expiresAt);
        return store.running(tx.sql(), start.conversation(), user).compose(old -> replace(tx, user, old)
                .compose(replaced -> tx.append(entry(share, Change.STARTED)))
                .compose(appended -> {
                    LocationStore.Started started =
                            new LocationStore.Started(share, start.seconds().intValue(), appended.seq());
                    return store.insert(tx.sql(), started, start.clientId()).map(new Begun(started, true, old));
                }));
    }

    private Future<?> replace(LogTransaction tx, UserId user, Optional<Share> old) {
        return old.isPresent()
                ? stop(tx, old.get(), false, false)
                : store.count(tx.sql(), user).map(count -> {
                    if (count >= MAX_PER_USER) {
                        throw LocationErrors.tooMany(MAX_PER_USER);
                    }
                    return null;
                });
    }

    private NewEntry entry(Share share, Change change) {
        LocationFrames.Content content =
                new LocationFrames.Content(share.id(), change, change == Change.STARTED ? share.expiresAt() : null);
        return new NewEntry(
                share.conversation(),
                share.user(),
                // Not from the share's id: a message with that client id would keep the share from ending.
                "location-" + Id.Text.encode(Id.next()),
                KIND,
                codec.json(content),
                change == Change.STARTED ? "📍 Live location started" : "📍 Live location ended",
                null);
    }

    /** Takes a position or a pause of a running share. */
    Future<Void> update(Principal caller, LocationFrames.Update update) {
        Position position = update.position();
        if (position != null && position.measuredAt().isAfter(clock.instant().plus(MAX_AHEAD))) {
            return Future.failedFuture(LocationErrors.fromTheFuture(MAX_AHEAD.toSeconds()));
        }
        return own(caller, update.share()).compose(share -> {
            if (!share.session().equals(caller.session())) {
                throw LocationErrors.otherDevice();
            }
            Position shown =
                    position != null && share.precision() == Precision.COARSE ? position.coarse(grid) : position;
            return positions
                    .update(share, update.n(), shown, false)
                    .compose(outcome -> outcome == Done.MISSING
                            ? addAgain(share, update.n(), shown)
                            : Future.succeededFuture(outcome))
                    .map(outcome -> answer(outcome, position == null));
        });
    }

    /** Redis has lost the share, or PostgreSQL has not: only PostgreSQL knows. */
    private Future<PositionStore.Outcome> addAgain(Share share, long n, Position position) {
        return store.find(share.id())
                .compose(found -> found.isPresent() && !found.get().stopped()
                        ? positions.update(share, n, position, true)
                        : Future.succeededFuture(Done.ENDED));
    }

    private Void answer(PositionStore.Outcome outcome, boolean pause) {
        metrics.updated(outcome, pause);
        if (outcome instanceof PositionStore.TooEarly early) {
            throw LocationErrors.rate(early.retryAfterMs());
        }
        if (outcome == Done.ENDED || outcome == Done.MISSING) {
            throw LocationErrors.ended();
        }
        return null;
    }

    /** Ends a share of the caller, from any device. Does nothing if it has ended. */
    Future<Void> stop(Principal caller, LocationFrames.Stop stop) {
        return own(caller, stop.share()).compose(share -> end(share, false));
    }

    /**
     * Ends a share, if it runs: first it deletes the position, so that nobody sees it even while PostgreSQL is
     * unavailable, and then stores the end.
     *
     * @param silent whether no entry says so
     */
    Future<Void> end(Share share, boolean silent) {
        Future<Boolean> cleared =
                despiteOutage(positions.end(share.conversation(), share.id()).map(true), false);
        return cleared.compose(done -> timeline.transact(
                share.conversation(),
                // The user may have left the conversation by now.
                tx -> tx.lock(share.conversation(), share.user()).compose(log -> stop(tx, share, done, silent))));
    }

    /** The conversation is locked. */
    private Future<Void> stop(LogTransaction tx, Share share, boolean cleared, boolean silent) {
        return store.stop(tx.sql(), share.id(), cleared)
                .compose(early -> early && !silent
                        ? tx.appendUnchecked(entry(share, Change.STOPPED)).mapEmpty()
                        : Future.succeededFuture());
    }

    Future<LocationFrames.OwnShares> list(UserId user) {
        return store.ofUser(user, MAX_PER_USER)
                .map(shares -> new LocationFrames.OwnShares(shares.stream()
                        .map(share -> new LocationFrames.OwnShare(share.id(), share.conversation(), share.expiresAt()))
                        .toList()));
    }

    /** A share of the caller, whether it still runs or not. */
    private Future<Share> own(Principal caller, ShareId id) {
        return find(id).map(found ->
                found.filter(share -> share.user().equals(caller.user())).orElseThrow(LocationErrors::notFound));
    }

    /** In the memory of this node, in Redis, or in PostgreSQL, so that known shares go on without PostgreSQL. */
    private Future<Optional<Share>> find(ShareId id) {
        Share cached = known.getIfPresent(id);
        if (cached != null) {
            return Future.succeededFuture(Optional.of(cached));
        }
        return despiteOutage(positions.find(id), Optional.empty())
                .compose(found -> found.isPresent()
                        ? Future.succeededFuture(found)
                        : store.find(id).map(stored -> stored.map(LocationStore.Found::share)))
                .onSuccess(found -> found.ifPresent(share -> known.put(id, share)));
    }

    /**
     * Makes Redis agree with PostgreSQL about a conversation: ends what does not run, and adds what is missing, which
     * has no position until its next update.
     */
    Future<Void> reconcile(ConversationId conversation) {
        return positions.read(List.of(conversation)).compose(reads -> {
            PositionStore.Read read = reads.get(0);
            // After Redis was read, so that no share is ended that has just started.
            return store.ofConversation(conversation).compose(running -> {
                Set<ShareId> inPostgres = running.stream().map(Share::id).collect(Collectors.toSet());
                Set<ShareId> inRedis =
                        read.running().stream().map(SharedPosition::share).collect(Collectors.toSet());
                List<Future<Void>> ending = inRedis.stream()
                        .filter(share -> !inPostgres.contains(share))
                        .map(share -> positions.end(conversation, share))
                        .toList();
                List<Share> missing = running.stream()
                        .filter(share -> !inRedis.contains(share.id()))
                        .filter(share -> !read.ended().contains(share.id()))
                        .toList();
                return Future.join(ending).compose(none -> positions.add(conversation, missing));
            });
        });
    }
}
