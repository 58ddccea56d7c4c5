package im.hongyan.identity;

import static im.hongyan.identity.IdentityNode.PASSWORD;
import static im.hongyan.identity.IdentityNode.await;
import static im.hongyan.identity.IdentityNode.freshName;
import static im.hongyan.identity.IdentityNode.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.identity.IdentityNode.Device;
import im.hongyan.identity.IdentitySettings.Limits;
import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.HttpRoutes.Method;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RateLimiterTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/identity/migrations");

    private static final String TRUSTED = "10.0.0.1";
    private static final Limits TIGHT = new Limits(2, 4, 3, 3, 2, TRUSTED::equals);

    private IdentityNode node;
    private IdentityNode tight;

    @BeforeEach
    void begin() {

        node = new IdentityNode(stores.vertx(), stores.postgres(), stores.redis());
        tight = tightNode();
    }

    private IdentityNode tightNode() {
        return new IdentityNode(stores.vertx(), stores.postgres(), stores.redis(), IdentityNode.with(TIGHT));
    }

    /** An address that no other test uses. */
    private static String freshAddress() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return "2001:db8:%x:%x::1".formatted(random.nextInt(0x10000), random.nextInt(0x10000));
    }

    private static Future<JsonNode> signIn(IdentityNode node, String address, String name, String password) {
        return node.openFrom(address, Method.POST, "/sessions", body -> body.put("username", name)
                .put("password", password));
    }

    private static Future<JsonNode> register(IdentityNode node, String address) {
        return node.openFrom(address, Method.POST, "/accounts", body -> body.put("username", freshName())
                .put("password", PASSWORD));
    }

    private static Future<JsonNode> refresh(IdentityNode node, String address) {
        String ofNobody =
                RefreshToken.first(new SessionId(Id.next()), new byte[32]).text();
        return node.openFrom(address, Method.POST, "/sessions/refresh", body -> body.put("refreshToken", ofNobody));
    }

    @Test
    void signIn_afterTooManyWrongPasswords_isLimited() {
        String name = node.register(freshName()).username();
        for (int i = 0; i < TIGHT.signInsPerUsernamePerMinute(); i++) {
            assertThat(refusal(signIn(tight, TRUSTED, name, "wrong horse battery"))
                            .kind())
                    .isEqualTo(ErrorKind.UNAUTHENTICATED);
        }

        Rejection refusal = refusal(signIn(tight, TRUSTED, name, PASSWORD));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.LIMITED);
        assertThat(refusal.reason()).isEqualTo("password.limited");
        assertThat(refusal.retryAfterMs()).isBetween(1L, 60_000L);
        tight.clock.advance(Duration.ofMillis(refusal.retryAfterMs()));
        await(signIn(tight, TRUSTED, name, PASSWORD));
    }

    @Test
    void signIn_correctPassword_doesNotCount() {
        String name = node.register(freshName()).username();

        for (int i = 0; i < 3 * TIGHT.signInsPerUsernamePerMinute(); i++) {
            await(signIn(tight, TRUSTED, name, PASSWORD));
        }
    }

    @Test
    void signIn_bruteForceOnTwoNodes_staysWithinLimit() {
        String name = node.register(freshName()).username();
        IdentityNode other = tightNode();

        List<Future<JsonNode>> tries = IntStream.range(0, 60)
                .mapToObj(i -> signIn(i % 2 == 0 ? tight : other, TRUSTED, name, "guess number " + i))
                .toList();
        await(Future.join(tries).otherwiseEmpty());

        assertThat(tries.stream()
                        .map(one -> ((Rejection) one.cause()).kind())
                        .filter(ErrorKind.UNAUTHENTICATED::equals))
                .hasSize(TIGHT.signInsPerUsernamePerMinute());
    }

    @Test
    void signIn_manyUsernamesFromOneAddress_isLimited() {
        String address = freshAddress();
        for (int i = 0; i < TIGHT.signInsPerAddressPerMinute(); i++) {
            assertThat(refusal(signIn(tight, address, freshName(), PASSWORD)).kind())
                    .isEqualTo(ErrorKind.UNAUTHENTICATED);
        }

        assertThat(refusal(signIn(tight, address, freshName(), PASSWORD)).reason())
                .isEqualTo("signin.limited");
        assertThat(refusal(signIn(tightNode(), address.replace("::1", "::beef"), freshName(), PASSWORD))
                        .reason())
                .as("on another node, from another address of the same /64")
                .isEqualTo("signin.limited");
        assertThat(refusal(signIn(tight, freshAddress(), freshName(), PASSWORD)).reason())
                .isEqualTo("credentials.wrong");
    }

    @Test
    void refresh_tooManyFromOneAddress_isLimited() {
        String address = freshAddress();
        for (int i = 0; i < 10 * TIGHT.signInsPerAddressPerMinute(); i++) {
            assertThat(refusal(refresh(tight, address)).reason()).isEqualTo("session.revoked");
        }

        assertThat(refusal(refresh(tight, address)).reason()).isEqualTo("refresh.limited");
        assertThat(refusal(refresh(tight, freshAddress())).reason()).isEqualTo("session.revoked");
    }

    @Test
    void keys_haveFeaturePrefixAndOneSlot() {
        refusal(signIn(tight, freshAddress(), freshName(), PASSWORD));
        List<String> keys = new ArrayList<>();
        await(stores.redis().send(Request.cmd(Command.KEYS).arg("*throttle*")))
                .forEach(key -> keys.add(key.toString()));
        assertThat(keys).isNotEmpty().allMatch(key -> key.matches("hongyan:throttle:\\{[^{}]+}"));
    }

    @Test
    void signIn_fromExemptAddress_isNotLimited() {
        for (int i = 0; i < 3 * TIGHT.signInsPerAddressPerMinute(); i++) {
            assertThat(refusal(signIn(tight, TRUSTED, freshName(), PASSWORD)).kind())
                    .isEqualTo(ErrorKind.UNAUTHENTICATED);
        }
    }

    @Test
    void register_tooManyFromOneAddress_isLimitedForTheHour() {
        String address = freshAddress();
        await(register(tight, address));
        await(register(tight, address));

        Rejection refusal = refusal(register(tight, address));

        assertThat(refusal.reason()).isEqualTo("register.limited");
        tight.clock.advance(Duration.ofMillis(refusal.retryAfterMs()));
        await(register(tight, address));
    }

    @Test
    void find_tooMany_isLimited() {
        Device device = node.register(freshName());
        for (int i = 0; i < TIGHT.lookupsPerUserPerMinute(); i++) {
            await(tight.as(device, Method.GET, "/users", query -> query.put("username", "any-user")));
        }

        assertThat(refusal(tight.as(device, Method.GET, "/users", query -> query.put("username", "any-user")))
                        .reason())
                .isEqualTo("lookup.limited");
    }

    @Test
    void changePassword_tooManyWrongPasswords_isLimited() {
        Device device = node.register(freshName());
        for (int i = 0; i < TIGHT.signInsPerUsernamePerMinute(); i++) {
            assertThat(refusal(guess(device)).reason()).isEqualTo("password.wrong");
        }

        assertThat(refusal(guess(device)).reason()).isEqualTo("password.limited");
    }

    private Future<JsonNode> guess(Device device) {
        return tight.as(device, Method.POST, "/me/password", body -> body.put("oldPassword", "wrong horse battery")
                .put("newPassword", "another long secret"));
    }

    /** Successful sign-ins cost a hash and a session, too. */
    @Test
    void signIn_fromKnownDevice_isLimitedByItself() {
        RateLimiter limiter = new RateLimiter((counter, delta, life) -> Future.succeededFuture(1L), TIGHT, node.clock);
        Client device = new Client("192.0.2.1", Optional.of("bob's"));
        Client stranger = new Client("192.0.2.1", Optional.empty());
        for (int i = 0; i < TIGHT.signInsPerAddressPerMinute(); i++) {
            await(limiter.signIn(stranger));
        }
        assertThat(refusal(limiter.signIn(stranger)).kind()).isEqualTo(ErrorKind.LIMITED);

        for (int i = 0; i < TIGHT.signInsPerAddressPerMinute(); i++) {
            await(limiter.signIn(device));
        }
        assertThat(refusal(limiter.signIn(device)).kind()).isEqualTo(ErrorKind.LIMITED);
    }

    private static Future<?> tryPassword(RateLimiter limiter, String username) {
        return limiter.password(new Username(username), new Client(TRUSTED, Optional.empty()), false);
    }

    /** Without Redis the node's own count decides: the limit fails neither open nor closed. */
    @Test
    void take_redisUnavailable_countsOnThisNode() {
        RateLimiter throttle =
                new RateLimiter((counter, delta, life) -> Future.failedFuture("Redis is away"), TIGHT, node.clock);

        for (int i = 0; i < TIGHT.signInsPerUsernamePerMinute(); i++) {
            await(tryPassword(throttle, "bob"));
        }
        assertThat(refusal(tryPassword(throttle, "bob")).kind()).isEqualTo(ErrorKind.LIMITED);
        await(tryPassword(throttle, "alice"));
        node.clock.advance(Duration.ofMinutes(1));
        await(tryPassword(throttle, "bob"));
    }

    @Test
    void take_redisFailsMidway_keepsOwnCount() {
        boolean[] away = {false};
        RateLimiter throttle = new RateLimiter(
                (counter, delta, life) -> away[0] ? Future.failedFuture("away") : Future.succeededFuture(1L),
                TIGHT,
                node.clock);
        for (int i = 0; i < TIGHT.signInsPerUsernamePerMinute(); i++) {
            await(tryPassword(throttle, "bob"));
        }

        away[0] = true;
        assertThat(refusal(tryPassword(throttle, "bob")).kind()).isEqualTo(ErrorKind.LIMITED);
    }

    @Test
    void take_overOwnLimit_doesNotCallRedis() {
        int[] asked = {0};
        RateLimiter throttle =
                new RateLimiter((counter, delta, life) -> Future.succeededFuture((long) ++asked[0]), TIGHT, node.clock);
        for (int i = 0; i < 100; i++) {
            await(tryPassword(throttle, "bob").otherwiseEmpty());
        }

        assertThat(asked[0]).isEqualTo(TIGHT.signInsPerUsernamePerMinute());
    }

    /** A /48 contains 65,536 networks of size /64, so counting only a /64 would multiply the limit. */
    @Test
    void signIn_fromManyNetworksOfOneSite_isLimited() {
        String site = "2001:db8:%x".formatted(ThreadLocalRandom.current().nextInt(0x10000));
        int allowed = 10 * TIGHT.signInsPerAddressPerMinute();
        for (int i = 0; i < allowed; i++) {
            assertThat(refusal(signIn(tight, site + ":" + Integer.toHexString(i) + "::1", freshName(), PASSWORD))
                            .reason())
                    .isEqualTo("credentials.wrong");
        }

        assertThat(refusal(signIn(tight, site + ":ffff::1", freshName(), PASSWORD))
                        .reason())
                .isEqualTo("signin.limited");
    }

    @Test
    void signIn_wrongPasswordsFromOneAddress_areLimitedThere() {
        String name = node.register(freshName()).username();
        IdentityNode node = new IdentityNode(
                stores.vertx(),
                stores.postgres(),
                stores.redis(),
                IdentityNode.with(new Limits(100, 100, 100, 3, 100, address -> false)));
        String stranger = freshAddress();
        for (int i = 0; i < 3; i++) {
            assertThat(refusal(signIn(node, stranger, name, "wrong horse battery"))
                            .reason())
                    .isEqualTo("credentials.wrong");
        }

        assertThat(refusal(signIn(node, stranger, name, PASSWORD)).reason()).isEqualTo("password.limited");
        await(signIn(node, freshAddress(), name, PASSWORD));
    }
}
