package im.hongyan.nearby;

import im.hongyan.async.PeriodicTasks;
import im.hongyan.location.Grid;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StartFailure;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.redis.Redis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The frames of Nearby, and what hides users. Thread-safe. */
final class Nearby {
    private static final Logger LOG = LoggerFactory.getLogger(Nearby.class);
    private static final Duration SWEEP = Duration.ofSeconds(1);
    private static final Duration SWEEP_DEADLINE = Duration.ofSeconds(10);
    private static final Duration MAX_STOP = Duration.ofSeconds(1);

    /** How many users a node hides in one sweep. */
    private static final int SWEEP_BATCH = 500;

    /** How many users are chosen: some of them are left out, such as the searching user. */
    private static final int SAMPLE = NearbyRules.MAX_FOUND + 50;

    /** How often a change is tried. Each failed attempt means that another change of the user has succeeded. */
    private static final int MAX_ATTEMPTS = 20;

    private static final StoreUnavailable TOO_MANY_CHANGES =
            StoreUnavailable.refused("too many requests change the visibility of one user", null);

    private static final SecureRandom RANDOM = new SecureRandom();

    private final NearbyRules rules;
    private final CellStore cells;
    private final CellSizeStore sizes;
    private final VisibilityStore visibility;
    private final int cellKm;
    private final InstantSource clock;
    private final PeriodicTasks tasks;

    /** A change of a state, decided by the one that was read. */
    @FunctionalInterface
    private interface Change {
        /** @return the same object to change nothing */
        Optional<NearbyState> apply(Optional<NearbyState> before, long now);
    }

    Nearby(Vertx vertx, Postgres postgres, Redis redis, Grid grid, InstantSource clock) {
        this.rules = new NearbyRules(grid);
        this.cells = new CellStore(redis);
        this.sizes = new CellSizeStore(postgres);
        this.visibility = new VisibilityStore(postgres);
        this.cellKm = grid.sizeMetres() / 1000;
        this.clock = clock;
        this.tasks = new PeriodicTasks(vertx, LOG, StoreUnavailable.class::isInstance);
    }

    void register(FrameRoutes frames) {
        frames.on("nearby.enable", NearbyFrames.Enable.class, Void.class, this::enable)
                .on(
                        "nearby.disable",
                        NearbyFrames.Disable.class,
                        Void.class,
                        (caller, disable) -> change(caller.user(), this::hide))
                .on("nearby.find", NearbyFrames.Find.class, NearbyFrames.Found.class, this::find);
    }

    /** Fails if the cells of the database have another size. */
    Future<Void> start() {
        return sizes.fix(cellKm).map(fixed -> {
            if (fixed != cellKm) {
                throw new StartFailure("The cells of this database have " + fixed + " km, but nearby.cell-km is "
                        + cellKm + ". Cells of two sizes would reveal more about users than one: set nearby.cell-km to "
                        + fixed + ".");
            }
            tasks.every(SWEEP, "hiding users whose time is over", SWEEP_DEADLINE, this::sweep);
            return null;
        });
    }

    Future<Void> stop() {
        return tasks.stop(MAX_STOP);
    }

    private Future<Void> enable(Principal caller, NearbyFrames.Enable enable) {
        return change(
                caller.user(),
                (before, now) -> Optional.of(rules.enable(
                        before, enable.latitude(), enable.longitude(), enable.seconds(), caller.session(), now)));
    }

    private Optional<NearbyState> hide(Optional<NearbyState> before, long now) {
        return before.filter(NearbyState::isIndexed).isEmpty() ? before : rules.hide(before.get(), now);
    }

    private Future<Void> change(UserId user, Change change) {
        return change(user, change, MAX_ATTEMPTS);
    }

    private Future<Void> change(UserId user, Change change, int attempts) {
        return cells.read(user).compose(before -> {
            long now = clock.millis();
            Optional<NearbyState> after = change.apply(before, now);
            if (after.equals(before)) {
                return Future.succeededFuture();
            }
            long keepMs = after.map(state -> rules.keepMs(state, now)).orElse(0L);
            return cells.replace(user, before, after, keepMs).compose(replaced -> {
                if (replaced) {
                    return Future.succeededFuture();
                }
                return attempts > 1 ? change(user, change, attempts - 1) : Future.failedFuture(TOO_MANY_CHANGES);
            });
        });
    }

    private Future<NearbyFrames.Found> find(Principal caller, NearbyFrames.Find find) {
        UserId user = caller.user();
        return cells.read(user).compose(state -> {
            long now = clock.millis();
            NearbyState own = state.filter(found -> found.isVisible(now)).orElseThrow(NearbyErrors::notEnabled);
            return cells.sample(user, rules.searched(own.cell(), find.radius()), SAMPLE, now)
                    .map(Nearby::chosen)
                    .compose(cells::read)
                    .compose(states -> answer(user, own, states, find.radius(), now));
        });
    }

    private static List<UserId> chosen(CellStore.Sample sample) {
        if (sample instanceof CellStore.Sample.Refused refused) {
            throw NearbyErrors.rate(refused.retryAfterMs());
        }
        return ((CellStore.Sample.Users) sample).users();
    }

    /** @param states of users who were chosen; they may have moved or have been hidden meanwhile */
    private Future<NearbyFrames.Found> answer(
            UserId user, NearbyState own, Map<UserId, NearbyState> states, int radius, long now) {
        Map<UserId, Distance> distances = new LinkedHashMap<>();
        Map<UserId, SessionId> sessions = new LinkedHashMap<>();
        states.forEach((other, state) -> {
            if (state.isVisible(now)) {
                rules.distance(own.cell(), state.cell(), radius).ifPresent(distance -> distances.put(other, distance));
                sessions.put(other, state.session());
            }
        });
        distances.remove(user);
        sessions.put(user, own.session());
        return visibility.visible(user, sessions).map(visible -> {
            if (!visible.contains(user)) {
                // The session has ended, and this node has not hidden the user yet.
                throw NearbyErrors.notEnabled();
            }
            return found(distances, visible);
        });
    }

    /** Shuffled, because Redis returns users by their columns, which would tell who is further east. */
    private static NearbyFrames.Found found(Map<UserId, Distance> distances, Set<UserId> visible) {
        List<NearbyFrames.FoundUser> found = new ArrayList<>();
        distances.forEach((other, distance) -> {
            if (visible.contains(other)) {
                found.add(new NearbyFrames.FoundUser(other, distance));
            }
        });
        Collections.shuffle(found, RANDOM);
        return new NearbyFrames.Found(List.copyOf(found.subList(0, Math.min(found.size(), NearbyRules.MAX_FOUND))));
    }

    /** Hides the users whom these sessions have made visible. Best effort: a search checks sessions, too. */
    void sessionsEnded(Set<SessionId> sessions) {
        cells.users(sessions)
                .compose(users -> Future.join(users.stream()
                        .map(user -> change(
                                user,
                                (before, now) -> before.filter(state -> sessions.contains(state.session()))
                                                .isPresent()
                                        ? hide(before, now)
                                        : before))
                        .toList()))
                .onFailure(failure -> {
                    if (!(failure instanceof StoreUnavailable)) {
                        LOG.warn("users whose sessions ended were not hidden: {}", failure.toString());
                    }
                });
    }

    /** Deletes everything that is known of the user. Idempotent. */
    Future<Void> accountDeleted(UserId user) {
        return change(user, (before, now) -> Optional.empty()).compose(none -> cells.deleteSearches(user));
    }

    /** Hides users whose time is over. Nodes that do so at the same time do not disturb each other. */
    private Future<Void> sweep() {
        return cells.expired(clock.millis(), SWEEP_BATCH).compose(expired -> cells.read(
                        expired.stream().map(CellStore.Expired::user).toList())
                .compose(states -> Future.join(expired.stream()
                                .map(one -> states.containsKey(one.user())
                                        ? change(one.user(), this::hideIfOver)
                                        : cells.removeWithoutState(one))
                                .toList())
                        .mapEmpty()));
    }

    private Optional<NearbyState> hideIfOver(Optional<NearbyState> before, long now) {
        return before.filter(state -> !state.isVisible(now)).isPresent() ? hide(before, now) : before;
    }
}
