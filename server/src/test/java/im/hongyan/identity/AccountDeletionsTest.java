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
import im.hongyan.protocol.Rejection;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AccountDeletionsTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/identity/migrations");

    private IdentityNode node;

    @BeforeEach
    void begin() {
        node = new IdentityNode(stores.vertx(), stores.postgres(), stores.redis());
    }

    private Future<JsonNode> deleting(Device device, String password) {
        return node.as(device, Method.DELETE, "/me", body -> body.put("password", password));
    }

    private Row row(Device device) {
        return await(stores.postgres()
                        .query(
                                "select * from account where id = $1",
                                Tuple.of(device.user().value())))
                .iterator()
                .next();
    }

    @Test
    void delete_leavesTombstoneAndEndsAllSessions() {
        Device here = node.register(freshName());
        Device there = node.signIn(here.username());

        await(deleting(here, PASSWORD));

        assertThat(node.ended).containsExactlyInAnyOrder(here.session(), there.session());
        assertThat(refusal(node.identity.authenticate(here.accessToken())).reason())
                .isEqualTo("session.revoked");
        assertThat(refusal(node.refreshing(there.refreshToken())).kind()).isEqualTo(ErrorKind.UNAUTHENTICATED);
        assertThat(refusal(node.signingIn(here.username(), PASSWORD)).reason()).isEqualTo("credentials.wrong");
        Row row = row(here);
        assertThat(row.getString("username")).isNull();
        assertThat(row.getString("password")).isNull();
        assertThat(row.getString("display_name")).isEmpty();
        assertThat(row.getOffsetDateTime("deleted_at")).isNotNull();
    }

    @Test
    void delete_usernameStaysTaken() {
        Device device = node.register(freshName());
        await(deleting(device, PASSWORD));

        assertThat(refusal(node.registering(device.username())).reason()).isEqualTo("username.taken");
    }

    @Test
    void delete_pushesDeletedProfile() {
        Device other = node.register(freshName());
        Device device = node.register(freshName());
        await(deleting(device, PASSWORD));

        JsonNode users = node.frame(other, "users.get", data -> {
                    data.putArray("users").add(device.user().text());
                    return data;
                })
                .get("data")
                .get("users");
        assertThat(users).hasSize(1);
        assertThat(users.get(0).get("deleted").booleanValue()).isTrue();
        assertThat(users.get(0).get("displayName").textValue()).isEmpty();
        assertThat(users.get(0).has("username")).isFalse();
        assertThat(node.pushed)
                .singleElement()
                .satisfies(frame -> assertThat(frame.get("data").get("user")).isEqualTo(users.get(0)));
        assertThat(await(node.as(other, Method.GET, "/users", query -> query.put("username", device.username())))
                        .get("users"))
                .isEmpty();
    }

    @Test
    void delete_wrongPassword_fails() {
        Device device = node.register(freshName());

        Rejection refusal = refusal(deleting(device, "wrong horse battery"));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.FORBIDDEN);
        assertThat(refusal.field()).isEqualTo("password");
        assertThat(node.ended).isEmpty();
        assertThat(node.deleted).isEmpty();
        node.signIn(device.username());
    }

    @Test
    void delete_concurrently_deletesOnce() {
        Device device = node.register(freshName());

        List<Future<JsonNode>> both = List.of(deleting(device, PASSWORD), deleting(device, PASSWORD));
        await(Future.join(both).otherwiseEmpty());

        assertThat(both.stream().filter(Future::succeeded)).hasSize(1);
        assertThat(node.deleted).containsExactly(device.user());
    }

    @Test
    void runMaintenance_afterHookFailure_retriesUntilSuccess() {
        Device device = node.register(freshName());
        node.onDeleted = user -> Future.failedFuture("the groups are unavailable");
        await(deleting(device, PASSWORD));
        assertThat(cleanedUp(device)).isEqualTo(1);

        await(node.identity.runMaintenance());
        assertThat(cleanedUp(device)).as("not before the lease is over").isEqualTo(1);

        node.clock.advance(AccountDeletions.LEASE);
        node.onDeleted = user -> {
            throw new IllegalStateException("a bug");
        };
        await(node.identity.runMaintenance());
        assertThat(cleanedUp(device)).isEqualTo(2);
        assertThat(row(device).getOffsetDateTime("cleanup_at")).isNotNull();

        node.clock.advance(AccountDeletions.LEASE);
        node.onDeleted = user -> Future.succeededFuture();
        await(node.identity.runMaintenance());
        assertThat(cleanedUp(device)).isEqualTo(3);
        assertThat(row(device).getOffsetDateTime("cleanup_at")).isNull();

        node.clock.advance(AccountDeletions.LEASE);
        await(node.identity.runMaintenance());
        assertThat(cleanedUp(device)).isEqualTo(3);
    }

    @Test
    void migration_afterAddedHook_repeatsCleanUpOfDeletedAccounts() throws Exception {
        Device device = node.register(freshName());
        await(deleting(device, PASSWORD));
        node.clock.advance(AccountDeletions.LEASE);
        await(node.identity.runMaintenance());
        assertThat(cleanedUp(device)).isEqualTo(2);
        assertThat(row(device).getOffsetDateTime("cleanup_at")).isNull();

        try (InputStream file =
                AccountDeletionsTest.class.getResourceAsStream("migrations/V003__repeat_clean_up.sql")) {
            await(stores.postgres().query(new String(file.readAllBytes(), StandardCharsets.UTF_8)));
        }
        await(node.identity.runMaintenance());

        assertThat(cleanedUp(device)).isEqualTo(3);
        assertThat(row(device).getOffsetDateTime("cleanup_at")).isNull();
    }

    private long cleanedUp(Device device) {
        return node.deleted.stream().filter(device.user()::equals).count();
    }

    @Test
    void delete_failingHook_runsOthersAfterSessionsEnded() {
        Device device = node.register(freshName());
        List<String> called = new CopyOnWriteArrayList<>();
        node.onDeleted = user -> {
            if (user.equals(device.user())) {
                called.add("first, sessions ended: " + node.ended.contains(device.session()));
            }
            return Future.failedFuture("the first hook fails");
        };
        node.identity.onAccountDeleted("second", user -> {
            if (user.equals(device.user())) {
                called.add("second");
            }
            return Future.succeededFuture();
        });

        await(deleting(device, PASSWORD));
        assertThat(called).containsExactly("first, sessions ended: true", "second");

        node.clock.advance(AccountDeletions.LEASE);
        await(node.identity.runMaintenance());
        assertThat(called).as("a failure repeats all hooks").hasSize(4);
        assertThat(row(device).getOffsetDateTime("cleanup_at")).isNotNull();

        node.onDeleted = user -> Future.succeededFuture();
        node.clock.advance(AccountDeletions.LEASE);
        await(node.identity.runMaintenance());
        assertThat(row(device).getOffsetDateTime("cleanup_at")).isNull();
    }

    @Test
    void runMaintenance_afterFirstSuccess_runsHooksOnceMore() {
        Device device = node.register(freshName());
        await(deleting(device, PASSWORD));

        node.clock.advance(AccountDeletions.LEASE);
        await(node.identity.runMaintenance());
        node.clock.advance(AccountDeletions.LEASE);
        await(node.identity.runMaintenance());

        assertThat(cleanedUp(device)).isEqualTo(2);
    }

    @Test
    void runMaintenance_onTwoNodes_runsHooksOnce() {
        IdentityNode other = new IdentityNode(stores.vertx(), stores.postgres(), stores.redis());
        Device device = node.register(freshName());
        await(deleting(device, PASSWORD));

        node.clock.advance(AccountDeletions.LEASE.plusSeconds(10));
        other.clock.advance(AccountDeletions.LEASE.plusSeconds(10));
        await(Future.join(node.identity.runMaintenance(), other.identity.runMaintenance()));

        assertThat(cleanedUp(device)
                        + other.deleted.stream().filter(device.user()::equals).count())
                .isEqualTo(2);
    }
}
