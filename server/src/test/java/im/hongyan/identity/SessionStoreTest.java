package im.hongyan.identity;

import static im.hongyan.identity.IdentityNode.await;
import static im.hongyan.identity.IdentityNode.freshName;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.Id;
import im.hongyan.protocol.SessionId;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionStoreTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/identity/migrations");

    private static final String CHANGE = "UPDATE account SET password = 'another' WHERE id = $1";
    private static final String DELETE =
            "UPDATE account SET username = NULL, password = NULL, deleted_at = now() WHERE id = $1";

    private final SessionStore store = new SessionStore(stores.postgres());
    private final AccountStore accounts = new AccountStore(stores.postgres(), store);
    private final IdentityNode node = new IdentityNode(stores.vertx(), stores.postgres(), stores.redis());

    private Account account() {
        String name = node.register(freshName()).username();
        return await(accounts.byUsername(new Username(name))).orElseThrow();
    }

    private static SessionRow session(Account account) {
        SessionId id = new SessionId(Id.next());
        byte[] tagKey = Digests.random(32);
        Instant now = Instant.now();
        RefreshTokenRotation.State token = new RefreshTokenRotation.State(
                0, RefreshToken.first(id, tagKey).hash(), null, tagKey, now, now.plusSeconds(60));
        return new SessionRow(id, account.id(), null, null, token, now);
    }

    /** The password was verified, but is changed or deleted before the session is stored. The session must not open. */
    @ParameterizedTest
    @ValueSource(strings = {CHANGE, DELETE})
    void open_duringPasswordChange_waitsAndFails(String replacing) {
        Account account = account();
        Promise<Void> replaced = Promise.promise();
        Promise<Void> goOn = Promise.promise();
        Future<Void> change = stores.postgres().transaction(transaction -> transaction
                .query(replacing, Tuple.of(account.id().value()))
                .onSuccess(done -> replaced.complete())
                .compose(done -> goOn.future()));
        await(replaced.future());

        Future<Boolean> opening = store.open(session(account), account);
        awaitLockWait();
        goOn.complete();

        await(change);
        assertThat(await(opening)).isFalse();
    }

    /** Waits until PostgreSQL reports that a session in this database waits for a lock. */
    private static void awaitLockWait() {
        long deadline = System.nanoTime() + 2_000_000_000L;
        boolean waiting;
        do {
            // In a transaction, because a single statement could queue behind the waiting one.
            waiting = await(stores.postgres()
                            .transaction(transaction -> transaction.query("SELECT FROM pg_stat_activity"
                                    + " WHERE datname = current_database() AND wait_event_type = 'Lock'")))
                    .iterator()
                    .hasNext();
        } while (!waiting && System.nanoTime() < deadline);
        assertThat(waiting).as("the session waits for the password change").isTrue();
    }

    @Test
    void open_currentPassword_succeeds() {
        Account account = account();

        assertThat(await(store.open(session(account), account))).isTrue();
    }
}
