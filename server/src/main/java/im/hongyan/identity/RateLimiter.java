package im.hongyan.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.protocol.ClientNetwork;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Limits how often clients may try to register, sign in, refresh and look up users. Nodes share the counts through
 * Redis. Each node also counts its own requests, and falls back to this count while Redis is unavailable, so that a
 * limit fails neither open nor closed. The methods fail with a {@link Rejection} of kind {@code limited}. Thread-safe.
 */
final class RateLimiter {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration MAX_WINDOW = Duration.ofHours(1);
    private static final long MAX_COUNTERS = 100_000;
    /** Refreshes are cheap, and after an outage all users behind one address refresh at once. */
    private static final int REFRESHES_PER_SIGN_IN = 10;

    /** The counters that all nodes share. */
    @FunctionalInterface
    interface SharedCounters {
        /** Adds to a counter that expires after {@code life}, and returns its new value. */
        Future<Long> add(String counter, long delta, Duration life);
    }

    /**
     * Allows {@code max} tries in each window of time.
     *
     * @param window at most an hour
     */
    private record Rule(String name, int max, Duration window) {}

    private final SharedCounters shared;
    private final InstantSource clock;
    private final Predicate<String> exempt;
    private final Cache<String, AtomicLong> own = Caffeine.newBuilder()
            .maximumSize(MAX_COUNTERS)
            .expireAfterWrite(MAX_WINDOW)
            .build();

    private final Rule registrations;
    private final Rule signIns;
    private final Rule refreshes;
    private final Rule passwords;
    /** For one device, session, or username at an address. */
    private final Rule passwordsOfClient;

    private final Rule passwordsOfKnownAddress;
    private final Rule lookups;

    RateLimiter(SharedCounters shared, IdentitySettings.Limits limits, InstantSource clock) {
        this.shared = shared;
        this.clock = clock;
        this.exempt = limits.exemptAddresses();
        this.registrations = new Rule("register", limits.registrationsPerAddressPerHour(), MAX_WINDOW);
        this.signIns = new Rule("signin", limits.signInsPerAddressPerMinute(), MINUTE);
        this.refreshes = new Rule("refresh", REFRESHES_PER_SIGN_IN * limits.signInsPerAddressPerMinute(), MINUTE);
        int perAddress = limits.signInsPerUsernameAndAddressPerMinute();
        this.passwords = new Rule("password", limits.signInsPerUsernamePerMinute(), MINUTE);
        this.passwordsOfClient = new Rule("password", perAddress, MINUTE);
        this.passwordsOfKnownAddress =
                new Rule("password", Math.max(perAddress, limits.signInsPerAddressPerMinute()), MINUTE);
        this.lookups = new Rule("lookup", limits.lookupsPerUserPerMinute(), MINUTE);
    }

    Future<Void> registration(String address) {
        return takeForAddress(registrations, address);
    }

    /** A device that was signed in before counts by itself, not with the other clients behind its address. */
    Future<Void> signIn(Client client) {
        return client.device().isPresent()
                ? take(signIns, "device:" + client.device().get()).mapEmpty()
                : takeForAddress(signIns, client.address());
    }

    Future<Void> refresh(String address) {
        return takeForAddress(refreshes, address);
    }

    /**
     * Counts an attempt to sign in. The caller refunds an attempt that succeeds. Wrong passwords from elsewhere must
     * not lock out the owner, so a device that has signed in before has its own counter, and an address at which the
     * user is signed in does not count towards the limit per username. Only new devices at new addresses share a limit.
     *
     * @param known whether the user has a session at this address
     */
    Future<Taken> password(Username username, Client client, boolean known) {
        String name = username.text();
        if (client.device().isPresent()) {
            return take(passwordsOfClient, "device:" + client.device().get());
        }
        String atAddress = "address:" + name + ":" + client.network().narrow();
        if (known) {
            return take(passwordsOfKnownAddress, atAddress);
        }
        return exempt.test(client.address())
                ? take(passwords, name)
                : take(passwordsOfClient, atAddress)
                        .compose(first -> take(passwords, name).map(first::with));
    }

    /** Counts an attempt of a signed-in user to confirm a change. Others cannot exhaust this limit. */
    Future<Taken> confirmation(SessionId session) {
        return take(passwordsOfClient, "session:" + session.text());
    }

    Future<Void> lookup(UserId user) {
        return take(lookups, user.text()).mapEmpty();
    }

    /** A try that was counted. */
    record Taken(List<String> counters, Duration window) {
        private Taken with(Taken other) {
            return new Taken(
                    Stream.concat(counters.stream(), other.counters.stream()).toList(), window);
        }
    }

    private Future<Void> takeForAddress(Rule rule, String address) {
        if (exempt.test(address)) {
            return Future.succeededFuture();
        }
        ClientNetwork network = ClientNetwork.of(address);
        Rule wide = new Rule(rule.name(), ClientNetwork.WIDE_ALLOWANCE * rule.max(), rule.window());
        return take(rule, network.narrow())
                .compose(taken -> network.hasWide() ? take(wide, network.wide()) : Future.succeededFuture())
                .mapEmpty();
    }

    private Future<Taken> take(Rule rule, String subject) {
        long now = clock.millis();
        long length = rule.window().toMillis();
        long window = now / length;
        long rest = (window + 1) * length - now;
        String counter = rule.name() + ":" + subject + ":" + window;
        long count = count(counter, 1);
        if (count > rule.max()) {
            return tooMany(rule, rest);
        }
        return shared.add(counter, 1, rule.window())
                .otherwise(count)
                .compose(all -> all > rule.max()
                        ? tooMany(rule, rest)
                        : Future.succeededFuture(new Taken(List.of(counter), rule.window())));
    }

    /** Undoes the count of a try. */
    void giveBack(Taken taken) {
        taken.counters().forEach(counter -> {
            count(counter, -1);
            shared.add(counter, -1, taken.window());
        });
    }

    private long count(String counter, long delta) {
        return own.get(counter, absent -> new AtomicLong()).addAndGet(delta);
    }

    private static <T> Future<T> tooMany(Rule rule, long retryAfterMs) {
        return Future.failedFuture(
                Rejection.limited(rule.name() + ".limited", "too many attempts; try again later", retryAfterMs));
    }
}
