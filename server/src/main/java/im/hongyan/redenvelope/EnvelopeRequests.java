package im.hongyan.redenvelope;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.Rejection;
import im.hongyan.timeline.ConversationKind;
import im.hongyan.timeline.LogTransaction;
import im.hongyan.timeline.LogTransaction.Locked;
import im.hongyan.timeline.NewEntry;
import im.hongyan.timeline.Role;
import io.vertx.core.Future;

/** What goes into an envelope, and whether it may. */
final class EnvelopeRequests {
    private EnvelopeRequests() {}

    /** The shares that are asked for; refuses what does not fit together or is beyond the settings. */
    static Split of(EnvelopeFrames.Send send, EnvelopeSettings limits) {
        if (send.greeting().codePointCount(0, send.greeting().length()) > limits.maxGreeting()) {
            throw Rejection.field(
                    "greeting", "field.too_long", "a greeting has at most " + limits.maxGreeting() + " characters");
        }
        return switch (send.kind()) {
            case DIRECT -> {
                only(send.count() == null || send.count() == 1, "count", "a direct envelope has one share");
                yield one(send, limits);
            }
            case EXCLUSIVE -> {
                only(send.count() == null || send.count() == 1, "count", "an exclusive envelope has one share");
                Check.present("recipient", send.recipient());
                yield one(send, limits);
            }
            case LUCKY -> lucky(send, limits);
            case EQUAL -> equal(send, limits);
        };
    }

    private static Split one(EnvelopeFrames.Send send, EnvelopeSettings limits) {
        return Split.equal(share("amount", Check.present("amount", send.amount()), limits), 1, nonce(send, false));
    }

    private static Split lucky(EnvelopeFrames.Send send, EnvelopeSettings limits) {
        long amount = Check.present("amount", send.amount());
        int count = count(send, limits);
        only(amount >= count, "amount", "there is 1 fen at least for each share");
        if (amount > count * limits.maxShare()) {
            throw tooMuch("amount", limits);
        }
        return Split.lucky(amount, count, limits.maxShare(), nonce(send, true));
    }

    private static Split equal(EnvelopeFrames.Send send, EnvelopeSettings limits) {
        long each = share("amountEach", Check.present("amountEach", send.amountEach()), limits);
        only(send.amount() == null, "amount", "an equal envelope says what is in each share: amountEach");
        only(send.recipient() == null, "recipient", "this envelope is for everybody");
        return Split.equal(each, count(send, limits), send.nonce());
    }

    /** What is left to say of those that take a total. */
    private static String nonce(EnvelopeFrames.Send send, boolean forEverybody) {
        only(send.amountEach() == null, "amountEach", "only equal envelopes say what is in each share");
        only(!forEverybody || send.recipient() == null, "recipient", "this envelope is for everybody");
        only(
                send.kind() != EnvelopeKind.DIRECT || send.recipient() == null,
                "recipient",
                "a direct envelope is for the other person");
        return send.nonce();
    }

    private static int count(EnvelopeFrames.Send send, EnvelopeSettings limits) {
        int count = Check.present("count", send.count());
        if (count > limits.maxShares()) {
            throw Rejection.field(
                    "count", "envelope.limit", "an envelope has at most " + limits.maxShares() + " shares");
        }
        return count;
    }

    private static long share(String field, long amount, EnvelopeSettings limits) {
        if (amount > limits.maxShare()) {
            throw tooMuch(field, limits);
        }
        return amount;
    }

    private static Rejection tooMuch(String field, EnvelopeSettings limits) {
        return Rejection.field(field, "envelope.limit", "a share is at most " + limits.maxShare() + " fen");
    }

    private static void only(boolean right, String field, String message) {
        if (!right) {
            throw Rejection.field(field, "envelope.form", message);
        }
    }

    /** What tells a retry from another request. */
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

    /** Under the conversation's lock: whether this envelope fits into it. */
    static Future<Void> check(LogTransaction tx, Locked log, EnvelopeStore.NewEnvelope envelope) {
        if (log.role() == Role.NONE) {
            return Future.failedFuture(im.hongyan.timeline.TimelineErrors.notMember());
        }
        boolean group = log.kind() == ConversationKind.GROUP;
        if (group != envelope.kind().inGroup()) {
            return Future.failedFuture(Rejection.field(
                    "kind",
                    "envelope.kind",
                    group ? "in a group: lucky, equal or exclusive" : "in a conversation of two: direct"));
        }
        if (envelope.recipient() == null) {
            return Future.succeededFuture();
        }
        return tx.isMember(log.conversation(), envelope.recipient()).compose(member -> {
            if (!member || envelope.recipient().equals(envelope.sender())) {
                return Future.failedFuture(
                        Rejection.notFound("member.not_found", "the recipient is one of the others in the group")
                                .at("recipient"));
            }
            return Future.succeededFuture();
        });
    }
}
