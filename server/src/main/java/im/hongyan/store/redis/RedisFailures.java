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

    /** Errors of a server that is a replica. */
    private static final Set<String> OF_A_REPLICA = Set.of("READONLY", "MASTERDOWN");

    /**
     * The error of a command inside a script or a transaction, after the position in the script. Redis 6 adds a prefix
     * to it; Redis 7 does so only for a transaction.
     */
    private static final Pattern WRAPPED = Pattern.compile(
            "(?:ERR Error running script .*?user_script: ?\\d+:|EXECABORT Transaction discarded because of:)"
                    + " *(-?[A-Z]+ .*)",
            Pattern.DOTALL);

    private static final Set<String> NOT_ALLOWED = Set.of("WRONGPASS", "NOAUTH", "NOPERM");

    /** Messages of the client, which has no exception types for these failures. */
    private static final Set<String> NOT_SENT = Set.of("Connection is closed", "Redis waiting queue is full");

    /** The client's format for the errors of a batch, one per line. */
    private static final Pattern OF_A_BATCH = Pattern.compile("ERR \\[(\\d+)] (.*)");

    private static final Pattern CLIENT_EXCEPTION = Pattern.compile("[a-z]+(\\.\\w+)+Exception\\b");

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
        if (TRANSIENT.contains(code(message))) {
            return StoreUnavailable.refused("Redis refused the request for now (" + code(message) + ")", failure);
        }
        Map<Integer, String> refused = refusals(failure);
        if (message.equals("CONNECTION_CLOSED")
                || refused.values().stream().anyMatch(RedisFailures::isLostConnection)
                || !(failure instanceof Response)) {
            return StoreUnavailable.unanswered("Redis: the connection was lost", failure);
        }
        if (!refused.isEmpty() && refused.values().stream().allMatch(each -> TRANSIENT.contains(code(each)))) {
            return StoreUnavailable.unanswered(
                    "Redis refused a part of the batch for now ("
                            + code(refused.values().iterator().next()) + ")",
                    failure);
        }
        return failure;
    }

    /** Whether the client failed a request of a batch, and not Redis: the error is then the name of an exception. */
    private static boolean isLostConnection(String error) {
        return error.equals("CONNECTION_CLOSED")
                || CLIENT_EXCEPTION.matcher(error).lookingAt();
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
        return OF_A_REPLICA.contains(code(String.valueOf(failure.getMessage())))
                || refusals(failure).values().stream().anyMatch(each -> OF_A_REPLICA.contains(code(each)));
    }

    /** Whether retrying is useless: the credentials, the permissions or the settings are wrong. */
    static boolean isRefusal(Throwable failure) {
        return failure instanceof RedisRefusal || NOT_ALLOWED.contains(code(String.valueOf(failure.getMessage())));
    }

    /** The first word of an error, which Redis keeps stable; that of the inner error if it is wrapped. */
    private static String code(String message) {
        Matcher wrapped = WRAPPED.matcher(message);
        String error = wrapped.matches() ? wrapped.group(1) : message;
        int end = error.indexOf(' ');
        String word = end < 0 ? error : error.substring(0, end);
        return word.startsWith("-") ? word.substring(1) : word;
    }
}
