package im.hongyan.testkit;

import com.fasterxml.jackson.databind.JsonNode;

/** The answer to a request was an error. */
@SuppressWarnings("serial") // never serialised
public final class RequestRejected extends RuntimeException {
    public final String kind;
    public final String reason;
    public final String field;

    RequestRejected(JsonNode error) {
        super(error.toString(), null, false, false);
        this.kind = error.path("kind").asText();
        this.reason = error.path("reason").asText();
        this.field = error.path("field").asText();
    }
}
