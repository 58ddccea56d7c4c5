package im.hongyan.redenvelope;

import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.feature.Feature;
import im.hongyan.protocol.HttpRoutes.Method;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestNode;
import im.hongyan.wallet.Reconciliation.Finding;
import im.hongyan.wallet.SandboxProvider;
import im.hongyan.wallet.Wallet;
import im.hongyan.wallet.WalletFeature;
import im.hongyan.wallet.WalletSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The log with the wallet and red envelopes on it. */
final class EnvelopeNode extends TestNode {
    static final long MAX_SHARE = 20_000;
    static final String CURRENCY = "points";

    static final EnvelopeSettings LIMITS = new EnvelopeSettings(MAX_SHARE, 100, 25, Duration.ofHours(24));

    private static final List<Feature> FEATURES = List.of(new WalletFeature(), new RedEnvelopeFeature());

    private static final WalletSettings WALLET = new WalletSettings(
            CURRENCY,
            Optional.of(SandboxProvider.INSTANCE),
            1_000_000,
            1_000,
            1_000_000_000,
            1_000_000_000_000L,
            Duration.ofHours(24));

    private final StoresExtension stores;
    private final RedEnvelopes envelopes = service(RedEnvelopes.class);
    final Wallet wallet = service(Wallet.class);
    final EnvelopeStores tables;
    final ShareAllocatorStore allocator;

    EnvelopeNode(StoresExtension stores) {
        this(stores, LIMITS);
    }

    EnvelopeNode(StoresExtension stores, EnvelopeSettings limits) {
        this(stores, stores.postgres(), limits);
    }

    EnvelopeNode(StoresExtension stores, Postgres postgres) {
        this(stores, postgres, LIMITS);
    }

    private EnvelopeNode(StoresExtension stores, Postgres postgres, EnvelopeSettings limits) {
        super(stores, postgres, FEATURES, WALLET, limits);
        this.stores = stores;
        tables = EnvelopeStores.of(postgres, CURRENCY);
        allocator = new ShareAllocatorStore(stores.redis());
    }

    /** A database with the schema of red envelopes. */
    static StoresExtension stores() {
        return stores(FEATURES, "im/hongyan/wallet/testmigrations");
    }

    /** The opening of another node, with any share allocator. */
    EnvelopeOpening opening(ShareAllocator allocator) {
        return opening(allocator, Duration.ofSeconds(15), Duration.ofSeconds(2));
    }

    EnvelopeOpening opening(ShareAllocator allocator, Duration stuckAfter, Duration patience) {
        return new EnvelopeOpening(
                stores.vertx(),
                tables,
                allocator,
                (envelope, shares, taken, remaining) -> {},
                new EnvelopeMetrics(new SimpleMeterRegistry()),
                new EnvelopeOpening.Timing(stuckAfter, patience));
    }

    ReservationRecovery recovery(EnvelopeOpening opening, ShareAllocator allocator) {
        return new ReservationRecovery(opening, allocator, new EnvelopeMetrics(new SimpleMeterRegistry()));
    }

    /** A user with this balance. */
    UserId userWith(long amount) throws Exception {
        UserId user = newUser();
        fund(user, amount);
        return user;
    }

    void fund(UserId user, long amount) throws Exception {
        sql(
                """
                SELECT ledger_post('gift', $1, 'wallet', ARRAY[$2::uuid], ARRAY[0],
                                   ARRAY['00000000-0000-8000-8000-000000000000'::uuid], ARRAY[$3::uuid],
                                   ARRAY[$4::bigint], ARRAY[NULL::uuid])
                """,
                CURRENCY,
                Id.next(),
                user.value(),
                amount);
    }

    static Map<String, Object> lucky(String conversation, long amount, int count) {
        return Map.of(
                "conversation",
                conversation,
                "clientId",
                newClientId(),
                "kind",
                "lucky",
                "amount",
                amount,
                "count",
                count);
    }

    /** @return the id of the sent envelope */
    EnvelopeId send(UserId sender, Map<String, Object> data) throws Exception {
        return EnvelopeId.of(ask(sender, "envelope.send", data).get("envelope").asText());
    }

    EnvelopeSpec spec(EnvelopeId id) throws Exception {
        return await(tables.envelopes().spec(id)).orElseThrow();
    }

    EnvelopeState state(EnvelopeId id) throws Exception {
        return await(tables.envelopes().state(id)).orElseThrow();
    }

    /**
     * The answer to {@code envelope.open} as {@code outcome} or {@code outcome amount}, or the reason of a rejection.
     */
    String open(UserId user, EnvelopeId envelope) throws Exception {
        JsonNode answer = await(asking(user, "envelope.open", Map.of("envelope", envelope.text())));
        if (answer.has("error")) {
            return answer.at("/error/reason").asText();
        }
        String amount = answer.at("/data/amount").asText("");
        return (answer.at("/data/outcome").asText() + " " + amount).trim();
    }

    /** As {@link #open(UserId, EnvelopeId)}, on a node with this opening. */
    String open(EnvelopeOpening opening, UserId user, EnvelopeId envelope) throws Exception {
        return await(envelopes
                .open(opening, caller(user), new EnvelopeFrames.ById(envelope))
                .map(opened -> opened.amount() == null ? opened.outcome() : opened.outcome() + " " + opened.amount())
                .otherwise(EnvelopeNode::reason));
    }

    /** The answer to a top-up, or the reason of a rejection. */
    String topUp(UserId user, long amount, String key) throws Exception {
        return await(calling(user, Method.POST, "/wallet/top-ups", Map.of("amount", amount, "key", key))
                .map(Object::toString)
                .otherwise(EnvelopeNode::reason));
    }

    private static String reason(Throwable failure) {
        if (failure instanceof Rejection refusal) {
            return refusal.reason();
        }
        throw new AssertionError(failure);
    }

    /** All users open the envelope concurrently; the answers are in the order of the users. */
    static Map<UserId, OpenResult> crowd(EnvelopeOpening opening, EnvelopeSpec envelope, List<UserId> users)
            throws Exception {
        return await(crowding(opening, envelope, users));
    }

    static Future<Map<UserId, OpenResult>> crowding(
            EnvelopeOpening opening, EnvelopeSpec envelope, List<UserId> users) {
        List<Future<OpenResult>> results = users.stream()
                .map(user -> opening.spec(envelope.id()).compose(spec -> opening.open(spec, user)))
                .toList();
        return Future.join(results).map(all -> {
            Map<UserId, OpenResult> answers = new LinkedHashMap<>();
            for (int i = 0; i < users.size(); i++) {
                answers.put(users.get(i), results.get(i).result());
            }
            return answers;
        });
    }

    /** The amount of each user who got a share, according to the answers. */
    static Map<UserId, Long> amounts(Map<UserId, OpenResult> answers) {
        Map<UserId, Long> amounts = new HashMap<>();
        answers.forEach((user, opened) -> {
            if (opened instanceof OpenResult.Share share) {
                amounts.put(user, share.amount());
            }
        });
        return amounts;
    }

    /** The amount of each user who has a share, according to PostgreSQL. */
    Map<UserId, Long> claims(EnvelopeId id) throws Exception {
        Map<UserId, Long> claims = new HashMap<>();
        state(id).claims().forEach(taken -> claims.put(taken.user(), taken.amount()));
        return claims;
    }

    static long sum(Map<UserId, Long> amounts) {
        return amounts.values().stream().mapToLong(Long::longValue).sum();
    }

    long balance(UUID account) throws Exception {
        return number("SELECT coalesce((SELECT balance FROM ledger_account WHERE id = $1), 0)", account);
    }

    /** The balances of these accounts; 0 for an account that does not exist. */
    Map<UUID, Long> balances(Collection<UUID> accounts) throws Exception {
        Map<UUID, Long> balances = new HashMap<>();
        accounts.forEach(account -> balances.put(account, 0L));
        sql("SELECT id, balance FROM ledger_account WHERE id = ANY ($1)", (Object) accounts.toArray(UUID[]::new))
                .forEach(row -> balances.put(row.getUUID("id"), row.getLong("balance")));
        return balances;
    }

    /** Expires an envelope, far enough in the past for all clocks to agree. */
    void expire(EnvelopeId id) throws Exception {
        sql("UPDATE envelope SET expires_at = clock_timestamp() - interval '1 second' WHERE id = $1", id.value());
    }

    /** The failed checks of the ledger. */
    List<Finding> wrong() throws Exception {
        return await(wallet.reconciliation().run()).stream()
                .filter(finding -> !finding.passed())
                .toList();
    }
}
