package im.hongyan.identity;

import static im.hongyan.identity.IdentityNode.PASSWORD;
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
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccountsTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/identity/migrations");

    private IdentityNode node;

    @BeforeEach
    void begin() {
        node = new IdentityNode(stores.vertx(), stores.postgres(), stores.redis());
    }

    @Test
    void register_returnsProfileAndTokens() {
        String name = freshName();
        Device device = new Device(await(node.open(Method.POST, "/accounts", body -> body.put("username", name)
                .put("password", PASSWORD)
                .put("displayName", " \u5f20\u4e09 ")
                .put("device", "Firefox on Linux"))));

        assertThat(device.username()).isEqualTo(name);
        assertThat(device.answer().get("user").get("displayName").textValue()).isEqualTo("\u5f20\u4e09");
        assertThat(device.answer().get("expiresIn").longValue()).isEqualTo(900);
        assertThat(await(node.identity.authenticate(device.accessToken()))).satisfies(caller -> {
            assertThat(caller.user()).isEqualTo(device.user());
            assertThat(caller.session()).isEqualTo(device.session());
        });
        JsonNode sessions = await(node.as(device, Method.GET, "/sessions")).get("sessions");
        assertThat(sessions).hasSize(1);
        assertThat(sessions.get(0).get("device").textValue()).isEqualTo("Firefox on Linux");
    }

    @Test
    void register_withoutDisplayName_usesUsernameAsTyped() {
        Device device = node.register(freshName().replaceFirst("u", "U"));

        assertThat(device.username()).startsWith("u");
        assertThat(device.answer().get("user").get("displayName").textValue()).startsWith("U");
    }

    @Test
    void register_takenUsernameInOtherCase_conflicts() {
        String name = node.register(freshName()).username();

        Rejection refusal = refusal(node.registering(name.toUpperCase(Locale.ROOT)));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.CONFLICT);
        assertThat(refusal.reason()).isEqualTo("username.taken");
        assertThat(refusal.field()).isEqualTo("username");
    }

    @Test
    void register_sameUsernameConcurrently_succeedsOnce() {
        String name = freshName();
        List<Future<JsonNode>> all =
                IntStream.range(0, 12).mapToObj(i -> node.registering(name)).toList();
        await(Future.join(all).otherwiseEmpty());

        assertThat(all.stream().filter(Future::succeeded)).hasSize(1);
        assertThat(all.stream().filter(Future::failed)).allSatisfy(one -> assertThat(((Rejection) one.cause()).reason())
                .isEqualTo("username.taken"));
    }

    @ParameterizedTest
    @CsvSource({
        "ab, correct horse, username, username.form",
        "b\u00f6b, correct horse, username, username.form",
        "system, correct horse, username, username.taken",
        "SYSTEM, correct horse, username, username.taken",
        "some.user, short, password, password.length",
        "some.user, password123, password, password.common",
        "some.user, some.user, password, password.common",
        "some.user, , password, field.missing",
        ", correct horse, username, field.missing"
    })
    void register_invalidField_failsNamingField(String name, String password, String field, String reason) {
        Rejection refusal = refusal(node.open(
                Method.POST, "/accounts", body -> body.put("username", name).put("password", password)));

        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal.field()).isEqualTo(field);
    }

    @Test
    void register_numberAsUsername_fails() {
        Rejection refusal = refusal(node.open(
                Method.POST, "/accounts", body -> body.put("username", 12345).put("password", PASSWORD)));

        assertThat(refusal.field()).isEqualTo("username");
        assertThat(refusal.kind()).isEqualTo(ErrorKind.INVALID);
    }

    @Test
    void register_unknownField_failsNamingField() {
        Rejection refusal = refusal(node.open(Method.POST, "/accounts", body -> body.put("username", freshName())
                .put("password", PASSWORD)
                .put("admin", true)));

        assertThat(refusal.reason()).isEqualTo("field.unknown");
        assertThat(refusal.field()).isEqualTo("admin");
    }

    @Test
    void signIn_usernameInOtherCase_opensSession() {
        Device first = node.register(freshName());

        Device second = node.signIn(first.username().toUpperCase(Locale.ROOT));

        assertThat(second.user()).isEqualTo(first.user());
        assertThat(second.session()).isNotEqualTo(first.session());
    }

    @Test
    void signIn_wrongPasswordOrUsername_failsAlike() {
        String name = node.register(freshName()).username();

        Rejection wrongPassword = refusal(node.signingIn(name, "wrong horse battery"));
        Rejection wrongName = refusal(node.signingIn(freshName(), PASSWORD));

        assertThat(wrongPassword.kind()).isEqualTo(ErrorKind.UNAUTHENTICATED);
        assertThat(wrongName).usingRecursiveComparison().isEqualTo(wrongPassword);
    }

    /** With a full hashing queue, an unknown username is also rejected by the queue, which shows that it is hashed. */
    @Test
    void signIn_unknownUsername_stillHashes() {
        IdentityNode full = new IdentityNode(
                stores.vertx(),
                stores.postgres(),
                stores.redis(),
                IdentityNode.with(new IdentitySettings.Hashing(64, 1, 1, 0)));

        assertThat(refusal(full.signingIn(freshName(), PASSWORD)).reason()).isEqualTo("password.busy");
    }

    @Test
    void signIn_outdatedHash_rehashes() {
        Device device = node.register(freshName());
        IdentityNode stronger = new IdentityNode(
                stores.vertx(),
                stores.postgres(),
                stores.redis(),
                IdentityNode.with(new IdentitySettings.Hashing(128, 2, 2, 100)));

        stronger.signIn(device.username());

        awaitHash(device, "$argon2id$v=19$m=128,t=2,p=1$");
        stronger.signIn(device.username());
        node.signIn(device.username());
    }

    /** The sign-in does not wait for rehashing, so this polls for a bounded time. */
    private static void awaitHash(Device device, String start) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        String hash;
        do {
            hash = await(stores.postgres()
                            .query(
                                    "select password from account where id = $1",
                                    Tuple.of(device.user().value())))
                    .iterator()
                    .next()
                    .getString(0);
        } while (!hash.startsWith(start) && System.nanoTime() < deadline);
        assertThat(hash).startsWith(start);
    }

    @Test
    void signIn_beyondMaxSessions_endsLeastRecentlyUsed() {
        Device first = node.register(freshName());
        for (int i = 0; i < Sessions.MAX_PER_USER; i++) {
            node.clock.advance(java.time.Duration.ofSeconds(1));
            node.signIn(first.username());
        }

        assertThat(node.ended).containsExactly(first.session());
        assertThat(refusal(node.identity.authenticate(first.accessToken())).reason())
                .isEqualTo("session.revoked");
        Device last = node.signIn(first.username());
        assertThat(await(node.as(last, Method.GET, "/sessions")).get("sessions"))
                .hasSize(Sessions.MAX_PER_USER);
    }

    @Test
    void me_returnsProfile() {
        Device device = node.register(freshName());

        assertThat(await(node.as(device, Method.GET, "/me")).get("user"))
                .isEqualTo(device.answer().get("user"));
    }

    @Test
    void rename_updatesAndPushesProfile() {
        Device device = node.register(freshName());

        JsonNode answer = await(node.as(device, Method.PATCH, "/me", body -> body.put("displayName", "\u674e\u56db")));

        assertThat(answer.get("user").get("displayName").textValue()).isEqualTo("\u674e\u56db");
        assertThat(await(node.as(device, Method.GET, "/me"))).isEqualTo(answer);
        assertThat(node.pushed).singleElement().satisfies(frame -> {
            assertThat(frame.get("type").textValue()).isEqualTo("profile");
            assertThat(frame.get("data")).isEqualTo(answer);
        });
    }

    @Test
    void rename_empty_fails() {
        Device device = node.register(freshName());

        Rejection refusal = refusal(node.as(device, Method.PATCH, "/me", body -> body.put("displayName", " ")));

        assertThat(refusal.field()).isEqualTo("displayName");
        assertThat(node.pushed).isEmpty();
    }

    @Test
    void find_wholeUsername_ignoresCase() {
        Device device = node.register(freshName());
        Device asker = node.register(freshName());

        assertThat(found(asker, device.username().toUpperCase(Locale.ROOT)))
                .singleElement()
                .isEqualTo(device.answer().get("user"));
        assertThat(found(asker, device.username().substring(0, 20))).isEmpty();
    }

    private JsonNode found(Device asker, String name) {
        return await(node.as(asker, Method.GET, "/users", query -> query.put("username", name)))
                .get("users");
    }

    @Test
    void usersGet_returnsExistingUsers() {
        Device one = node.register(freshName());
        Device other = node.register(freshName());

        JsonNode answer = node.frame(one, "users.get", data -> {
            data.putArray("users")
                    .add(one.user().text())
                    .add(other.user().text())
                    .add(Id.Text.encode(Id.next()));
            return data;
        });

        assertThat(answer.get("data").get("users"))
                .containsExactlyInAnyOrder(
                        one.answer().get("user"), other.answer().get("user"));
    }

    @Test
    void usersGet_tooMany_fails() {
        Device device = node.register(freshName());

        JsonNode answer = node.frame(device, "users.get", data -> {
            IntStream.range(0, 201).forEach(i -> data.withArray("users").add(Id.Text.encode(Id.next())));
            return data;
        });

        assertThat(answer.get("error").get("reason").textValue()).isEqualTo("field.too_many");
    }

    @Test
    void usersGet_none_isEmpty() {
        Device device = node.register(freshName());

        JsonNode answer = node.frame(device, "users.get", data -> {
            data.putArray("users");
            return data;
        });

        assertThat(answer.get("data").get("users")).isEmpty();
    }

    @Test
    void changePassword_endsOtherSessions() {
        Device here = node.register(freshName());
        Device there = node.signIn(here.username());

        await(changePassword(here, PASSWORD, "another long secret"));

        assertThat(node.ended).containsExactly(there.session());
        assertThat(refusal(node.refreshing(there.refreshToken())).reason()).isEqualTo("session.revoked");
        assertThat(node.refresh(here.refreshToken()).session()).isEqualTo(here.session());
        assertThat(refusal(node.signingIn(here.username(), PASSWORD)).reason()).isEqualTo("credentials.wrong");
        await(node.signingIn(here.username(), "another long secret"));
    }

    @ParameterizedTest
    @CsvSource({
        "wrong horse battery, another long secret, oldPassword, password.wrong",
        "correct horse battery, short, newPassword, password.length",
        "correct horse battery, password123, newPassword, password.common"
    })
    void changePassword_invalid_changesNothing(String old, String fresh, String field, String reason) {
        Device device = node.register(freshName());
        node.signIn(device.username());

        Rejection refusal = refusal(changePassword(device, old, fresh));

        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal.field()).isEqualTo(field);
        assertThat(node.ended).isEmpty();
        node.signIn(device.username());
    }

    @Test
    void changePassword_duringSignIns_leavesNoSessionOfOldPassword() {
        Device here = node.register(freshName());

        List<Future<JsonNode>> racing = new java.util.ArrayList<>();
        IntStream.range(0, 10).forEach(i -> racing.add(node.signingIn(here.username(), PASSWORD)));
        Future<JsonNode> change = changePassword(here, PASSWORD, "another long secret");
        IntStream.range(0, 10).forEach(i -> racing.add(node.signingIn(here.username(), PASSWORD)));
        await(Future.join(racing).otherwiseEmpty());
        await(change);

        JsonNode sessions = await(node.as(here, Method.GET, "/sessions")).get("sessions");
        assertThat(sessions).hasSize(1);
        assertThat(racing.stream().filter(Future::succeeded).map(Future::result))
                .allSatisfy(answer -> assertThat(refusal(node.identity.authenticate(new Device(answer).accessToken()))
                                .reason())
                        .isEqualTo("session.revoked"));
    }

    private Future<JsonNode> changePassword(Device device, String old, String fresh) {
        return node.as(device, Method.POST, "/me/password", body -> body.put("oldPassword", old)
                .put("newPassword", fresh));
    }

    @Test
    void toString_answers_hideTokens() {
        Device device = node.register(freshName());
        IdentityResponses.SignedIn answer =
                new IdentityResponses.SignedIn(null, device.session(), "access", "refresh", 1);

        assertThat(answer.toString()).doesNotContain("access").doesNotContain("refresh");
        assertThat(new Account(device.user(), "name", "shown", "hash").toString())
                .doesNotContain("hash");
        assertThat(new IdentityRequests.ChangePassword(Password.of("old secret"), Password.of("new secret")).toString())
                .doesNotContain("secret");
    }
}
