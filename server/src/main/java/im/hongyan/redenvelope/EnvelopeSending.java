package im.hongyan.redenvelope;

import static im.hongyan.timeline.TimelineErrors.clientIdReused;
import static im.hongyan.timeline.TimelineErrors.notMember;

import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.EnvelopeStore.NewEnvelope;
import im.hongyan.timeline.Appended;
import im.hongyan.timeline.LogTransaction;
import im.hongyan.timeline.NewEntry;
import im.hongyan.timeline.Timeline;
import im.hongyan.wallet.Ledger;
import im.hongyan.wallet.Posting;
import io.vertx.core.Future;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.Consumer;

/** Sends envelopes. One transaction stores the envelope, posts its money and appends its entry. */
final class EnvelopeSending {
    private final FrameCodec codec;
    private final Timeline timeline;
    private final Ledger ledger;
    private final EnvelopeStore store;
    private final EnvelopeSettings settings;
    private final Consumer<NewEnvelope> sent;

    /** @param sent receives each new envelope after its commit, but not retries */
    EnvelopeSending(
            FrameCodec codec,
            Timeline timeline,
            Ledger ledger,
            EnvelopeStore store,
            EnvelopeSettings settings,
            Consumer<NewEnvelope> sent) {
        this.codec = codec;
        this.timeline = timeline;
        this.ledger = ledger;
        this.store = store;
        this.settings = settings;
        this.sent = sent;
    }

    Future<EnvelopeFrames.Sent> send(Principal caller, EnvelopeFrames.Send send) {
        Split split;
        try {
            split = EnvelopeRequests.split(send, settings);
        } catch (Rejection rejection) {
            return firstAnswer(caller.user(), send, rejection);
        }
        NewEnvelope envelope = new NewEnvelope(
                new EnvelopeId(Id.next()),
                send.conversation(),
                caller.user(),
                send.clientId(),
                EnvelopeRequests.digest(send),
                send.kind(),
                send.greeting(),
                send.recipient(),
                split,
                settings.expiry());
        return timeline.transact(send.conversation(), caller.user(), tx -> store.insert(tx.sql(), envelope)
                        .compose(fresh -> fresh ? append(tx, envelope) : firstAnswer(tx, envelope)))
                .onSuccess(answer -> {
                    if (answer.envelope().equals(envelope.id())) {
                        sent.accept(envelope);
                    }
                });
    }

    /**
     * Locks the conversation before the accounts, in the same order as a claim, so that a sender who waits for the
     * conversation does not block claims that need the account. A rejection rolls back everything. The membership check
     * before the lock keeps other users from locking the conversation.
     */
    private Future<EnvelopeFrames.Sent> append(LogTransaction tx, NewEnvelope envelope) {
        UserId sender = envelope.sender();
        return tx.isMember(envelope.conversation(), sender)
                .compose(member -> member ? tx.lock(envelope.conversation(), sender) : Future.failedFuture(notMember()))
                .compose(log -> EnvelopeRequests.check(tx, log, envelope))
                .compose(none -> ledger.post(tx.sql(), posting(envelope)))
                .compose(none -> tx.append(entry(envelope)))
                .compose(appended -> appended(tx, envelope, appended));
    }

    private static Posting posting(NewEnvelope envelope) {
        return new Posting(
                RedEnvelopeKinds.SEND,
                envelope.id().value(),
                envelope.sender().value(),
                envelope.id().value(),
                envelope.split().total(),
                envelope.recipient() == null ? null : envelope.recipient().value());
    }

    private NewEntry entry(NewEnvelope envelope) {
        EnvelopeFrames.Content content = new EnvelopeFrames.Content(
                envelope.id(),
                envelope.kind(),
                envelope.greeting(),
                envelope.split().shares().length,
                envelope.recipient(),
                hex(envelope.split().commitment()));
        return new NewEntry(
                envelope.conversation(),
                envelope.sender(),
                envelope.clientId(),
                RedEnvelopeKinds.ENTRY,
                codec.json(content),
                "🧧 " + envelope.greeting(),
                null);
    }

    private Future<EnvelopeFrames.Sent> appended(LogTransaction tx, NewEnvelope envelope, Appended appended) {
        if (!appended.fresh()) {
            // A recalled message has used the client id: it would take the place of the envelope's entry.
            throw clientIdReused();
        }
        return store.setSeq(tx.sql(), envelope.id(), appended.seq(), appended.at())
                .map(none -> new EnvelopeFrames.Sent(
                        envelope.id(),
                        appended.seq(),
                        appended.at(),
                        hex(envelope.split().commitment())));
    }

    private Future<EnvelopeFrames.Sent> firstAnswer(LogTransaction tx, NewEnvelope retry) {
        return store.findSent(tx.sql(), retry.conversation(), retry.sender(), retry.clientId())
                .map(first -> answer(first.orElseThrow(), retry.digest()));
    }

    /** A retry gets the first answer, even if the limits have changed since then. */
    private Future<EnvelopeFrames.Sent> firstAnswer(UserId sender, EnvelopeFrames.Send retry, Rejection rejection) {
        return store.findSent(retry.conversation(), sender, retry.clientId())
                .map(first -> answer(first.orElseThrow(() -> rejection), EnvelopeRequests.digest(retry)));
    }

    private static EnvelopeFrames.Sent answer(EnvelopeStore.Sent first, byte[] retryDigest) {
        if (!MessageDigest.isEqual(first.digest(), retryDigest)) {
            throw clientIdReused();
        }
        return new EnvelopeFrames.Sent(first.id(), first.seq(), first.at(), hex(first.commitment()));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
