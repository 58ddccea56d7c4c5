package im.hongyan.redenvelope;

import im.hongyan.store.Postgres;

/** The tables of red envelopes. */
record EnvelopeStores(EnvelopeStore envelopes, ClaimStore claims, EnvelopeHistoryStore history, RefundStore refunds) {
    static EnvelopeStores of(Postgres postgres, String currency) {
        return new EnvelopeStores(
                new EnvelopeStore(postgres),
                new ClaimStore(postgres, currency),
                new EnvelopeHistoryStore(postgres),
                new RefundStore(postgres, currency));
    }
}
