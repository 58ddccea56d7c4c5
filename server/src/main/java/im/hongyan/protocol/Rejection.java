package im.hongyan.protocol;

import java.util.Map;

/**
 * An error that the client gets: an expected outcome, so it has no stack trace and is never logged as an error.
 *
 * @see ErrorKind
 */
@SuppressWarnings("serial") // never serialised
public final class Rejection extends RuntimeException {
    private final ErrorKind kind;
    private final String reason;
    private final String field;
    private final long retryAfterMs;
    private final Map<String, Object> extra;

    private Rejection(
            ErrorKind kind, String reason, String message, String field, long retryAfterMs, Map<String, Object> extra) {
        super(message, null, false, false);
        this.kind = kind;
        this.reason = reason;
        this.field = field;
        this.retryAfterMs = retryAfterMs;
        this.extra = extra;
    }

    public static Rejection of(ErrorKind kind, String reason, String message) {
        return new Rejection(kind, reason, message, null, 0, Map.of());
    }

    public static Rejection invalid(String reason, String message) {
        return of(ErrorKind.INVALID, reason, message);
    }

    /** An invalid value of {@code field}. */
    public static Rejection field(String field, String reason, String message) {
        return invalid(reason, message).at(field);
    }

    public static Rejection forbidden(String reason, String message) {
        return of(ErrorKind.FORBIDDEN, reason, message);
    }

    public static Rejection notFound(String reason, String message) {
        return of(ErrorKind.NOT_FOUND, reason, message);
    }

    public static Rejection conflict(String reason, String message) {
        return of(ErrorKind.CONFLICT, reason, message);
    }

    public static Rejection unauthenticated(String reason, String message) {
        return of(ErrorKind.UNAUTHENTICATED, reason, message);
    }

    /** The client exceeds a limit and may retry after {@code retryAfterMs}. */
    public static Rejection limited(String reason, String message, long retryAfterMs) {
        return of(ErrorKind.LIMITED, reason, message).retryAfter(retryAfterMs);
    }

    /** A dependency is unavailable. The request may have succeeded; the client repeats it with the same client id. */
    public static Rejection unavailable(String reason, String message, long retryAfterMs) {
        return of(ErrorKind.UNAVAILABLE, reason, message).retryAfter(retryAfterMs);
    }

    /** The same rejection for a field of the request. */
    public Rejection at(String field) {
        return new Rejection(kind, reason, getMessage(), field, retryAfterMs, extra);
    }

    /** The same rejection with another reason. */
    public Rejection withReason(String other) {
        return new Rejection(kind, other, getMessage(), field, retryAfterMs, extra);
    }

    public Rejection retryAfter(long retryAfterMs) {
        return new Rejection(kind, reason, getMessage(), field, retryAfterMs, extra);
    }

    /** Adds a field that the client needs, such as the call in progress. */
    public Rejection with(String name, Object value) {
        return new Rejection(kind, reason, getMessage(), field, retryAfterMs, Map.of(name, value));
    }

    public ErrorKind kind() {
        return kind;
    }

    public String reason() {
        return reason;
    }

    /** The path of the invalid field, such as {@code content.text}; null if the error concerns no field. */
    public String field() {
        return field;
    }

    /** In milliseconds; 0 for none. */
    public long retryAfterMs() {
        return retryAfterMs;
    }

    public Map<String, Object> extra() {
        return extra;
    }
}
