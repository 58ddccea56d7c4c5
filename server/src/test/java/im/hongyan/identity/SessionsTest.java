package im.hongyan.identity;

import static im.hongyan.identity.World.await;
import static im.hongyan.identity.World.freshName;
import static im.hongyan.identity.World.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.identity.World.Device;
import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.HttpRoutes.Method;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionsTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/identity/migrations");

    private World world;
    private Device device;

    @BeforeEach
    void begin() {
        world = new World(stores.vertx(), stores.postgres(), stores.redis());

        device = world.register(freshName());
    }

    @Test
    void refresh_returnsNewPairForSameSession() {
        world.clock.advance(Duration.ofMinutes(20));
        assertThat(refusal(world.identity.authenticate(device.accessToken())).reason())
                .isEqualTo("token.expired");

        Device next = world.refresh(device.refreshToken());

        assertThat(next.session()).isEqualTo(device.session());
        assertThat(next.answer().get("user")).isEqualTo(device.answer().get("user"));
        assertThat(next.refreshToken()).isNotEqualTo(device.refreshToken());
        assertThat(next.answer().get("expiresIn").longValue()).isEqualTo(900);
        assertThat(await(world.identity.authenticate(next.accessToken())).session())
                .isEqualTo(device.session());
    }

    @Test
    void refresh_concurrently_returnsSamePair() {
        world.clock.advance(Duration.ofMinutes(14));
        List<Future<JsonNode>> tabs = IntStream.range(0, 16)
                .mapToObj(i -> world.refreshing(device.refreshToken()))
                .toList();
        await(Future.all(tabs));

        assertThat(tabs.stream().map(Future::result).distinct()).hasSize(1);
        world.refresh(new Device(tabs.get(0).result()).refreshToken());
        assertThat(world.ended).isEmpty();
    }

    @Test
    void refresh_predecessorSoonAfter_returnsSamePair() {
        Device next = world.refresh(device.refreshToken());
        world.clock.advance(Duration.ofSeconds(119));

        Device again = world.refresh(device.refreshToken());

        assertThat(again.refreshToken()).isEqualTo(next.refreshToken());
        assertThat(again.accessToken()).isEqualTo(next.accessToken());
        assertThat(again.answer().get("expiresIn").longValue()).isEqualTo(900 - 119);
        world.refresh(again.refreshToken());
    }

    /** The answer was lost, and the device comes back days later: it was never signed in twice. */
    @Test
    void refresh_predecessorLongAfter_returnsUsablePair() {
        Device next = world.refresh(device.refreshToken());
        world.clock.advance(Duration.ofDays(80));

        Device again = world.refresh(device.refreshToken());

        assertThat(again.refreshToken()).isEqualTo(next.refreshToken());
        assertThat(again.answer().get("expiresIn").longValue()).isEqualTo(900);
        assertThat(await(world.identity.authenticate(again.accessToken())).session())
                .isEqualTo(device.session());
        Device used = world.refresh(again.refreshToken());
        assertEnds(device, used);
    }

    /** Repeating an answer does not extend the session. */
    @Test
    void refresh_predecessorAfterSessionExpired_fails() {
        world.refresh(device.refreshToken());
        world.clock.advance(Duration.ofDays(45));
        world.refresh(device.refreshToken());
        world.clock.advance(Duration.ofDays(45));

        assertThat(refusal(world.refreshing(device.refreshToken())).reason()).isEqualTo("session.expired");
    }

    @Test
    void refresh_predecessorAfterSuccessorUsed_endsSession() {
        Device next = world.refresh(world.refresh(device.refreshToken()).refreshToken());

        assertEnds(device, next);
    }

    @Test
    void refresh_olderToken_endsSession() {
        Device next = device;
        for (int i = 0; i < 5; i++) {
            next = world.refresh(next.refreshToken());
        }

        assertEnds(device, next);
    }

    /** Both the thief and the owner of a copied token lose the session; the user's other sessions stay. */
    private void assertEnds(Device copied, Device next) {
        Device other = world.signIn(device.username());

        Rejection refusal = refusal(world.refreshing(copied.refreshToken()));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAUTHENTICATED);
        assertThat(refusal.reason()).isEqualTo("refresh.reused");
        assertThat(world.ended).containsExactly(device.session());
        assertThat(refusal(world.refreshing(next.refreshToken())).reason()).isEqualTo("session.revoked");
        assertThat(refusal(world.identity.authenticate(next.accessToken())).reason())
                .isEqualTo("session.revoked");
        world.refresh(other.refreshToken());
    }

    @Test
    void refresh_expiredSession_failsAndSessionIsRemoved() {
        world.clock.advance(Duration.ofDays(90));

        assertThat(refusal(world.refreshing(device.refreshToken())).reason()).isEqualTo("session.expired");
        await(world.identity.runMaintenance());

        assertThat(world.ended).contains(device.session());
        assertThat(refusal(world.refreshing(device.refreshToken())).reason()).isEqualTo("session.revoked");
    }

    @Test
    void refresh_regularly_keepsSessionAlive() {
        Device next = device;
        for (int i = 0; i < 5; i++) {
            world.clock.advance(Duration.ofDays(89));
            next = world.refresh(next.refreshToken());
        }
        assertThat(next.session()).isEqualTo(device.session());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "hyr_", "hyr_AAAA", "Bearer x", "hyr_====", "\u0000"})
    void refresh_malformedToken_failsAndEndsNothing(String token) {
        Rejection refusal = refusal(world.refreshing(token));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAUTHENTICATED);
        assertThat(refusal.reason()).isEqualTo("refresh.invalid");
        assertThat(world.ended).isEmpty();
    }

    @Test
    void refresh_forgedToken_failsAndEndsNothing() {
        RefreshToken invented = RefreshToken.first(device.session(), new byte[32]);

        assertThat(refusal(world.refreshing(invented.text())).reason()).isEqualTo("refresh.invalid");
        assertThat(world.ended).isEmpty();
        world.refresh(device.refreshToken());
    }

    @Test
    void refresh_accessToken_fails() {
        assertThat(refusal(world.refreshing(device.accessToken())).reason()).isEqualTo("refresh.invalid");
    }

    @Test
    void refresh_withoutToken_failsNamingField() {
        Rejection refusal = refusal(world.open(Method.POST, "/sessions/refresh", body -> body));

        assertThat(refusal.field()).isEqualTo("refreshToken");
    }

    @Test
    void database_storesNoRefreshToken() {
        Device next = world.refresh(device.refreshToken());

        Row row = await(stores.postgres()
                        .query(
                                "select to_jsonb(session)::text from session where id = $1",
                                Tuple.of(device.session().value())))
                .iterator()
                .next();
        byte[] bytes =
                java.util.Base64.getUrlDecoder().decode(next.refreshToken().substring(4));
        String secret = java.util.HexFormat.of().formatHex(bytes, 20, 52);
        assertThat(row.getString(0)).contains("token_hash").doesNotContain(secret);
    }

    @Test
    void list_returnsDevices() {
        world.clock.advance(Duration.ofMinutes(1));
        Device other = world.signIn(device.username());
        world.clock.advance(Duration.ofMinutes(1));
        world.refresh(device.refreshToken());

        JsonNode sessions = await(world.as(other, Method.GET, "/sessions")).get("sessions");

        assertThat(sessions).hasSize(2);
        assertThat(sessions.get(0).get("id").textValue())
                .isEqualTo(device.session().text());
        assertThat(sessions.get(0).get("current").booleanValue()).isFalse();
        assertThat(sessions.get(1).get("current").booleanValue()).isTrue();
        Instant created = Instant.parse(sessions.get(0).get("createdAt").textValue());
        assertThat(Instant.parse(sessions.get(0).get("lastUsedAt").textValue()))
                .isEqualTo(created.plus(Duration.ofMinutes(2)));
    }

    @Test
    void signOut_endsSession() {
        Device other = world.signIn(device.username());

        await(world.as(device, Method.DELETE, "/sessions/current"));

        assertThat(world.ended).containsExactly(device.session());
        assertThat(refusal(world.identity.authenticate(device.accessToken())).reason())
                .isEqualTo("session.revoked");
        assertThat(refusal(world.refreshing(device.refreshToken())).reason()).isEqualTo("session.revoked");
        await(world.as(other, Method.GET, "/me"));
    }

    @Test
    void revoke_ownDevice_endsItsSession() {
        Device other = world.signIn(device.username());

        await(revoking(device, other.session()));

        assertThat(world.ended).containsExactly(other.session());
        assertThat(await(world.as(device, Method.GET, "/sessions")).get("sessions"))
                .hasSize(1);
        assertThat(refusal(revoking(device, other.session())).reason()).isEqualTo("session.unknown");
    }

    @Test
    void revoke_deviceOfOtherUser_isNotFound() {
        Device stranger = world.register(freshName());

        assertThat(refusal(revoking(device, stranger.session())).kind()).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(refusal(revoking(device, new SessionId(Id.next()))).kind()).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(world.ended).isEmpty();
        await(world.as(stranger, Method.GET, "/me"));
    }

    private Future<JsonNode> revoking(Device by, SessionId session) {
        return world.as(by, Method.DELETE, "/sessions/:id", path -> path.put("id", session.text()));
    }

    @Test
    void refresh_duringRevocation_leavesDeviceSignedOut() {
        for (int i = 0; i < 20; i++) {
            Device other = world.signIn(device.username());
            Future<JsonNode> refreshing = world.refreshing(other.refreshToken());
            await(revoking(device, other.session()));
            await(refreshing.otherwiseEmpty());

            assertThat(refusal(world.refreshing(other.refreshToken())).reason()).isEqualTo("session.revoked");
            if (refreshing.succeeded()) {
                Device refreshed = new Device(refreshing.result());
                assertThat(refusal(world.identity.authenticate(refreshed.accessToken()))
                                .reason())
                        .isEqualTo("session.revoked");
            }
        }
    }
}
