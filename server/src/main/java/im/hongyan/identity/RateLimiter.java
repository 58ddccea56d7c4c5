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
 * Bounds how often somebody may try. Counts are shared by all nodes through Redis; each node counts its own part as well,
 * and where Redis does not answer that part decides. So a limit never fails open nor closed: without Redis it holds per
 * node. Its methods fail with a {@link Rejection} of kind {@code limited}. Thread-safe.
 */
final class RateLimiter {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration MAX_WINDOW = Duration.ofHours(1);
    private static final long MAX_COUNTERS = 100_000;
    /** For one sign-in: it hashes no password, and all people behind one address refresh at once after an outage. */
    private static final int REFRESHES = 10;

    /** Counters that all nodes share. */
    @FunctionalInterface
    interface SharedCounters {
        /** Adds to a counter that is forgotten after {@code life}; gives its new value. */
        Future<Long> add(String counter, long delta, Duration life);
    }

    /**
     * At most {@code most} in each window of time.
     *
     * @param window at most an hour
     */
    private record Rule(String name, int most, Duration window) {}

    private final SharedCounters shared;
    private final InstantSource clock;
    private final Predicate<String> trusted;
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
        this.trusted = limits.exemptAddresses();
        this.registrations = new Rule("register", limits.registrationsPerAddressPerHour(), MAX_WINDOW);
        this.signIns = new Rule("signin", limits.signInsPerAddressPerMinute(), MINUTE);
        this.refreshes = new Rule("refresh", REFRESHES * limits.signInsPerAddressPerMinute(), MINUTE);
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

    /** A try of a person's password; one that succeeds is to be given back. */
    Future<Taken> password(String username) {
        return take(passwords, username);
    }

    Future<Void> lookup(UserId user) {
        return take(lookups, user.text()).mapEmpty();
    }

    /** One try that was counted. */
    record Taken(String counter, Duration window) {}

    private Future<Void> takeForAddress(Rule rule, String address) {
        return trusted.test(address)
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
        if (count > rule.most()) {
            return tooMany(rule, rest);
        }
        return shared.add(taken.counter(), 1, rule.window())
                .otherwise(count)
                .compose(all -> all > rule.most() ? tooMany(rule, rest) : Future.succeededFuture(taken));
    }

    /** As if the try had not been. */
    void giveBack(Taken taken) {
        count(taken, -1);
        shared.add(taken.counter(), -1, taken.window());
    }

    private long count(Taken taken, long delta) {
        return own.get(taken.counter(), absent -> new AtomicLong()).addAndGet(delta);
    }

    private static <T> Future<T> tooMany(Rule rule, long retryAfterMs) {
        return Future.failedFuture(
                Rejection.limited(rule.name() + ".limited", "too many tries; wait a little", retryAfterMs));
    }

    /** Who holds an IPv6 address holds at least the 2^64 beside it. */
    static String network(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        try {
            // With a colon in it this never asks a name server. A zone ("%eth0") is ours, not theirs.
            InetAddress literal = InetAddress.getByName(address.replaceFirst("%.*", ""));
            return literal instanceof Inet6Address
                    ? HexFormat.of().formatHex(Arrays.copyOf(literal.getAddress(), 8))
                    : literal.getHostAddress();
        } catch (UnknownHostException e) {
            return address;
        }
    }
}
