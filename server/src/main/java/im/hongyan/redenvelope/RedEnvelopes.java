package im.hongyan.redenvelope;

import static im.hongyan.timeline.TimelineErrors.clientIdReused;
import static im.hongyan.timeline.TimelineErrors.notMember;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.async.KeyedQueue;
import im.hongyan.async.SingleFlight;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.Claim.Refusal;
import im.hongyan.redenvelope.Claim.Taken;
import im.hongyan.redenvelope.EnvelopeStore.Item;
import im.hongyan.redenvelope.EnvelopeStore.Settled;
import im.hongyan.redenvelope.EnvelopeStore.State;
import im.hongyan.redenvelope.EnvelopeStore.Sum;
import im.hongyan.store.KeysetPage;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import im.hongyan.timeline.Appended;
import im.hongyan.timeline.EntryKind;
import im.hongyan.timeline.LogTransaction;
import im.hongyan.timeline.NewEntry;
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
    /** A reservation is claimed or given back within this time, whatever dies. */
    private static final long UNSETTLED_MS = 10_000;

    private static final int MAX_PAGES_WAITING = 100;
    private static final Duration MAX_WAIT = Duration.ofSeconds(5);
    private static final int SUMS_REMEMBERED = 10_000;
    private static final Duration SUM_REMEMBERED = Duration.ofSeconds(3);

    /** What the sums of a year are of. */
    private record Summed(UserId user, EnvelopeFrames.Direction direction, int year) {}

    static final EntryKind KIND = new EntryKind("envelope", true, true);

    private final FrameCodec codec;
    private final Timeline timeline;
    private final Delivery delivery;
    private final LedgerStore ledger;
    private final Wallet wallet;
    private final EnvelopeSettings settings;
    private final EnvelopeStore store;
    private final ShareAllocatorStore gate;
    private final EnvelopeOpening grab;
    private final EnvelopeSubscriptions watches;
    private final EnvelopeTasks chores;
    /** One page of a person at a time: each reads the claims of a hundred envelopes. */
    private final KeyedQueue<UserId> readers =
            new KeyedQueue<>(1, MAX_PAGES_WAITING, MAX_WAIT, RedEnvelopes::tooManyPages);

    private final SingleFlight<Summed, Sum> summing = new SingleFlight<>();
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
            EnvelopeSettings settings,
            MeterRegistry registry) {
        this.codec = codec;
        this.timeline = timeline;
        this.delivery = delivery;
        this.wallet = wallet;
        this.ledger = wallet.ledger();
        this.settings = settings;
        EnvelopeMetrics metrics = new EnvelopeMetrics(registry);
        store = new EnvelopeStore(postgres, ledger.currency());
        gate = new ShareAllocatorStore(redis);
        watches = new EnvelopeSubscriptions(vertx, codec, sockets, timeline.members(), store);
        grab = new EnvelopeOpening(vertx, store, gate, this::claimed, metrics);
        chores = new EnvelopeTasks(vertx, store, grab, metrics, this::settled);
        audit();
    }

    public void register(FrameRoutes routes) {
        routes.on("envelope.send", EnvelopeFrames.Send.class, EnvelopeFrames.Sent.class, this::send)
                .on("envelope.open", EnvelopeFrames.Which.class, EnvelopeFrames.Opened.class, this::open)
                .on("envelope.view", EnvelopeFrames.Which.class, EnvelopeFrames.View.class, (caller, which) -> view(
                                caller, which.envelope())
                        .map(seen -> EnvelopeFrames.View.of(seen.state, caller.user())))
                .on("envelope.watch", EnvelopeFrames.Which.class, EnvelopeFrames.View.class, this::watch)
                .on("envelope.unwatch", EnvelopeFrames.Which.class, Void.class, this::unwatch)
                .on("envelope.history", EnvelopeFrames.History.class, EnvelopeFrames.Year.class, this::history)
                .on(
                        "envelope.limits",
                        EnvelopeFrames.Nothing.class,
                        EnvelopeFrames.Limits.class,
                        (caller, none) -> limits())
                .pushes("envelope.opened", EnvelopeFrames.Openings.class)
                .pushes("envelope.closed", EnvelopeFrames.Closed.class);
        timeline.kinds().register(routes, KIND, EnvelopeFrames.Content.class);
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

    private Future<EnvelopeFrames.Limits> limits() {
        return Future.succeededFuture(new EnvelopeFrames.Limits(
                ledger.currency(),
                1,
                settings.maxShare(),
                settings.maxShares(),
                settings.maxGreeting(),
                settings.expiry().toSeconds()));
    }

    private Future<EnvelopeFrames.Sent> send(Principal caller, EnvelopeFrames.Send send) {
        Split split;
        try {
            split = EnvelopeRequests.of(send, settings);
        } catch (Rejection refusal) {
            return answeredBefore(caller.user(), send, refusal);
        }
        EnvelopeStore.NewEnvelope envelope = new EnvelopeStore.NewEnvelope(
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
                        .compose(fresh -> fresh ? stuff(tx, envelope) : answeredBefore(tx, envelope)))
                .onSuccess(sent -> {
                    if (sent.envelope().equals(envelope.id())) {
                        ledger.posted("envelope", 1, split.total());
                        wallet.announce(caller.user());
                        sums.invalidate(
                                new Summed(caller.user(), EnvelopeFrames.Direction.SENT, yearOf(envelope.id())));
                    }
                });
    }

    /**
     * The conversation's lock, then the accounts', as a claim takes them: who waits for a conversation must not keep its claims
     * from an account. A refusal rolls everything back. Strangers are told so before they lock anything.
     */
    private Future<EnvelopeFrames.Sent> stuff(LogTransaction tx, EnvelopeStore.NewEnvelope envelope) {
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
                .compose(log -> EnvelopeRequests.check(tx, log, envelope))
                .compose(none -> ledger.post(tx.sql(), LedgerStore.AccountKind.ENVELOPE, posting))
                .compose(none -> wallet.checkDaily(tx.sql(), sender))
                .compose(none -> tx.append(entry(envelope)))
                .compose(appended -> placed(tx, envelope, appended));
    }

    private Future<EnvelopeFrames.Sent> placed(
            LogTransaction tx, EnvelopeStore.NewEnvelope envelope, Appended appended) {
        if (!appended.fresh()) {
            // A message that was recalled has the client id: it would stand for the envelope, and nobody would see
            // that.
            throw clientIdReused();
        }
        return store.number(tx.sql(), envelope.id(), appended.seq(), appended.at())
                .map(none -> sent(envelope, appended));
    }

    private Future<EnvelopeFrames.Sent> answeredBefore(LogTransaction tx, EnvelopeStore.NewEnvelope again) {
        return store.sent(tx.sql(), again.conversation(), again.sender(), again.clientId())
                .map(first -> answer(first.orElseThrow(), again.digest()));
    }

    /** The settings may have changed since the same was asked first: that answer holds. */
    private Future<EnvelopeFrames.Sent> answeredBefore(UserId sender, EnvelopeFrames.Send again, Rejection refusal) {
        return store.sent(again.conversation(), sender, again.clientId())
                .map(first -> answer(first.orElseThrow(() -> refusal), EnvelopeRequests.digest(again)));
    }

    private static EnvelopeFrames.Sent answer(EnvelopeStore.Sent first, byte[] again) {
        if (!MessageDigest.isEqual(first.digest(), again)) {
            throw clientIdReused();
        }
        return new EnvelopeFrames.Sent(first.id(), first.seq(), first.at(), hex(first.commitment()));
    }

    private NewEntry entry(EnvelopeStore.NewEnvelope envelope) {
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
                KIND,
                codec.json(content),
                "🧧 " + envelope.greeting(),
                null);
    }

    private static EnvelopeFrames.Sent sent(EnvelopeStore.NewEnvelope envelope, Appended appended) {
        return new EnvelopeFrames.Sent(
                envelope.id(),
                appended.seq(),
                appended.at(),
                hex(envelope.split().commitment()));
    }

    private Future<EnvelopeFrames.Opened> open(Principal caller, EnvelopeFrames.Which which) {
        return open(grab, caller, which);
    }

    /** By a grab that need not be this node's: tests have some whose gates lie. */
    Future<EnvelopeFrames.Opened> open(EnvelopeOpening by, Principal caller, EnvelopeFrames.Which which) {
        return admitted(by, caller.user(), which.envelope())
                .compose(envelope -> by.open(envelope, caller.user()))
                .map(opened -> {
                    if (opened instanceof EnvelopeOpening.Opened.Share share) {
                        return new EnvelopeFrames.Opened(share.again() ? "already" : "opened", share.amount());
                    }
                    return new EnvelopeFrames.Opened(
                            opened instanceof EnvelopeOpening.Opened.Empty ? "empty" : "expired", null);
                });
    }

    /** Whom the gate need not ask about: it is PostgreSQL that looks again, under its locks. */
    private Future<EnvelopeSpec> admitted(EnvelopeOpening by, UserId user, EnvelopeId id) {
        return by.terms(id).compose(envelope -> timeline.members()
                .recent(envelope.conversation())
                .compose(roster -> roster.users().contains(user)
                        ? Future.succeededFuture(envelope)
                        : store.mayOpen(id, user).map(may -> may ? envelope : refuse(Refusal.NOT_FOUND)))
                .map(seen -> judged(seen, user)));
    }

    private static EnvelopeSpec judged(EnvelopeSpec envelope, UserId user) {
        if (envelope.kind() == EnvelopeKind.DIRECT && envelope.sender().equals(user)) {
            throw EnvelopeErrors.of(Refusal.OWN);
        }
        if (envelope.recipient() != null && !envelope.recipient().equals(user)) {
            throw EnvelopeErrors.of(Refusal.NOT_RECIPIENT);
        }
        return envelope;
    }

    private static EnvelopeSpec refuse(Refusal why) {
        throw EnvelopeErrors.of(why);
    }

    /** @param inside whether he is in the conversation still: or else the state is that of when he left */
    private record Seen(State state, boolean inside) {}

    private Future<Seen> view(Principal caller, EnvelopeId id) {
        return store.sight(id, caller.user()).compose(sight -> {
            Instant left = sight.orElseThrow(EnvelopeErrors::notFound).left();
            return store.state(id)
                    .map(found -> found.orElseThrow(EnvelopeErrors::notFound))
                    .map(state -> left == null ? new Seen(state, true) : new Seen(state.asOf(left), false));
        });
    }

    private Future<EnvelopeFrames.View> watch(Principal caller, EnvelopeFrames.Which which) {
        return view(caller, which.envelope()).map(seen -> {
            if (seen.inside && EnvelopeSubscriptions.isWorthWatching(seen.state)) {
                watches.add(caller, seen.state.terms(), seen.state.claims());
            }
            return EnvelopeFrames.View.of(seen.state, caller.user());
        });
    }

    private Future<Void> unwatch(Principal caller, EnvelopeFrames.Which which) {
        watches.remove(caller, which.envelope());
        return Future.succeededFuture();
    }

    private Future<EnvelopeFrames.Year> history(Principal caller, EnvelopeFrames.History history) {
        return readers.submit(caller.user(), () -> read(caller, history));
    }

    private Future<EnvelopeFrames.Year> read(Principal caller, EnvelopeFrames.History history) {
        boolean sent = history.direction() == EnvelopeFrames.Direction.SENT;
        UUID first = firstOf(history.year());
        UUID end = firstOf(history.year() + 1);
        UUID before = history.cursor() == null ? end : min(history.cursor().value(), end);
        return store.history(caller.user(), sent, first, before, history.limit() + 1)
                .compose(items -> sum(caller.user(), history, first, end).map(sum -> {
                    KeysetPage<Item> page = KeysetPage.of(items, history.limit());
                    return new EnvelopeFrames.Year(
                            page.items().stream().map(EnvelopeFrames.Listed::of).toList(),
                            new EnvelopeFrames.YearTotal(sum.count(), sum.amount(), sum.best()),
                            page.next(Item::envelope));
                }));
    }

    private static Rejection tooManyPages() {
        return Rejection.unavailable("requests.waiting", "too many pages of your history wait; ask again", 1_000);
    }

    /**
     * Of each year one at a time, for a year may hold many envelopes: those that were read a moment ago do, for the pages after
     * the first, too. What one does on this node is seen at once.
     */
    private Future<Sum> sum(UserId user, EnvelopeFrames.History history, UUID first, UUID end) {
        Summed whole = new Summed(user, history.direction(), history.year());
        Sum known = sums.getIfPresent(whole);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        boolean sent = history.direction() == EnvelopeFrames.Direction.SENT;
        return summing.joinNext(whole, () -> store.sum(user, sent, first, end).onSuccess(sum -> sums.put(whole, sum)));
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
    private void claimed(EnvelopeSpec envelope, List<Taken> shares, int taken, long remaining) {
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
            sums.invalidate(new Summed(share.user(), EnvelopeFrames.Direction.RECEIVED, yearOf(envelope.id())));
        }
    }

    /** Unless he has left: then what becomes of it is not for him to see. */
    private void toSender(EnvelopeSpec envelope, Consumer<UserId> push) {
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

    private Frame opened(EnvelopeSpec envelope, List<Taken> shares, int taken) {
        return codec.push(
                "envelope.opened", EnvelopeFrames.Openings.of(envelope, shares, taken), Frame.DropPolicy.FORGET);
    }

    private Frame closed(EnvelopeId id, boolean exhausted) {
        return codec.push(
                "envelope.closed",
                new EnvelopeFrames.Closed(id, EnvelopeFrames.state(exhausted, true)),
                Frame.DropPolicy.FORGET);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
