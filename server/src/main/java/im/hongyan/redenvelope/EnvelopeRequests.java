package im.hongyan.redenvelope;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.Rejection;
import im.hongyan.timeline.ConversationKind;
import im.hongyan.timeline.LogTransaction;
import im.hongyan.timeline.LogTransaction.Locked;
import im.hongyan.timeline.NewEntry;
import im.hongyan.timeline.Role;
import im.hongyan.timeline.TimelineErrors;
import io.vertx.core.Future;

/** Checks requests to send envelopes. */
final class EnvelopeRequests {
    private EnvelopeRequests() {}

    /** The split of a request. Rejects fields that contradict each other or exceed the settings. */
    static Split split(EnvelopeFrames.Send send, EnvelopeSettings settings) {
        if (send.greeting().codePointCount(0, send.greeting().length()) > settings.maxGreeting()) {
            throw Rejection.field(
                    "greeting",
                    "field.too_long",
                    "the maximum length of a greeting is " + settings.maxGreeting() + " characters");
        }
        return switch (send.kind()) {
            case DIRECT -> {
                require(send.count() == null || send.count() == 1, "count", "a direct envelope has one share");
                yield single(send, settings);
            }
            case EXCLUSIVE -> {
                require(send.count() == null || send.count() == 1, "count", "an exclusive envelope has one share");
                Check.present("recipient", send.recipient());
                yield single(send, settings);
            }
            case LUCKY -> lucky(send, settings);
            case EQUAL -> equal(send, settings);
        };
    }

    private static Split single(EnvelopeFrames.Send send, EnvelopeSettings settings) {
        return Split.equal(share("amount", Check.present("amount", send.amount()), settings), 1, nonce(send, false));
    }

    private static Split lucky(EnvelopeFrames.Send send, EnvelopeSettings settings) {
        long amount = Check.present("amount", send.amount());
        int count = count(send, settings);
        require(amount >= count, "amount", "the amount must be at least 1 fen for each share");
        if (amount > count * settings.maxShare()) {
            throw shareTooLarge("amount", settings);
        }
        return Split.lucky(amount, count, settings.maxShare(), nonce(send, true));
    }

    private static Split equal(EnvelopeFrames.Send send, EnvelopeSettings settings) {
        long each = share("amountEach", Check.present("amountEach", send.amountEach()), settings);
        require(send.amount() == null, "amount", "an equal envelope has amountEach instead of amount");
        require(send.recipient() == null, "recipient", "only an exclusive envelope has a recipient");
        return Split.equal(each, count(send, settings), send.nonce());
    }

    /** The nonce, after the remaining checks of envelopes that have a total amount. */
    private static String nonce(EnvelopeFrames.Send send, boolean forAll) {
        require(send.amountEach() == null, "amountEach", "only an equal envelope has amountEach");
        require(!forAll || send.recipient() == null, "recipient", "only an exclusive envelope has a recipient");
        require(
                send.kind() != EnvelopeKind.DIRECT || send.recipient() == null,
                "recipient",
                "a direct envelope has no recipient field: it is for the other user");
        return send.nonce();
    }

    private static int count(EnvelopeFrames.Send send, EnvelopeSettings settings) {
        int count = Check.present("count", send.count());
        if (count > settings.maxShares()) {
            throw Rejection.field("count", "envelope.limit", "the maximum number of shares is " + settings.maxShares());
        }
        return count;
    }

    private static long share(String field, long amount, EnvelopeSettings settings) {
        if (amount > settings.maxShare()) {
            throw shareTooLarge(field, settings);
        }
        return amount;
    }

    private static Rejection shareTooLarge(String field, EnvelopeSettings settings) {
        return Rejection.field(
                field, "envelope.limit", "the maximum amount of a share is " + settings.maxShare() + " fen");
    }

    private static void require(boolean condition, String field, String message) {
        if (!condition) {
            throw Rejection.field(field, "envelope.form", message);
        }
    }

    /** Tells a retry from a different request with the same client id. */
    static byte[] digest(EnvelopeFrames.Send send) {
        return NewEntry.digest(
                send.kind().text(),
                String.valueOf(send.amount()),
                String.valueOf(send.amountEach()),
                String.valueOf(send.count()),
                send.greeting(),
                String.valueOf(send.recipient()),
                send.nonce());
    }

    /**
     * Checks under the conversation's lock that the sender and the recipient are members and that the kind is allowed.
     */
    static Future<Void> check(LogTransaction tx, Locked log, EnvelopeStore.NewEnvelope envelope) {
        if (log.role() == Role.NONE) {
            return Future.failedFuture(TimelineErrors.notMember());
        }
        boolean group = log.kind() == ConversationKind.GROUP;
        if (group != envelope.kind().inGroup()) {
            return Future.failedFuture(Rejection.field(
                    "kind",
                    "envelope.kind",
                    group
                            ? "in a group the kind must be lucky, equal or exclusive"
                            : "in a direct conversation the kind must be direct"));
        }
        if (envelope.recipient() == null) {
            return Future.succeededFuture();
        }
        return tx.isMember(log.conversation(), envelope.recipient()).compose(member -> {
            if (!member || envelope.recipient().equals(envelope.sender())) {
                return Future.failedFuture(
                        Rejection.notFound("member.not_found", "the recipient must be another member of the group")
                                .at("recipient"));
            }
            return Future.succeededFuture();
        });
    }
}
