package im.hongyan.identity;

import static im.hongyan.identity.IdentityNode.await;
import static im.hongyan.identity.IdentityNode.freshName;
import static im.hongyan.identity.IdentityNode.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.identity.IdentityNode.Device;
import im.hongyan.identity.RevocationLog.Page;
import im.hongyan.identity.RevocationLog.Place;
import im.hongyan.identity.RevocationLog.Revocation;
import im.hongyan.protocol.HttpRoutes.Method;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.SessionId;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RevocationsTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/identity/migrations");

    private IdentityNode here;
    private IdentityNode there;

    @BeforeEach
    void begin() {

        here = new IdentityNode(stores.vertx(), stores.postgres(), stores.redis());
        there = new IdentityNode(stores.vertx(), stores.postgres(), stores.redis());
    }

    @Test
    void poll_afterRevocationOnOtherNode_findsIt() {
        Device device = here.register(freshName());
        await(there.identity.pollRevocations());
        assertThat(await(there.identity.authenticate(device.accessToken())).session())
                .isEqualTo(device.session());

        await(here.as(device, Method.DELETE, "/sessions/current"));
        await(there.identity.pollRevocations());

        assertThat(there.ended).contains(device.session());
        assertThat(refusal(there.identity.authenticate(device.accessToken())).reason())
                .isEqualTo("session.revoked");
    }

    @Test
    void start_secondNode_closesSessionsRevokedOnFirst() throws Exception {
        Device device = here.register(freshName());
        CountDownLatch closed = new CountDownLatch(1);
        there.onEnded = session -> {
            if (session.equals(device.session())) {
                closed.countDown();
            }
        };
        await(there.identity.start());
        try {
            await(here.as(device, Method.DELETE, "/sessions/current"));

            assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            await(there.identity.stop());
        }
    }

    @Test
    void load_findsEarlierRevocations() {
        Device device = here.register(freshName());
        await(here.as(device, Method.DELETE, "/sessions/current"));

        await(there.identity.start());

        assertThat(refusal(there.identity.authenticate(device.accessToken())).reason())
                .isEqualTo("session.revoked");
        await(there.identity.stop());
    }

    /** A cursor by time would miss this: a transaction that began first and commits last. */
    @Test
    void poll_lateCommit_isNotMissed() throws Exception {
        SessionId early = new SessionId(Id.next());
        SessionId late = new SessionId(Id.next());
        Promise<Void> inserted = Promise.promise();
        Promise<Void> goOn = Promise.promise();
        Future<Void> slow = stores.postgres().transaction(transaction -> transaction
                .query(
                        "insert into revocation (session_id, revoked_at) values ($1, $2)",
                        Tuple.of(early.value(), here.clock.instant().atOffset(ZoneOffset.UTC)))
                .onSuccess(done -> inserted.complete())
                .compose(done -> goOn.future()));
        await(inserted.future());
        insert(late, here.clock.instant());

        await(there.identity.pollRevocations());
        assertThat(there.ended).contains(late).doesNotContain(early);

        goOn.complete();
        await(slow);
        await(there.identity.pollRevocations());
        assertThat(there.ended).contains(early);
    }

    private void insert(SessionId session, Instant at) {
        await(stores.postgres()
                .query(
                        "insert into revocation (session_id, revoked_at) values ($1, $2)",
                        Tuple.of(session.value(), at.atOffset(ZoneOffset.UTC))));
    }

    @Test
    void poll_severalPages_readsAll() {
        int many = 2 * RevocationStore.PAGE + 500;
        UUID[] ids = IntStream.range(0, many).mapToObj(i -> Id.next()).toArray(UUID[]::new);
        await(there.identity.pollRevocations());
        await(stores.postgres()
                .query(
                        "insert into revocation (session_id, revoked_at) select id, $2 from unnest($1::uuid[]) as id",
                        Tuple.of(ids, here.clock.instant().atOffset(ZoneOffset.UTC))));

        await(there.identity.pollRevocations());

        assertThat(there.ended)
                .contains(java.util.Arrays.stream(ids).map(SessionId::new).toArray(SessionId[]::new));
    }

    @Test
    void runMaintenance_removesExpiredRevocations() {
        SessionId session = new SessionId(Id.next());
        insert(session, here.clock.instant());
        await(there.identity.pollRevocations());

        there.clock.advance(Duration.ofDays(6));
        await(there.identity.runMaintenance());
        assertThat(stored(session)).isTrue();

        there.clock.advance(Duration.ofDays(2));
        await(there.identity.runMaintenance());
        assertThat(stored(session)).isFalse();
    }

    private boolean stored(SessionId session) {
        return await(stores.postgres().query("select from revocation where session_id = $1", Tuple.of(session.value())))
                        .rowCount()
                == 1;
    }

    /** A store whose transaction numbers the test chooses, as after a restore from a backup. */
    private static final class Restored implements RevocationLog {
        final List<Place> asked = new ArrayList<>();
        List<Revocation> rows = List.of();
        long horizon = 1_000;

        @Override
        public Future<Page> read(Place place, Instant since) {
            asked.add(place);
            return Future.succeededFuture(new Page(place.xid() <= horizon ? rows : List.of(), horizon, null));
        }

        @Override
        public Future<Void> sweep(Instant before, int limit) {
            return Future.succeededFuture();
        }
    }

    @Test
    void poll_afterRestoreFromBackup_readsAllAgain() {
        Restored store = new Restored();
        List<SessionId> closed = new ArrayList<>();
        Revocations revocations = new Revocations(store, closed::addAll, Duration.ofMinutes(15), here.clock);
        await(revocations.load());
        await(revocations.poll());

        store.horizon = 900;
        SessionId session = new SessionId(Id.next());
        store.rows = List.of(new Revocation(session, here.clock.instant()));
        await(revocations.poll());
        await(revocations.poll());

        assertThat(closed).containsOnly(session);
        assertThat(store.asked)
                .containsExactly(Place.from(0), Place.from(1_000), Place.from(1_000), Place.from(0), Place.from(900));
    }

    @Test
    void poll_whilePolling_doesNothing() {
        Promise<Page> answer = Promise.promise();
        List<Place> asked = new ArrayList<>();
        Revocations revocations = new Revocations(
                new RevocationLog() {
                    @Override
                    public Future<Page> read(Place place, Instant since) {
                        asked.add(place);
                        return answer.future();
                    }

                    @Override
                    public Future<Void> sweep(Instant before, int limit) {
                        return Future.succeededFuture();
                    }
                },
                sessions -> {},
                Duration.ofMinutes(15),
                here.clock);
        Future<Void> first = revocations.poll();
        await(revocations.poll());
        assertThat(asked).hasSize(1);

        answer.fail("away");
        assertThat(IdentityNode.failure(first)).hasMessage("away");
        IdentityNode.failure(revocations.poll());
        assertThat(asked).hasSize(2);
    }

    /** A socket may pass the check before the revocation and register after it. */
    @Test
    void poll_soonAfterRevocation_closesAgain() {
        List<SessionId> closed = new ArrayList<>();
        Revocations revocations = new Revocations(new Restored(), closed::addAll, Duration.ofMinutes(15), here.clock);
        SessionId session = new SessionId(Id.next());
        revocations.add(List.of(session));

        await(revocations.poll());
        assertThat(closed).containsExactly(session, session);

        here.clock.advance(Duration.ofSeconds(11));
        await(revocations.poll());
        assertThat(closed).hasSize(2);
    }

    @Test
    void add_closingFails_stillRevokes() {
        SessionId session = new SessionId(Id.next());
        Revocations revocations = new Revocations(
                new Restored(),
                ended -> {
                    throw new IllegalStateException("a bug");
                },
                Duration.ofMinutes(15),
                here.clock);

        revocations.add(List.of(session));

        assertThat(revocations.contains(session)).isTrue();
    }
}
