package im.hongyan.store.redis;

import im.hongyan.store.StoreUnavailable;
import io.vertx.redis.client.Response;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Separates outages, overload and timeouts from errors that the caller must handle. */
final class RedisFailures {
    /** Errors of requests that had no effect and may be retried. */
    private static final Set<String> TRANSIENT = Set.of(
            "LOADING", "BUSY", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "OOM", "MISCONF");

    private static final Set<String> NOT_ALLOWED = Set.of("WRONGPASS", "NOAUTH", "NOPERM");

    /** Messages of the client, which has no exception types for these failures. */
    private static final Set<String> NOT_SENT = Set.of("Connection is closed", "Redis waiting queue is full");

    /** The client's format for the errors of a batch, one per line. */
    private static final Pattern OF_A_BATCH = Pattern.compile("ERR \\[(\\d+)] (.*)");

    private RedisFailures() {}

    /** Translates a failure of the client for the caller. */
    static Throwable translate(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof StoreUnavailable) {
            return failure;
        }
        if (NOT_SENT.contains(message)) {
            return StoreUnavailable.refused("Redis: " + message, failure);
        }
        if (failure instanceof TimeoutException) {
            return StoreUnavailable.unanswered("Redis did not answer in time", failure);
        }
        if (TRANSIENT.contains(word(message))) {
            return StoreUnavailable.refused("Redis refused the request for now (" + word(message) + ")", failure);
        }
        Map<Integer, String> refused = refusals(failure);
        if (message.equals("CONNECTION_CLOSED")
                || refused.containsValue("CONNECTION_CLOSED")
                || !(failure instanceof Response)) {
            return StoreUnavailable.unanswered("Redis: the connection was lost", failure);
        }
        if (!refused.isEmpty() && refused.values().stream().allMatch(each -> TRANSIENT.contains(word(each)))) {
            return StoreUnavailable.unanswered(
                    "Redis refused a part of the batch for now ("
                            + word(refused.values().iterator().next()) + ")",
                    failure);
        }
        return failure;
    }

    /** The errors of the requests of a batch by their index; empty if the failure is not that of a batch. */
    static Map<Integer, String> refusals(Throwable failure) {
        Map<Integer, String> refused = new TreeMap<>();
        String.valueOf(failure.getMessage()).lines().forEach(line -> {
            Matcher matcher = OF_A_BATCH.matcher(line);
            if (matcher.matches()) {
                refused.put(Integer.parseInt(matcher.group(1)), matcher.group(2));
            }
        });
        return refused;
    }

    static boolean isUnknownScript(Throwable failure) {
        return String.valueOf(failure.getMessage()).contains("NOSCRIPT");
    }

    /** Whether the connected server has become a replica. */
    static boolean requiresReconnect(Throwable failure) {
        return word(String.valueOf(failure.getMessage())).equals("READONLY")
                || refusals(failure).values().stream()
                        .anyMatch(each -> word(each).equals("READONLY"));
    }

    /** Whether retrying is useless: the credentials, the permissions or the settings are wrong. */
    static boolean isRefusal(Throwable failure) {
        return failure instanceof RedisRefusal || NOT_ALLOWED.contains(word(String.valueOf(failure.getMessage())));
    }

    private static String word(String message) {
        int end = message.indexOf(' ');
        return end < 0 ? message : message.substring(0, end);
    }
}
