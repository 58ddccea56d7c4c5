package im.hongyan.redenvelope;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SingleLine;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.EnvelopeHistoryStore.Item;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** The frames of red envelopes. Amounts are in fen. */
final class EnvelopeFrames {
    /** Larger than any setting allows, and small enough that sums cannot overflow. */
    static final long MAX_FEN = 1_000_000_000_000L;

    static final int MAX_SHARES = 1_000;
    static final int MAX_GREETING_CHARACTERS = 200;
    static final int MAX_NONCE_BYTES = 64;
    static final String DEFAULT_GREETING = "恭喜发财";
    private static final int MIN_YEAR = 2020;
    private static final int MAX_YEAR = 2199;
    private static final int MAX_UTC_OFFSET = 18 * 60;
    private static final int DEFAULT_PAGE = 50;
    private static final int MAX_PAGE = 100;

    private EnvelopeFrames() {}

    record Send(
            ConversationId conversation,
            String clientId,
            EnvelopeKind kind,
            Long amount,
            Long amountEach,
            Integer count,
            String greeting,
            UserId recipient,
            String nonce) {
        Send {
            Check.present("conversation", conversation);
            Check.clientId(clientId);
            Check.present("kind", kind);
            if (amount != null) {
                Check.range("amount", amount, 1, MAX_FEN);
            }
            if (amountEach != null) {
                Check.range("amountEach", amountEach, 1, MAX_FEN);
            }
            if (count != null) {
                Check.range("count", count.longValue(), 1, MAX_SHARES);
            }
            greeting = greeting == null ? DEFAULT_GREETING : checkedGreeting(greeting);
            nonce = nonce == null ? "" : Check.optionalText("nonce", nonce, MAX_NONCE_BYTES);
        }

        private static String checkedGreeting(String greeting) {
            try {
                return SingleLine.of("a greeting", greeting, MAX_GREETING_CHARACTERS);
            } catch (Rejection rejection) {
                throw rejection.at("greeting");
            }
        }
    }

    /** A request that refers to one envelope. */
    record ById(EnvelopeId envelope) {
        ById {
            Check.present("envelope", envelope);
        }
    }

    record GetLimits() {}

    /** Which envelopes a history lists. */
    enum Direction {
        SENT,
        RECEIVED;

        @JsonCreator
        static Direction parse(String text) {
            for (Direction direction : values()) {
                if (direction.text().equals(text)) {
                    return direction;
                }
            }
            throw Rejection.field("direction", "envelope.direction", "the direction must be 'sent' or 'received'");
        }

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param utcOffsetMinutes how far the client's clock is ahead of UTC when its year begins */
    record History(Integer year, Integer utcOffsetMinutes, Direction direction, EnvelopeId cursor, Integer limit) {
        History {
            Check.present("year", year);
            Check.range("year", year.longValue(), MIN_YEAR, MAX_YEAR);
            utcOffsetMinutes = utcOffsetMinutes == null
                    ? 0
                    : (int) Check.range(
                            "utcOffsetMinutes", utcOffsetMinutes.longValue(), -MAX_UTC_OFFSET, MAX_UTC_OFFSET);
            Check.present("direction", direction);
            limit = Check.limit(limit, DEFAULT_PAGE, MAX_PAGE);
        }
    }

    record Sent(EnvelopeId envelope, long seq, Instant at, String commitment) {}

    /** @param amount of the user's share; absent if the user has none */
    record Opened(String outcome, Long amount) {
        static Opened of(OpenResult result) {
            if (result instanceof OpenResult.Share share) {
                return new Opened(share.again() ? "already" : "opened", share.amount());
            }
            return new Opened(result instanceof OpenResult.Empty ? "empty" : "expired", null);
        }
    }

    record Limits(String currency, long shareMin, long shareMax, int sharesMax, int greetingMax, long seconds) {}

    /** The content of an {@code envelope} entry. */
    record Content(
            EnvelopeId envelope, EnvelopeKind kind, String greeting, int count, UserId recipient, String commitment) {}

    /** A claimed share. */
    record Opening(UserId user, long amount, Instant at) {}

    /** The shares that were claimed since the last push. */
    record Openings(EnvelopeId envelope, List<Opening> openings, int taken, int count) {
        static Openings of(EnvelopeSpec envelope, List<ClaimedShare> claims, int taken) {
            return new Openings(
                    envelope.id(),
                    claims.stream()
                            .map(one -> new Opening(one.user(), one.amount(), one.at()))
                            .toList(),
                    taken,
                    envelope.count());
        }
    }

    record Closed(EnvelopeId envelope, String state) {}

    /** An envelope in a history. */
    record Listed(
            EnvelopeId envelope,
            ConversationId conversation,
            EnvelopeKind kind,
            UserId sender,
            String greeting,
            long amount,
            Instant at,
            int count,
            int taken,
            String state,
            Boolean best) {
        static Listed of(Item item) {
            return new Listed(
                    item.envelope(),
                    item.conversation(),
                    item.kind(),
                    item.sender(),
                    item.greeting(),
                    item.amount(),
                    item.at(),
                    item.count(),
                    item.taken(),
                    EnvelopeFrames.state(item.taken() == item.count(), item.refunded()),
                    item.best() ? true : null);
        }
    }

    record YearTotal(long count, long amount, long best) {}

    record Year(List<Listed> envelopes, YearTotal total, EnvelopeId cursor) {}

    static String state(boolean exhausted, boolean over) {
        return exhausted ? "exhausted" : over ? "expired" : "open";
    }
}
