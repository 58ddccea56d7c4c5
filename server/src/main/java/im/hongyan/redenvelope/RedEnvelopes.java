package im.hongyan.redenvelope;

import static im.hongyan.timeline.Refusals.clientIdReused;
import static im.hongyan.timeline.Refusals.notMember;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.Caller;
import im.hongyan.protocol.EnvelopeId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.Routes;
import im.hongyan.protocol.Turns;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.Claim.Refusal;
import im.hongyan.redenvelope.Claim.Taken;
import im.hongyan.redenvelope.EnvelopeStore.Item;
import im.hongyan.redenvelope.EnvelopeStore.Settled;
import im.hongyan.redenvelope.EnvelopeStore.State;
import im.hongyan.redenvelope.EnvelopeStore.Sum;
import im.hongyan.store.Postgres;
import im.hongyan.store.Redis;
import im.hongyan.timeline.Appended;
import im.hongyan.timeline.Draft;
import im.hongyan.timeline.EntryKind;
import im.hongyan.timeline.LogTransaction;
import im.hongyan.timeline.Timeline;
import im.hongyan.wallet.LedgerStore;
import im.hongyan.wallet.Reconciliation.Violations;
import im.hongyan.wallet.Wallet;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Red envelopes: money that is dropped into a conversation, and grabbed. {@link #start} once the stores are migrated; then all
 * methods may be called from any thread.
 */
public final class RedEnvelopes {
    /**
     * What an envelope may be.
     *
     * @param shareMost fen in a share
     * @param sharesMost shares in an envelope
     * @param greetingMost characters (code points)
     * @param life until what is left goes back
     */
    public record Limits(long shareMost, int sharesMost, int greetingMost, Duration life) {}

    /** A reservation is claimed or given back within this time, whatever dies. */
    private static final long UNSETTLED_MS = 10_000;

    private static final int MOST_PAGES_WAITING = 100;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
    private static final int SUMS_REMEMBERED = 10_000;
    private static final Duration SUM_REMEMBERED = Duration.ofSeconds(3);

    /** What the sums of a year are of. */
    private record Summed(UserId user, Frames.Direction direction, int year) {}

    static final EntryKind KIND = new EntryKind("envelope", true, true);

    private final FrameCodec codec;
    private final Timeline timeline;
    private final Delivery delivery;
    private final LedgerStore ledger;
    private final Wallet wallet;
    private final Limits limits;
    private final EnvelopeStore store;
    private final GateStore gate;
    private final Grab grab;
    private final Watches watches;
    private final Chores chores;
    /** One page of a person at a time: each reads the claims of a hundred envelopes. */
    private final Turns<UserId> readers = new Turns<>(1, MOST_PAGES_WAITING, LONGEST_WAIT, RedEnvelopes::tooManyPages);

    private final Reads<Summed, Sum> summing = new Reads<>();
    private final Cache<Summed, Sum> sums = Caffeine.newBuilder()
            .maximumSize(SUMS_REMEMBERED)
            .expireAfterWrite(SUM_REMEMBERED)
            .build();

    public RedEnvelopes(
            Vertx vertx,
            FrameCodec codec,
            Timeline timeline,
            Delivery delivery,
            Sockets sockets,
            Postgres postgres,
            Redis redis,
            Wallet wallet,
            Limits limits,
            MeterRegistry registry) {
        this.codec = codec;
        this.timeline = timeline;
        this.delivery = delivery;
        this.wallet = wallet;
        this.ledger = wallet.ledger();
        this.limits = limits;
        GrabMetrics metrics = new GrabMetrics(registry);
        store = new EnvelopeStore(postgres, ledger.currency());
        gate = new GateStore(redis);
        watches = new Watches(vertx, codec, sockets, timeline.members(), store);
        grab = new Grab(vertx, store, gate, this::claimed, metrics);
        chores = new Chores(vertx, store, grab, metrics, this::settled);
        audit();
    }

    public void register(Routes routes) {
        routes.on("envelope.send", Frames.Send.class, Frames.Sent.class, this::send)
                .on("envelope.open", Frames.Which.class, Frames.Opened.class, this::open)
                .on("envelope.view", Frames.Which.class, Frames.View.class, (caller, which) -> view(
                                caller, which.envelope())
                        .map(seen -> Frames.View.of(seen.state, caller.user())))
                .on("envelope.watch", Frames.Which.class, Frames.View.class, this::watch)
                .on("envelope.unwatch", Frames.Which.class, Void.class, this::unwatch)
                .on("envelope.history", Frames.History.class, Frames.Year.class, this::history)
                .on("envelope.limits", Frames.Nothing.class, Frames.Limits.class, (caller, none) -> limits())
                .pushes("envelope.opened", Frames.Openings.class)
                .pushes("envelope.closed", Frames.Closed.class)
                .entries(KIND.name(), Frames.Content.class);
    }

    public void start() {
        watches.start();
        chores.start();
    }

    public void stop() {
        watches.stop();
        chores.stop();
    }

    /** The database holds another history than before. */
    public void forget() {
        grab.forget();
    }

    private void audit() {
        wallet.reconciliation().check("envelopes", EnvelopeStore.UNEQUAL);
        wallet.reconciliation().check("envelopes_overdue", EnvelopeStore.OVERDUE);
        wallet.reconciliation().check("reservations", () -> gate.unsettled(UNSETTLED_MS)
                .map(count -> new Violations(count, List.of())));
        wallet.patterns()
                .pattern(
                        "fast_openers",
                        "people who opened many envelopes within a second of their sending",
                        EnvelopeStore.FAST);
    }

    private Future<Frames.Limits> limits() {
        return Future.succeededFuture(new Frames.Limits(
                ledger.currency(),
                1,
                limits.shareMost,
                limits.sharesMost,
                limits.greetingMost,
                limits.life.toSeconds()));
    }

    private Future<Frames.Sent> send(Caller caller, Frames.Send send) {
        Split split;
        try {
            split = Stuffing.of(send, limits);
        } catch (Rejection refusal) {
            return answeredBefore(caller.user(), send, refusal);
        }
        EnvelopeStore.Draft envelope = new EnvelopeStore.Draft(
                new EnvelopeId(Id.next()),
                send.conversation(),
                caller.user(),
                send.clientId(),
                Stuffing.digest(send),
                send.kind(),
                send.greeting(),
                send.recipient(),
                split,
                limits.life);
        return timeline.transact(send.conversation(), caller.user(), tx -> store.insert(tx.sql(), envelope)
                        .compose(fresh -> fresh ? stuff(tx, envelope) : answeredBefore(tx, envelope)))
                .onSuccess(sent -> {
                    if (sent.envelope().equals(envelope.id())) {
                        ledger.posted("envelope", 1, split.total());
                        wallet.announce(caller.user());
                        sums.invalidate(new Summed(caller.user(), Frames.Direction.SENT, yearOf(envelope.id())));
                    }
                });
    }

    /**
     * The conversation's lock, then the accounts', as a claim takes them: who waits for a conversation must not keep its claims
     * from an account. A refusal rolls everything back. Strangers are told so before they lock anything.
     */
    private Future<Frames.Sent> stuff(LogTransaction tx, EnvelopeStore.Draft envelope) {
        UUID id = envelope.id().value();
        UserId sender = envelope.sender();
        LedgerStore.Posting posting = new LedgerStore.Posting(
                "envelope",
                id,
                sender.value(),
                id,
                envelope.split().total(),
                envelope.recipient() == null ? null : envelope.recipient().value());
        return tx.isMember(envelope.conversation(), sender)
                .compose(member -> member ? tx.lock(envelope.conversation(), sender) : Future.failedFuture(notMember()))
                .compose(log -> Stuffing.check(tx, log, envelope))
                .compose(none -> ledger.post(tx.sql(), LedgerStore.Opens.ENVELOPE, posting))
                .compose(none -> wallet.checkDaily(tx.sql(), sender))
                .compose(none -> tx.append(entry(envelope)))
                .compose(appended -> placed(tx, envelope, appended));
    }

    private Future<Frames.Sent> placed(LogTransaction tx, EnvelopeStore.Draft envelope, Appended appended) {
        if (!appended.fresh()) {
            // A message that was recalled has the client id: it would stand for the envelope, and nobody would see
            // that.
            throw clientIdReused();
        }
        return store.number(tx.sql(), envelope.id(), appended.seq(), appended.at())
                .map(none -> sent(envelope, appended));
    }

    private Future<Frames.Sent> answeredBefore(LogTransaction tx, EnvelopeStore.Draft again) {
        return store.sent(tx.sql(), again.conversation(), again.sender(), again.clientId())
                .map(first -> answer(first.orElseThrow(), again.digest()));
    }

    /** The settings may have changed since the same was asked first: that answer holds. */
    private Future<Frames.Sent> answeredBefore(UserId sender, Frames.Send again, Rejection refusal) {
        return store.sent(again.conversation(), sender, again.clientId())
                .map(first -> answer(first.orElseThrow(() -> refusal), Stuffing.digest(again)));
    }

    private static Frames.Sent answer(EnvelopeStore.Sent first, byte[] again) {
        if (!MessageDigest.isEqual(first.digest(), again)) {
            throw clientIdReused();
        }
        return new Frames.Sent(first.id(), first.seq(), first.at(), hex(first.commitment()));
    }

    private Draft entry(EnvelopeStore.Draft envelope) {
        Frames.Content content = new Frames.Content(
                envelope.id(),
                envelope.kind(),
                envelope.greeting(),
                envelope.split().shares().length,
                envelope.recipient(),
                hex(envelope.split().commitment()));
        return new Draft(
                envelope.conversation(),
                envelope.sender(),
                envelope.clientId(),
                KIND,
                codec.json(content),
                "🧧 " + envelope.greeting(),
                null);
    }

    private static Frames.Sent sent(EnvelopeStore.Draft envelope, Appended appended) {
        return new Frames.Sent(
                envelope.id(),
                appended.seq(),
                appended.at(),
                hex(envelope.split().commitment()));
    }

    private Future<Frames.Opened> open(Caller caller, Frames.Which which) {
        return open(grab, caller, which);
    }

    /** By a grab that need not be this node's: tests have some whose gates lie. */
    Future<Frames.Opened> open(Grab by, Caller caller, Frames.Which which) {
        return admitted(by, caller.user(), which.envelope())
                .compose(envelope -> by.open(envelope, caller.user()))
                .map(opened -> {
                    if (opened instanceof Grab.Opened.Share share) {
                        return new Frames.Opened(share.again() ? "already" : "opened", share.amount());
                    }
                    return new Frames.Opened(opened instanceof Grab.Opened.Empty ? "empty" : "expired", null);
                });
    }

    /** Whom the gate need not ask about: it is PostgreSQL that looks again, under its locks. */
    private Future<Terms> admitted(Grab by, UserId user, EnvelopeId id) {
        return by.terms(id).compose(envelope -> timeline.members()
                .recent(envelope.conversation())
                .compose(roster -> roster.users().contains(user)
                        ? Future.succeededFuture(envelope)
                        : store.mayOpen(id, user).map(may -> may ? envelope : refuse(Refusal.NOT_FOUND)))
                .map(seen -> judged(seen, user)));
    }

    private static Terms judged(Terms envelope, UserId user) {
        if (envelope.kind() == EnvelopeKind.DIRECT && envelope.sender().equals(user)) {
            throw Refusals.of(Refusal.OWN);
        }
        if (envelope.recipient() != null && !envelope.recipient().equals(user)) {
            throw Refusals.of(Refusal.NOT_RECIPIENT);
        }
        return envelope;
    }

    private static Terms refuse(Refusal why) {
        throw Refusals.of(why);
    }

    /** @param inside whether he is in the conversation still: or else the state is that of when he left */
    private record Seen(State state, boolean inside) {}

    private Future<Seen> view(Caller caller, EnvelopeId id) {
        return store.sight(id, caller.user()).compose(sight -> {
            Instant left = sight.orElseThrow(Refusals::notFound).left();
            return store.state(id)
                    .map(found -> found.orElseThrow(Refusals::notFound))
                    .map(state -> left == null ? new Seen(state, true) : new Seen(state.asOf(left), false));
        });
    }

    private Future<Frames.View> watch(Caller caller, Frames.Which which) {
        return view(caller, which.envelope()).map(seen -> {
            if (seen.inside && Watches.isWorthWatching(seen.state)) {
                watches.add(caller, seen.state.terms(), seen.state.claims());
            }
            return Frames.View.of(seen.state, caller.user());
        });
    }

    private Future<Void> unwatch(Caller caller, Frames.Which which) {
        watches.remove(caller, which.envelope());
        return Future.succeededFuture();
    }

    private Future<Frames.Year> history(Caller caller, Frames.History history) {
        return readers.take(caller.user(), () -> read(caller, history));
    }

    private Future<Frames.Year> read(Caller caller, Frames.History history) {
        boolean sent = history.direction() == Frames.Direction.SENT;
        UUID first = firstOf(history.year());
        UUID end = firstOf(history.year() + 1);
        UUID before = history.cursor() == null ? end : min(history.cursor().value(), end);
        return store.history(caller.user(), sent, first, before, history.limit() + 1)
                .compose(items -> sum(caller.user(), history, first, end).map(sum -> {
                    boolean more = items.size() > history.limit();
                    List<Item> page = more ? items.subList(0, history.limit()) : items;
                    return new Frames.Year(
                            page.stream().map(Frames.Listed::of).toList(),
                            new Frames.YearTotal(sum.count(), sum.amount(), sum.best()),
                            more ? page.get(page.size() - 1).envelope() : null);
                }));
    }

    private static Rejection tooManyPages() {
        return Rejection.unavailable("requests.waiting", "too many pages of your history wait; ask again", 1_000);
    }

    /**
     * Of each year one at a time, for a year may hold many envelopes: those that were read a moment ago do, for the pages after
     * the first, too. What one does on this node is seen at once.
     */
    private Future<Sum> sum(UserId user, Frames.History history, UUID first, UUID end) {
        Summed whole = new Summed(user, history.direction(), history.year());
        Sum known = sums.getIfPresent(whole);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        boolean sent = history.direction() == Frames.Direction.SENT;
        return summing.fresh(whole, () -> store.sum(user, sent, first, end).onSuccess(sum -> sums.put(whole, sum)));
    }

    /** The least id of a year: ids begin with 48 bits of milliseconds. */
    private static UUID firstOf(int year) {
        long millis = LocalDate.of(year, 1, 1)
                .atStartOfDay(ZoneOffset.UTC)
                .toInstant()
                .toEpochMilli();
        return new UUID(millis << 16, 0);
    }

    private static UUID min(UUID one, UUID other) {
        return Id.Text.encode(one).compareTo(Id.Text.encode(other)) < 0 ? one : other;
    }

    /** Told after the commit; a hint, as all pushes are: the envelope's state is asked for with {@code envelope.view}. */
    private void claimed(Terms envelope, List<Taken> shares, int taken, long remaining) {
        watches.enliven(envelope.id());
        ledger.posted(
                "envelope_claim",
                shares.size(),
                shares.stream().mapToLong(Taken::amount).sum());
        Frame all = opened(envelope, shares, taken);
        toSender(envelope, sender -> delivery.toUser(sender, all));
        for (Taken share : shares) {
            if (!share.user().equals(envelope.sender())) {
                delivery.toUser(share.user(), opened(envelope, List.of(share), taken));
            }
        }
        if (remaining == 0) {
            toSender(envelope, sender -> delivery.toUser(sender, closed(envelope.id(), true)));
        }
        for (Taken share : shares) {
            sums.invalidate(new Summed(share.user(), Frames.Direction.RECEIVED, yearOf(envelope.id())));
        }
    }

    /** Unless he has left: then what becomes of it is not for him to see. */
    private void toSender(Terms envelope, Consumer<UserId> push) {
        timeline.members().recent(envelope.conversation()).onSuccess(roster -> {
            if (roster.users().contains(envelope.sender())) {
                push.accept(envelope.sender());
            }
        });
    }

    private static int yearOf(EnvelopeId id) {
        return Instant.ofEpochMilli(id.value().getMostSignificantBits() >>> 16)
                .atZone(ZoneOffset.UTC)
                .getYear();
    }

    private void settled(List<Settled> envelopes) {
        for (Settled one : envelopes) {
            if (one.refund() > 0) {
                ledger.posted("envelope_refund", 1, one.refund());
                delivery.toUser(one.sender(), closed(one.id(), false));
                wallet.announce(one.sender());
            }
        }
    }

    private Frame opened(Terms envelope, List<Taken> shares, int taken) {
        return codec.push("envelope.opened", Frames.Openings.of(envelope, shares, taken), Frame.Loss.FORGET);
    }

    private Frame closed(EnvelopeId id, boolean exhausted) {
        return codec.push("envelope.closed", new Frames.Closed(id, Frames.state(exhausted, true)), Frame.Loss.FORGET);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
