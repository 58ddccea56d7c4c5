package im.hongyan.identity;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * What an operator decides.
 *
 * @param keys the first signs access tokens, all verify them
 * @param issuer of access tokens
 * @param audience of access tokens
 * @param accessToken how long one is valid
 * @param refreshToken how long a device stays signed in without refreshing
 */
public record IdentitySettings(
        List<TokenKey> keys,
        String issuer,
        String audience,
        Duration accessToken,
        Duration refreshToken,
        Hashing hashing,
        Limits limits) {
    public IdentitySettings {
        keys = List.copyOf(keys);
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("access tokens need a key");
        }
    }

    /**
     * The cost of a password: memory in KiB and passes of one hash.
     *
     * @param threads that hash at once
     * @param queue how many may hash or wait for it; it should be done with in some two seconds
     */
    public record Hashing(int memoryKib, int passes, int threads, int queue) {
        /** OWASP's recommendation (Password Storage Cheat Sheet, Argon2id), on half of the processors. */
        public static Hashing recommended() {
            int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
            return new Hashing(19 * 1024, 2, threads, 64 * threads);
        }
    }

    /**
     * How often. They are counted in Redis for all nodes together; while it is away each node counts for itself, so they
     * never fail open, nor closed.
     *
     * @param lookupsPerUserPerMinute searches for a username
     * @param exemptAddresses addresses that the limits per address do not count
     */
    public record Limits(
            int registrationsPerAddressPerHour,
            int signInsPerAddressPerMinute,
            int signInsPerUsernamePerMinute,
            int lookupsPerUserPerMinute,
            Predicate<String> exemptAddresses) {}
}
