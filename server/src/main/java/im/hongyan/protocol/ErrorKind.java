package im.hongyan.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The closed set of error kinds; a client may branch on them for ever. Reasons are open and owned by the feature. */
public enum ErrorKind {
    INVALID(400),
    UNAUTHENTICATED(401),
    FORBIDDEN(403),
    NOT_FOUND(404),
    CONFLICT(409),
    LIMITED(429),
    UNAVAILABLE(503),
    INTERNAL(500);

    private final int status;

    ErrorKind(int status) {
        this.status = status;
    }

    /** The HTTP status of an answer of this kind. */
    public int status() {
        return status;
    }

    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
