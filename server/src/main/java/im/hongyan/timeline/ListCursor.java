package im.hongyan.timeline;

import im.hongyan.protocol.Rejection;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;

/** The end of a page of the conversation list. Opaque to clients. */
record ListCursor(OffsetDateTime at, UUID conversation) {
    static ListCursor after(ConversationView last) {
        return new ListCursor(last.activeAt(), last.id().value());
    }

    /** @return null for null */
    static ListCursor parse(String text) {
        if (text == null) {
            return null;
        }
        try {
            String[] parts = text.split("-", -1);
            long micros = Long.parseLong(parts[0], 36);
            Instant at =
                    Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000), Math.floorMod(micros, 1_000_000) * 1_000L);
            return new ListCursor(at.atOffset(ZoneOffset.UTC), im.hongyan.protocol.Id.Text.decode(parts[1]));
        } catch (RuntimeException e) {
            throw Rejection.field("cursor", "cursor.malformed", "'cursor' is not a cursor of this server");
        }
    }

    String text() {
        long micros = at.toEpochSecond() * 1_000_000 + at.getNano() / 1_000;
        return Long.toString(micros, 36) + "-" + im.hongyan.protocol.Id.Text.encode(conversation);
    }
}
