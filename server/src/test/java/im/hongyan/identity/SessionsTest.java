package im.hongyan.identity;

import static im.hongyan.identity.IdentityNode.await;
import static im.hongyan.identity.IdentityNode.freshName;
import static im.hongyan.identity.IdentityNode.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.identity.IdentityNode.Device;
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

    private IdentityNode node;
    private Device device;

    @BeforeEach
    void begin() {
        node = new IdentityNode(stores.vertx(), stores.postgres(), stores.redis());

        device = node.register(freshName());
    }

    @Test
    void refresh_returnsNewPairForSameSession() {
        node.clock.advance(Duration.ofMinutes(20));
        assertThat(refusal(node.identity.authenticate(device.accessToken())).reason())
                .isEqualTo("token.expired");

        Device next = node.refresh(device.refreshToken());

        assertThat(next.session()).isEqualTo(device.session());
        assertThat(next.answer().get("user")).isEqualTo(device.answer().get("user"));
        assertThat(next.refreshToken()).isNotEqualTo(device.refreshToken());
        assertThat(next.answer().get("expiresIn").longValue()).isEqualTo(900);
        assertThat(await(node.identity.authenticate(next.accessToken())).session())
                .isEqualTo(device.session());
    }

    @Test
    void refresh_concurrently_returnsSamePair() {
        node.clock.advance(Duration.ofMinutes(14));
        List<Future<JsonNode>> tabs = IntStream.range(0, 16)
                .mapToObj(i -> node.refreshing(device.refreshToken()))
                .toList();
        await(Future.all(tabs));

        assertThat(tabs.stream().map(Future::result).distinct()).hasSize(1);
        node.refresh(new Device(tabs.get(0).result()).refreshToken());
        assertThat(node.ended).isEmpty();
    }

    @Test
    void refresh_predecessorSoonAfter_returnsSamePair() {
        Device next = node.refresh(device.refreshToken());
        node.clock.advance(Duration.ofSeconds(119));

        Device again = node.refresh(device.refreshToken());

        assertThat(again.refreshToken()).isEqualTo(next.refreshToken());
        assertThat(again.accessToken()).isEqualTo(next.accessToken());
        assertThat(again.answer().get("expiresIn").longValue()).isEqualTo(900 - 119);
        node.refresh(again.refreshToken());
    }

    /** The answer was lost, and the device retries days later with its only token. */
    @Test
    void refresh_predecessorLongAfter_returnsUsablePair() {
        Device next = node.refresh(device.refreshToken());
        node.clock.advance(Duration.ofDays(80));

        Device again = node.refresh(device.refreshToken());

        assertThat(again.refreshToken()).isEqualTo(next.refreshToken());
        assertThat(again.answer().get("expiresIn").longValue()).isEqualTo(900);
        assertThat(await(node.identity.authenticate(again.accessToken())).session())
                .isEqualTo(device.session());
        Device used = node.refresh(again.refreshToken());
        assertEnds(device, used);
    }

    /** Repeating an answer does not extend the session. */
    @Test
    void refresh_predecessorAfterSessionExpired_fails() {
        node.refresh(device.refreshToken());
        node.clock.advance(Duration.ofDays(45));
        node.refresh(device.refreshToken());
        node.clock.advance(Duration.ofDays(45));

        assertThat(refusal(node.refreshing(device.refreshToken())).reason()).isEqualTo("session.expired");
    }

    @Test
    void refresh_predecessorAfterSuccessorUsed_endsSession() {
        Device next = node.refresh(node.refresh(device.refreshToken()).refreshToken());

        assertEnds(device, next);
    }

    @Test
    void refresh_olderToken_endsSession() {
        Device next = device;
        for (int i = 0; i < 5; i++) {
            next = node.refresh(next.refreshToken());
        }

        assertEnds(device, next);
    }

    /** Both the thief and the owner of a copied token lose the session; the user's other sessions stay. */
    private void assertEnds(Device copied, Device next) {
        Device other = node.signIn(device.username());

        Rejection refusal = refusal(node.refreshing(copied.refreshToken()));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAUTHENTICATED);
        assertThat(refusal.reason()).isEqualTo("refresh.reused");
        assertThat(node.ended).containsExactly(device.session());
        assertThat(refusal(node.refreshing(next.refreshToken())).reason()).isEqualTo("session.revoked");
        assertThat(refusal(node.identity.authenticate(next.accessToken())).reason())
                .isEqualTo("session.revoked");
        node.refresh(other.refreshToken());
    }

    @Test
    void refresh_expiredSession_failsAndSessionIsRemoved() {
        node.clock.advance(Duration.ofDays(90));

        assertThat(refusal(node.refreshing(device.refreshToken())).reason()).isEqualTo("session.expired");
        await(node.identity.runMaintenance());

        assertThat(node.ended).contains(device.session());
        assertThat(refusal(node.refreshing(device.refreshToken())).reason()).isEqualTo("session.revoked");
    }

    @Test
    void refresh_regularly_keepsSessionAlive() {
        Device next = device;
        for (int i = 0; i < 5; i++) {
            node.clock.advance(Duration.ofDays(89));
            next = node.refresh(next.refreshToken());
        }
        assertThat(next.session()).isEqualTo(device.session());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "hyr_", "hyr_AAAA", "Bearer x", "hyr_====", "\u0000"})
    void refresh_malformedToken_failsAndEndsNothing(String token) {
        Rejection refusal = refusal(node.refreshing(token));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAUTHENTICATED);
        assertThat(refusal.reason()).isEqualTo("refresh.invalid");
        assertThat(node.ended).isEmpty();
    }

    @Test
    void refresh_forgedToken_failsAndEndsNothing() {
        RefreshToken invented = RefreshToken.first(device.session(), new byte[32]);

        assertThat(refusal(node.refreshing(invented.text())).reason()).isEqualTo("refresh.invalid");
        assertThat(node.ended).isEmpty();
        node.refresh(device.refreshToken());
    }

    @Test
    void refresh_accessToken_fails() {
        assertThat(refusal(node.refreshing(device.accessToken())).reason()).isEqualTo("refresh.invalid");
    }

    @Test
    void refresh_withoutToken_failsNamingField() {
        Rejection refusal = refusal(node.open(Method.POST, "/sessions/refresh", body -> body));

        assertThat(refusal.field()).isEqualTo("refreshToken");
    }

    @Test
    void database_storesNoRefreshToken() {
        Device next = node.refresh(device.refreshToken());

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
        node.clock.advance(Duration.ofMinutes(1));
        Device other = node.signIn(device.username());
        node.clock.advance(Duration.ofMinutes(1));
        node.refresh(device.refreshToken());

        JsonNode sessions = await(node.as(other, Method.GET, "/sessions")).get("sessions");

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
        Device other = node.signIn(device.username());

        await(node.as(device, Method.DELETE, "/sessions/current"));

        assertThat(node.ended).containsExactly(device.session());
        assertThat(refusal(node.identity.authenticate(device.accessToken())).reason())
                .isEqualTo("session.revoked");
        assertThat(refusal(node.refreshing(device.refreshToken())).reason()).isEqualTo("session.revoked");
        await(node.as(other, Method.GET, "/me"));
    }

    @Test
    void revoke_ownDevice_endsItsSession() {
        Device other = node.signIn(device.username());

        await(revoking(device, other.session()));

        assertThat(node.ended).containsExactly(other.session());
        assertThat(await(node.as(device, Method.GET, "/sessions")).get("sessions"))
                .hasSize(1);
        assertThat(refusal(revoking(device, other.session())).reason()).isEqualTo("session.unknown");
    }

    @Test
    void revoke_deviceOfOtherUser_isNotFound() {
        Device stranger = node.register(freshName());

        assertThat(refusal(revoking(device, stranger.session())).kind()).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(refusal(revoking(device, new SessionId(Id.next()))).kind()).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(node.ended).isEmpty();
        await(node.as(stranger, Method.GET, "/me"));
    }

    private Future<JsonNode> revoking(Device by, SessionId session) {
        return node.as(by, Method.DELETE, "/sessions/:id", path -> path.put("id", session.text()));
    }

    @Test
    void refresh_duringRevocation_leavesDeviceSignedOut() {
        for (int i = 0; i < 20; i++) {
            Device other = node.signIn(device.username());
            Future<JsonNode> refreshing = node.refreshing(other.refreshToken());
            await(revoking(device, other.session()));
            await(refreshing.otherwiseEmpty());

            assertThat(refusal(node.refreshing(other.refreshToken())).reason()).isEqualTo("session.revoked");
            if (refreshing.succeeded()) {
                Device refreshed = new Device(refreshing.result());
                assertThat(refusal(node.identity.authenticate(refreshed.accessToken()))
                                .reason())
                        .isEqualTo("session.revoked");
            }
        }
    }
}
