package im.hongyan.http;

import java.util.Set;
import java.util.function.Predicate;

/**
 * The settings of the routes under {@code /api/v1}.
 *
 * @param origins web origins whose pages may call, besides the server's own
 * @param trustedProxy whether {@code X-Forwarded-*} headers from an address are trusted
 * @param requestsPerUserPerSecond the average rate of a signed-in user on this node
 * @param requestBurstPerUser the requests that a user may send at once after an idle period
 * @param concurrentTransfersPerUser requests to stream routes in progress, of a user or of an address without a token
 */
public record HttpOptions(
        Set<String> origins,
        Predicate<String> trustedProxy,
        int requestsPerUserPerSecond,
        int requestBurstPerUser,
        int concurrentTransfersPerUser) {
    public HttpOptions {
        origins = Set.copyOf(origins);
    }
}
