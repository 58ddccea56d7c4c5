package im.hongyan.redenvelope;

import im.hongyan.protocol.Rejection;
import im.hongyan.redenvelope.ClaimOutcome.Refusal;

/** The rejections of users who may not see or open an envelope. */
final class EnvelopeErrors {
    private EnvelopeErrors() {}

    /** The same for an envelope in another conversation, so that a guessed id does not reveal that it exists. */
    static Rejection notFound() {
        return Rejection.notFound("envelope.not_found", "there is no such envelope")
                .at("envelope");
    }

    static Rejection of(Refusal why) {
        return switch (why) {
            case NOT_FOUND -> notFound();
            case NOT_RECIPIENT -> Rejection.forbidden("envelope.not_recipient", "this envelope is for another user");
            case OWN -> Rejection.forbidden("envelope.own", "this envelope is for the other user");
        };
    }
}
