package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.loadtest.history.Digest;
import im.hongyan.loadtest.history.Event;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/**
 * One entry of a conversation's log, in the state in which it was served.
 *
 * @param sender null for an entry without a sender
 * @param clientId null if the entry has none
 * @param at the server's time in microseconds since 1970
 * @param json the whole entry
 */
public record Entry(
        String conversation, long seq, String kind, String sender, String clientId, long at, JsonNode json) {

    /** @throws IllegalArgumentException that names a missing field */
    public static Entry of(JsonNode json) {
        return new Entry(
                Json.text(json, "conversation"),
                Json.integer(json, "seq"),
                Json.text(json, "kind"),
                Json.optionalText(json, "sender"),
                Json.optionalText(json, "clientId"),
                micros(Json.text(json, "at")),
                json);
    }

    /** Reads an entry from an answer about one conversation, which need not repeat the conversation's id. */
    static Entry of(JsonNode json, String conversation) {
        if (!json.isObject() || json.has("conversation")) {
            return of(json);
        }
        ObjectNode whole = json.deepCopy();
        return of(whole.put("conversation", conversation));
    }

    public JsonNode content() {
        return json.path("content");
    }

    /** The text of a text message, or null. */
    public String text() {
        return Json.optionalText(content(), "text");
    }

    public boolean isRecalled() {
        return json.path("recalled").asBoolean(false);
    }

    /** 0 as first stored, n if edited by entry n, {@link Event#RECALLED} if the content was deleted. */
    public long revision() {
        boolean emptied = kind.equals("edit") && !content().has("content");
        if (isRecalled() || emptied) {
            return Event.RECALLED;
        }
        return json.path("edited").path("seq").asLong(0);
    }

    /** The entry that a recall, edit or reaction refers to, or null. */
    public Long target() {
        JsonNode seq = content().path("seq");
        return seq.isIntegralNumber() ? seq.longValue() : null;
    }

    Event.Observed observedBy(String client) {
        // An edit shows the current content of its target to users who may see the target. It has no content itself.
        String digest = revision() == Event.RECALLED || kind.equals("edit") ? null : Digest.of(content());
        return new Event.Observed(client, conversation, seq, kind, sender, clientId, digest, target(), revision(), at);
    }

    private static long micros(String at) {
        try {
            Instant instant = Instant.parse(at);
            return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("\"at\" is not an RFC 3339 time in UTC: " + at, e);
        }
    }
}
