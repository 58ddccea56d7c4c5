package im.hongyan.redenvelope;

import im.hongyan.protocol.Rejection;
import im.hongyan.redenvelope.Claim.Refusal;

/** What people are told who may not. */
final class EnvelopeErrors {
    private EnvelopeErrors() {}

    /** Also of an envelope in a conversation of others: an id that was guessed tells nothing. */
    static Rejection notFound() {
        return Rejection.notFound("envelope.not_found", "there is no such envelope")
                .at("envelope");
    }

    static Rejection of(Refusal why) {
        return switch (why) {
            case NOT_FOUND -> notFound();
            case NOT_RECIPIENT -> Rejection.forbidden("envelope.not_recipient", "this envelope is for somebody else");
            case OWN -> Rejection.forbidden("envelope.own", "this envelope is for the other person");
        };
    }
}
