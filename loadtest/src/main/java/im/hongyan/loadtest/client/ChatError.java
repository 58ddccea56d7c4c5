package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.OptionalLong;

/** An error from the server, in a frame or over HTTP. It has no stack trace, because it is an answer. */
public final class ChatError extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The kinds of error, which tell a client how to react. */
    public enum Kind {
        INVALID,
        UNAUTHENTICATED,
        FORBIDDEN,
        NOT_FOUND,
        CONFLICT,
        LIMITED,
        UNAVAILABLE,
        INTERNAL,
        /** A kind that this client does not know. */
        OTHER;

        static Kind of(String name) {
            for (Kind kind : values()) {
                if (kind.name().equalsIgnoreCase(name)) {
                    return kind;
                }
            }
            return OTHER;
        }

        static Kind ofStatus(int status) {
            return switch (status) {
                case 400, 405, 411, 413, 414, 415, 422 -> INVALID;
                case 401 -> UNAUTHENTICATED;
                case 403 -> FORBIDDEN;
                case 404 -> NOT_FOUND;
                case 409 -> CONFLICT;
                case 429 -> LIMITED;
                case 502, 503, 504 -> UNAVAILABLE;
                case 500 -> INTERNAL;
                default -> OTHER;
            };
        }
    }

    private final Kind kind;
    private final String reason;
    private final String field;
    private final long retryAfterMs;
    private final int status;
    private final transient JsonNode body;

    private ChatError(Kind kind, JsonNode body, int status) {
        super(message(kind, body, status), null, false, false);
        this.kind = kind;
        this.reason = Json.optionalText(body, "reason");
        this.field = Json.optionalText(body, "field");
        this.retryAfterMs = body.path("retryAfterMs").asLong(-1);
        this.status = status;
        this.body = body;
    }

    static ChatError ofFrame(JsonNode error) {
        return new ChatError(Kind.of(error.path("kind").asText()), error, 0);
    }

    static ChatError ofHttp(int status, JsonNode problem) {
        Kind kind = problem.has("kind") ? Kind.of(problem.path("kind").asText()) : Kind.ofStatus(status);
        return new ChatError(kind, problem, status);
    }

    public Kind kind() {
        return kind;
    }

    /** The feature's reason, such as {@code conversation.not_member}, or null. */
    public String reason() {
        return reason;
    }

    /** The invalid field, or null. */
    public String field() {
        return field;
    }

    /** How long the server asks the client to wait, in milliseconds. */
    public OptionalLong retryAfterMs() {
        return retryAfterMs < 0 ? OptionalLong.empty() : OptionalLong.of(retryAfterMs);
    }

    /** The HTTP status, or 0 for a frame. */
    public int status() {
        return status;
    }

    /** The whole error, including fields that belong to a feature. */
    public JsonNode body() {
        return body;
    }

    private static String message(Kind kind, JsonNode body, int status) {
        StringBuilder text = new StringBuilder();
        if (status != 0) {
            text.append(status).append(' ');
        }
        text.append(kind);
        append(text, " ", Json.optionalText(body, "reason"));
        append(text, " at ", Json.optionalText(body, "field"));
        String message = Json.optionalText(body, "message");
        append(text, ": ", message == null ? Json.optionalText(body, "detail") : message);
        return text.toString();
    }

    private static void append(StringBuilder text, String before, String value) {
        if (value != null) {
            text.append(before).append(value);
        }
    }
}
