package im.hongyan.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

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
    private final Rule lookups;

    RateLimiter(SharedCounters shared, IdentitySettings.Limits limits, InstantSource clock) {
        this.shared = shared;
        this.clock = clock;
        this.exempt = limits.exemptAddresses();
        this.registrations = new Rule("register", limits.registrationsPerAddressPerHour(), MAX_WINDOW);
        this.signIns = new Rule("signin", limits.signInsPerAddressPerMinute(), MINUTE);
        this.refreshes = new Rule("refresh", REFRESHES_PER_SIGN_IN * limits.signInsPerAddressPerMinute(), MINUTE);
        this.passwords = new Rule("password", limits.signInsPerUsernamePerMinute(), MINUTE);
        this.lookups = new Rule("lookup", limits.lookupsPerUserPerMinute(), MINUTE);
    }

    Future<Void> registration(String address) {
        return takeForAddress(registrations, address);
    }

    Future<Void> signIn(String address) {
        return takeForAddress(signIns, address);
    }

    Future<Void> refresh(String address) {
        return takeForAddress(refreshes, address);
    }

    /** Counts a try of a password. The caller gives back one that succeeds. */
    Future<Taken> password(String username) {
        return take(passwords, username);
    }

    Future<Void> lookup(UserId user) {
        return take(lookups, user.text()).mapEmpty();
    }

    /** A try that was counted. */
    record Taken(String counter, Duration window) {}

    private Future<Void> takeForAddress(Rule rule, String address) {
        return exempt.test(address)
                ? Future.succeededFuture()
                : take(rule, network(address)).mapEmpty();
    }

    private Future<Taken> take(Rule rule, String subject) {
        long now = clock.millis();
        long length = rule.window().toMillis();
        long window = now / length;
        long rest = (window + 1) * length - now;
        Taken taken = new Taken(rule.name() + ":" + subject + ":" + window, rule.window());
        long count = count(taken, 1);
        if (count > rule.max()) {
            return tooMany(rule, rest);
        }
        return shared.add(taken.counter(), 1, rule.window())
                .otherwise(count)
                .compose(all -> all > rule.max() ? tooMany(rule, rest) : Future.succeededFuture(taken));
    }

    /** Undoes the count of a try. */
    void giveBack(Taken taken) {
        count(taken, -1);
        shared.add(taken.counter(), -1, taken.window());
    }

    private long count(Taken taken, long delta) {
        return own.get(taken.counter(), absent -> new AtomicLong()).addAndGet(delta);
    }

    private static <T> Future<T> tooMany(Rule rule, long retryAfterMs) {
        return Future.failedFuture(
                Rejection.limited(rule.name() + ".limited", "too many attempts; try again later", retryAfterMs));
    }

    /** The address, or the /64 network of an IPv6 address: its holder has at least all of that network. */
    static String network(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        try {
            // A text with a colon is never resolved by DNS. A zone ("%eth0") is local to this machine.
            InetAddress literal = InetAddress.getByName(address.replaceFirst("%.*", ""));
            return literal instanceof Inet6Address
                    ? HexFormat.of().formatHex(Arrays.copyOf(literal.getAddress(), 8))
                    : literal.getHostAddress();
        } catch (UnknownHostException e) {
            return address;
        }
    }
}
