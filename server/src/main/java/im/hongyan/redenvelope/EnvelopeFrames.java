package im.hongyan.redenvelope;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SingleLine;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.Claim.Taken;
import im.hongyan.redenvelope.EnvelopeStore.Item;
import im.hongyan.redenvelope.EnvelopeStore.State;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/** What is asked and answered of envelopes. Amounts are fen. */
final class EnvelopeFrames {
    /** Far beyond any setting, and far from where sums overflow. */
    static final long MAX_FEN = 1_000_000_000_000L;

    static final int MAX_SHARES = 1_000;
    static final int GREETING_CHARACTERS = 200;
    static final int NONCE_BYTES = 64;
    static final String GREETING = "恭喜发财";
    private static final int FIRST_YEAR = 2020;
    private static final int LAST_YEAR = 2199;
    private static final int PAGE = 50;
    private static final int LARGEST_PAGE = 100;

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
            greeting = greeting == null ? GREETING : greeting(greeting);
            nonce = nonce == null ? "" : Check.optionalText("nonce", nonce, NONCE_BYTES);
        }

        private static String greeting(String typed) {
            try {
                return SingleLine.of("a greeting", typed, GREETING_CHARACTERS);
            } catch (Rejection rejection) {
                throw rejection.at("greeting");
            }
        }
    }

    /** One envelope. */
    record Which(EnvelopeId envelope) {
        Which {
            Check.present("envelope", envelope);
        }
    }

    record Nothing() {}

    /** Whether one looks for what one sent, or for what one received. */
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
            throw Rejection.field("direction", "envelope.direction", "a direction is sent or received");
        }

        @com.fasterxml.jackson.annotation.JsonValue
        String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    record History(Integer year, Direction direction, EnvelopeId cursor, Integer limit) {
        History {
            Check.present("year", year);
            Check.range("year", year.longValue(), FIRST_YEAR, LAST_YEAR);
            Check.present("direction", direction);
            limit = Check.limit(limit, PAGE, LARGEST_PAGE);
        }
    }

    record Sent(EnvelopeId envelope, long seq, Instant at, String commitment) {}

    /** @param amount of a share that one has */
    record Opened(String outcome, Long amount) {}

    record Limits(String currency, long shareMin, long shareMax, int sharesMax, int greetingMax, long seconds) {}

    /** The content of an {@code envelope} entry. */
    record Content(
            EnvelopeId envelope, EnvelopeKind kind, String greeting, int count, UserId recipient, String commitment) {}

    /** @param best luck, of an envelope of which all is taken; absent otherwise */
    record Opener(UserId user, long amount, Instant at, Boolean best) {}

    /** What shows that the amounts were fixed when the envelope was sent. */
    record Proof(String seed, String parameters, String nonce, String commitment, List<Long> shares) {}

    record View(
            EnvelopeId envelope,
            ConversationId conversation,
            UserId sender,
            EnvelopeKind kind,
            String greeting,
            UserId recipient,
            long total,
            int count,
            int taken,
            long takenAmount,
            String state,
            Instant at,
            Instant expiresAt,
            Instant closedAt,
            Long mine,
            List<Opener> openers,
            Long seconds,
            String commitment,
            Proof proof) {
        static View of(State state, UserId viewer) {
            List<Taken> claims = state.claims();
            Taken best = bestLuck(state);
            Instant closedAt =
                    state.isExhausted() ? claims.get(claims.size() - 1).at() : state.settledAt();
            String commitment = HexFormat.of().formatHex(state.commitment());
            return new View(
                    state.terms().id(),
                    state.terms().conversation(),
                    state.terms().sender(),
                    state.terms().kind(),
                    state.greeting(),
                    state.terms().recipient(),
                    state.total(),
                    state.terms().count(),
                    claims.size(),
                    claims.stream().mapToLong(Taken::amount).sum(),
                    EnvelopeFrames.state(state.isExhausted(), state.isOver()),
                    state.at(),
                    state.terms().expiresAt(),
                    closedAt,
                    claims.stream()
                            .filter(taken -> taken.user().equals(viewer))
                            .map(Taken::amount)
                            .findFirst()
                            .orElse(null),
                    claims.stream()
                            .map(taken -> new Opener(
                                    taken.user(), taken.amount(), taken.at(), taken.equals(best) ? true : null))
                            .toList(),
                    state.isExhausted()
                            ? java.time.Duration.between(state.at(), closedAt).toSeconds()
                            : null,
                    commitment,
                    state.isClosed()
                            ? new Proof(
                                    HexFormat.of().formatHex(state.seed()),
                                    state.parameters(),
                                    state.nonce(),
                                    commitment,
                                    state.shares())
                            : null);
        }

        /** The largest share of a lucky envelope of which all are taken; the first of several. */
        private static Taken bestLuck(State state) {
            if (state.terms().kind() != EnvelopeKind.LUCKY
                    || !state.isExhausted()
                    || state.terms().count() == 1) {
                return null;
            }
            return state.claims().stream()
                    .max(Comparator.comparingLong(Taken::amount)
                            .thenComparing(Comparator.comparing(Taken::at)
                                    .thenComparing(Taken::idx)
                                    .reversed()))
                    .orElse(null);
        }
    }

    /** A share that was taken. */
    record Opening(UserId user, long amount, Instant at) {}

    /** News of an envelope: the shares that were taken since the last push. */
    record Openings(EnvelopeId envelope, List<Opening> openings, int taken, int count) {
        static Openings of(EnvelopeSpec envelope, List<Taken> claims, int taken) {
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
                    EnvelopeFrames.state(item.taken() == item.count(), item.settled()),
                    item.best() ? true : null);
        }
    }

    record YearTotal(long count, long amount, long best) {}

    record Year(List<Listed> envelopes, YearTotal total, EnvelopeId cursor) {}

    static String state(boolean exhausted, boolean over) {
        return exhausted ? "exhausted" : over ? "expired" : "open";
    }
}
