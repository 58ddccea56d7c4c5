package im.hongyan.location;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The records of the frames {@code location.*}, of the entries, and of the page's settings. */
final class LocationFrames {
    private LocationFrames() {}

    // Requests

    /** @param seconds how long the share runs; the settings may allow less */
    record Start(ConversationId conversation, String clientId, Long seconds, Precision precision) {
        static final int MIN_SECONDS = 60;
        static final int MAX_SECONDS = 86_400;

        Start {
            Check.present("conversation", conversation);
            Check.clientId(clientId);
            Check.range("seconds", seconds, MIN_SECONDS, MAX_SECONDS);
            Check.present("precision", precision);
        }
    }

    /**
     * Either a position or a pause.
     *
     * @param n the number of the update; only a higher one than that of the newest update has an effect
     * @param measuredAt by the server's clock, RFC 3339
     * @param paused true for a pause, which has no position; false is the same as absent
     */
    record Update(
            ShareId share,
            Long n,
            Double latitude,
            Double longitude,
            Double accuracy,
            Double heading,
            Double speed,
            String measuredAt,
            Boolean paused) {
        private static final double MAX_HEADING = 360;
        /** In metres per second: faster than anything in orbit. */
        private static final double MAX_SPEED = 10_000;

        private static final Instant MIN_TIME = Instant.EPOCH;
        private static final Instant MAX_TIME = Instant.parse("9999-12-31T23:59:59.999Z");

        Update {
            Check.present("share", share);
            Check.seq("n", n, 0);
            latitude = latitude == null ? null : Double.valueOf(Coordinates.latitude(latitude));
            longitude = longitude == null ? null : Double.valueOf(Coordinates.longitude(longitude));
            accuracy = Coordinates.optionalAccuracy(accuracy);
            heading = Coordinates.optional("heading", heading, 0, MAX_HEADING);
            speed = Coordinates.optional("speed", speed, 0, MAX_SPEED);
            measuredAt = measuredAt == null ? null : time(measuredAt).toString();
        }

        private static Instant time(String text) {
            Instant time;
            try {
                time = OffsetDateTime.parse(text).toInstant();
            } catch (DateTimeException malformed) {
                throw Rejection.field("measuredAt", "field.type", "'measuredAt' must be a time in RFC 3339");
            }
            if (time.isBefore(MIN_TIME) || time.isAfter(MAX_TIME)) {
                throw Rejection.field("measuredAt", "field.out_of_range", "'measuredAt' must be between 1970 and 9999");
            }
            return time;
        }

        /**
         * Null for a pause.
         *
         * @throws Rejection if this is neither a whole position nor a pause without one
         */
        Position position() {
            if (Boolean.TRUE.equals(paused)) {
                if (Stream.of(latitude, longitude, accuracy, heading, speed, measuredAt)
                        .anyMatch(value -> value != null)) {
                    throw Rejection.field("paused", "location.form", "a pause has no position");
                }
                return null;
            }
            Check.present("latitude", latitude);
            Check.present("longitude", longitude);
            Check.present("accuracy", accuracy);
            Check.present("measuredAt", measuredAt);
            return new Position(latitude, longitude, accuracy, heading, speed, Instant.parse(measuredAt));
        }

        /** Has no coordinate, so that none can get into a log. */
        @Override
        public String toString() {
            return "update " + n + " of share " + share;
        }
    }

    record Stop(ShareId share) {
        Stop {
            Check.present("share", share);
        }
    }

    record Watch(ConversationId conversation) {
        Watch {
            Check.present("conversation", conversation);
        }
    }

    record Nothing() {}

    // Answers and pushes

    /** @param seq of the entry that says that the share has started */
    record Started(ShareId share, long seq, Instant expiresAt) {}

    record OwnShares(List<OwnShare> shares) {}

    record OwnShare(ShareId share, ConversationId conversation, Instant expiresAt) {}

    /** The push {@code location.positions}. */
    record Positions(ConversationId conversation, List<Item> positions) {}

    /** A share in a push. Before its first update it has no {@code n}; before its first position no coordinates. */
    record Item(
            ShareId share,
            UserId user,
            Long n,
            Instant expiresAt,
            Instant receivedAt,
            Double latitude,
            Double longitude,
            Double accuracy,
            Double heading,
            Double speed,
            Instant measuredAt,
            Boolean paused,
            Boolean ended) {
        static Item of(SharedPosition shared) {
            Position at = shared.position();
            boolean updated = shared.n() >= 0;
            return new Item(
                    shared.share(),
                    shared.user(),
                    updated ? shared.n() : null,
                    Instant.ofEpochMilli(shared.expiresAt()),
                    updated ? Instant.ofEpochMilli(shared.receivedAt()) : null,
                    at == null ? null : at.latitude(),
                    at == null ? null : at.longitude(),
                    at == null ? null : at.accuracy(),
                    at == null ? null : at.heading(),
                    at == null ? null : at.speed(),
                    at == null ? null : at.measuredAt(),
                    shared.paused() ? true : null,
                    null);
        }

        static Item ended(ShareId share, UserId user) {
            return new Item(share, user, null, null, null, null, null, null, null, null, null, null, true);
        }

        @Override
        public String toString() {
            return "share " + share;
        }
    }

    /** The content of an entry of kind {@code location}. */
    record Content(ShareId share, Change change, Instant expiresAt) {}

    enum Change {
        STARTED,
        STOPPED;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        @JsonCreator
        static Change parse(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    /**
     * What the web client needs to draw maps and to share.
     *
     * @param tileUrl a template with {@code {z}}, {@code {x}} and {@code {y}}; null without a tile server
     */
    record MapSettings(
            String tileUrl,
            String tileAttribution,
            TileCrs tileCrs,
            long maxShareSeconds,
            long minUpdateMs,
            int cellKm) {}
}
