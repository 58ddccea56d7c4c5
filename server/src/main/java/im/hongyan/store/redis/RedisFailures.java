package im.hongyan.store.redis;

import im.hongyan.store.StoreUnavailable;
import io.vertx.redis.client.Response;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells failures that mean "away, overloaded or too slow" from those that are the caller's to understand. */
final class RedisFailures {
    /** Refused before anything was done, and worth another try. */
    private static final Set<String> TRANSIENT = Set.of(
            "LOADING", "BUSY", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "OOM", "MISCONF");

    private static final Set<String> NOT_ALLOWED = Set.of("WRONGPASS", "NOAUTH", "NOPERM");

    /** The client's own words; it has no types for them. */
    private static final Set<String> NOT_SENT = Set.of("Connection is closed", "Redis waiting queue is full");

    /** How the client puts the errors of a batch, one in a line. */
    private static final Pattern OF_A_BATCH = Pattern.compile("ERR \\[(\\d+)] (.*)");

    private RedisFailures() {}

    /** What the caller is told of a request. */
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
            return StoreUnavailable.refused("Redis refused for now (" + word(message) + ")", failure);
        }
        Map<Integer, String> refused = refusals(failure);
        if (message.equals("CONNECTION_CLOSED")
                || refused.containsValue("CONNECTION_CLOSED")
                || !(failure instanceof Response)) {
            return StoreUnavailable.unanswered("Redis: the connection was lost", failure);
        }
        if (!refused.isEmpty() && refused.values().stream().allMatch(each -> TRANSIENT.contains(word(each)))) {
            return StoreUnavailable.unanswered(
                    "Redis refused a part for now ("
                            + word(refused.values().iterator().next()) + ")",
                    failure);
        }
        return failure;
    }

    /** What became of the requests of a batch that failed, by their place in it; empty if this is no batch's failure. */
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

    /** The server that we are connected to is a replica now. */
    static boolean wantsNewConnection(Throwable failure) {
        return word(String.valueOf(failure.getMessage())).equals("READONLY")
                || refusals(failure).values().stream()
                        .anyMatch(each -> word(each).equals("READONLY"));
    }

    /** Waiting does not help: the password or the user's rights are wrong, or the settings do not fit. */
    static boolean isRefusal(Throwable failure) {
        return failure instanceof RedisRefusal || NOT_ALLOWED.contains(word(String.valueOf(failure.getMessage())));
    }

    private static String word(String message) {
        int end = message.indexOf(' ');
        return end < 0 ? message : message.substring(0, end);
    }
}
