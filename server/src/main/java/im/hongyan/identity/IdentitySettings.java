package im.hongyan.identity;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * The settings of identity.
 *
 * @param keys the first one signs access tokens, all verify them
 * @param issuer of access tokens
 * @param audience of access tokens
 * @param accessToken lifetime of an access token
 * @param refreshToken lifetime of a session that is not refreshed
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
            throw new IllegalArgumentException("at least one key for access tokens is required");
        }
    }

    /**
     * The cost of hashing passwords.
     *
     * @param memoryKib memory of one hash
     * @param passes over that memory
     * @param threads that hash in parallel
     * @param queue passwords that may be hashed or wait at the same time; should take about two seconds to work off
     */
    public record Hashing(int memoryKib, int passes, int threads, int queue) {
        /** The recommendation of OWASP (Password Storage Cheat Sheet, Argon2id), on half of the processors. */
        public static Hashing recommended() {
            int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
            return new Hashing(19 * 1024, 2, threads, 64 * threads);
        }
    }

    /**
     * Rate limits, see {@link RateLimiter}.
     *
     * @param signInsPerUsernamePerMinute wrong passwords from new devices at new addresses
     * @param signInsPerUsernameAndAddressPerMinute wrong passwords from one address, device or session
     * @param lookupsPerUserPerMinute searches for a username
     * @param exemptAddresses addresses that are exempt from the limits per address
     */
    public record Limits(
            int registrationsPerAddressPerHour,
            int signInsPerAddressPerMinute,
            int signInsPerUsernamePerMinute,
            int signInsPerUsernameAndAddressPerMinute,
            int lookupsPerUserPerMinute,
            Predicate<String> exemptAddresses) {}
}
