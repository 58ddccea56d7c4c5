package im.hongyan.wallet;

import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Profile;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.Request;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.StoresExtension;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.Timeline;
import im.hongyan.wallet.Reconciliation.Finding;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** The wallet on real stores, with requests as the gateway makes them, but without sockets and periodic tasks. */
final class WalletNode {
    static final long MAX_DAILY = 100_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** A provider that answers as a test wants, and counts the requests for each order. */
    static final class Provider implements PaymentProvider {
        final ConcurrentHashMap<java.util.UUID, Integer> asked = new ConcurrentHashMap<>();
        volatile Function<Order, Future<Outcome>> answer = order -> Future.succeededFuture(new Paid("r-" + order.id()));

        volatile String name = "test";

        @Override
        public String name() {
            return name;
        }

        @Override
        public Future<Outcome> pay(Order order) {
            asked.merge(order.id(), 1, Integer::sum);
            return answer.apply(order);
        }
    }

    private final Postgres postgres;
    private final FrameRoutes routes;
    final Wallet wallet;
    final Provider provider = new Provider();
    final Set<UserId> deleted = ConcurrentHashMap.newKeySet();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    WalletNode(StoresExtension stores) {
        this(stores, 1_000);
    }

    WalletNode(StoresExtension stores, int topUpsPerDay) {
        this(stores.vertx(), stores.postgres(), topUpsPerDay);
    }

    WalletNode(Vertx vertx, Postgres postgres, int topUpsPerDay) {
        this.postgres = postgres;
        FrameCodec codec = new FrameCodec();
        Delivery delivery = new Delivery(vertx, new Sockets());
        Timeline timeline = new Timeline(vertx, codec, postgres, delivery, new SimpleMeterRegistry());
        Conversations conversations = new Conversations(
                timeline,
                users -> Future.succeededFuture(users.stream()
                        .filter(user -> !deleted.contains(user))
                        .map(user -> Profile.of(user, user.text(), user.text()))
                        .toList()));
        wallet = new Wallet(
                vertx,
                postgres,
                new Wallet.Services(codec, timeline, conversations, delivery),
                new WalletSettings(
                        "points",
                        Optional.of(provider),
                        1_000_000,
                        topUpsPerDay,
                        1_000_000,
                        MAX_DAILY,
                        Duration.ofHours(24)),
                registry);
        routes = new FrameRoutes(
                codec,
                failure -> failure instanceof StoreUnavailable
                        ? Rejection.unavailable("store.unavailable", String.valueOf(failure.getMessage()), 1_000)
                        : null);
        wallet.register(routes);
    }

    /** The schema that the wallet needs, in a database of its own. */
    static StoresExtension stores() {
        return StoresExtension.migrated(
                "im/hongyan/timeline/migrations", "im/hongyan/wallet/migrations", "im/hongyan/wallet/testmigrations");
    }

    static UserId newUser() {
        return new UserId(Id.next());
    }

    /** A user with this balance. */
    UserId userWith(long amount) throws Exception {
        UserId user = newUser();
        topUp(user, amount, "start");
        return user;
    }

    TopUps.Credited topUp(UserId user, long amount, String key) throws Exception {
        return await(toppingUp(user, amount, key));
    }

    Future<TopUps.Credited> toppingUp(UserId user, long amount, String key) {
        return wallet.topUps().topUp(caller(user), new TopUps.TopUp(amount, key));
    }

    /** The answer to a frame, as it is sent to the client. */
    Future<JsonNode> asking(UserId user, String type, Map<String, ?> data) {
        ObjectNode json = JSON.valueToTree(data);
        return routes.answer(caller(user), new Request(type, "1", json)).map(frame -> {
            try {
                return JSON.readTree(frame.bytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    JsonNode ask(UserId user, String type, Map<String, ?> data) throws Exception {
        JsonNode answer = await(asking(user, type, data));
        if (!answer.get("type").asText().equals("ok")) {
            throw new AssertionError(type + ": " + answer);
        }
        return answer.get("data");
    }

    /** The reason of a rejection; null if the request succeeded. */
    String refusal(UserId user, String type, Map<String, ?> data) throws Exception {
        return reason(await(asking(user, type, data)));
    }

    static String reason(JsonNode answer) {
        return answer.at("/error/reason").asText(null);
    }

    static Map<String, Object> sending(UserId to, long amount, String clientId) {
        return Map.of("to", to.text(), "amount", amount, "clientId", clientId);
    }

    String transfer(UserId from, UserId to, long amount) throws Exception {
        return ask(from, "wallet.transfer", sending(to, amount, Id.Text.encode(Id.next())))
                .get("transfer")
                .asText();
    }

    static Map<String, Object> which(String transfer) {
        return Map.of("transfer", transfer);
    }

    long balance(UserId user) throws Exception {
        return ask(user, "wallet.balance", Map.of()).get("balance").asLong();
    }

    /** Expires a transfer. */
    void expire(String transfer) throws Exception {
        sql("UPDATE transfer SET expires_at = now() - interval '1 second' WHERE id = $1", id(transfer));
    }

    String state(String transfer) throws Exception {
        return await(postgres.query(
                        "SELECT state FROM transfer WHERE id = $1",
                        Tuple.of(TransferId.of(transfer).value())))
                .iterator()
                .next()
                .getString("state");
    }

    /** The number of entries of a transfer. */
    long entries(String transfer) throws Exception {
        return number("SELECT count(*) FROM entry WHERE content LIKE '%\"" + transfer + "\"%'");
    }

    long number(String sql) throws Exception {
        return await(postgres.query(sql)).iterator().next().getLong(0);
    }

    void sql(String sql, Object... arguments) throws Exception {
        await(postgres.query(sql, Tuple.from(arguments)));
    }

    static java.util.UUID id(String text) {
        return Id.Text.decode(text);
    }

    /** The names of the failed checks. */
    List<String> wrong() throws Exception {
        return await(wallet.reconciliation().run()).stream()
                .filter(finding -> !finding.passed())
                .map(Finding::check)
                .toList();
    }

    private static Principal caller(UserId user) {
        return new Principal(user, new SessionId(Id.next()), "test");
    }
}
