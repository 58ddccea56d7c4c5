package im.hongyan.location;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import im.hongyan.testkit.TestNode;
import im.hongyan.timeline.Timeline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What live shares cost when many end at once, a conversation is busy, or Redis has lost everything. */
class LiveSharesTest {
    @RegisterExtension
    static final StoresExtension stores =
            TestNode.stores(List.of(), "im/hongyan/identity/migrations", "im/hongyan/location/migrations");

    private TestNode node;
    private Locations locations;

    @BeforeEach
    void setUp() throws Exception {
        node = new TestNode(stores, stores.postgres(), List.of());
        locations = new Locations(
                stores.vertx(),
                new Locations.Services(
                        new FrameCodec(),
                        stores.postgres(),
                        stores.redis(),
                        node.service(Timeline.class),
                        node.service(Sockets.class),
                        node.meters()),
                new LocationSettings(
                        Duration.ofDays(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5),
                        Optional.empty(),
                        TileCrs.WGS84),
                new Grid(1));
        locations.register(node.frames());
        await(locations.start());
    }

    @AfterEach
    void tearDown() throws Exception {
        await(locations.stop());
    }

    private static String start(TestConnection user, String conversation) throws Exception {
        return user.ask(
                        "location.start",
                        Map.of(
                                "conversation",
                                conversation,
                                "clientId",
                                TestNode.newClientId(),
                                "seconds",
                                900,
                                "precision",
                                "precise"))
                .get("share")
                .asText();
    }

    private long running(UserId user) throws Exception {
        return node.number(
                "SELECT count(*) FROM location_share WHERE user_id = $1 AND stopped_at IS NULL", user.value());
    }

    /** Holds the lock of a conversation until {@code release}. */
    private static Future<Void> lock(String conversation, Future<Void> release) throws Exception {
        Promise<Void> locked = Promise.promise();
        Future<Void> holding = stores.postgres().transaction(tx -> tx.query(
                        "SELECT 1 FROM conversation WHERE id = $1 FOR UPDATE",
                        Tuple.of(ConversationId.of(conversation).value()))
                .compose(rows -> {
                    locked.complete();
                    return release;
                }));
        await(locked.future());
        return holding;
    }

    /** A flood of such stops must not keep the members from the conversation's log. */
    @Test
    void stopOfAnEndedShare_doesNotNeedTheConversation() throws Exception {
        TestConnection ada = node.connect();
        String group = ada.createGroup(node.connect());
        String share = start(ada, group);
        ada.ask("location.stop", Map.of("share", share));
        ada.ask("group.leave", Map.of("conversation", group));
        Promise<Void> release = Promise.promise();
        Future<Void> holding = lock(group, release.future());

        assertThat(ada.refusal("location.stop", Map.of("share", share))).isNull();
        assertThat(ada.refusal("location.update", Map.of("share", share, "n", 1, "paused", true)))
                .isEqualTo("location.ended");

        release.complete();
        await(holding);
    }

    @Test
    void busyConversation_doesNotKeepSharesInOthersFromEnding() throws Exception {
        TestConnection ada = node.connect();
        TestConnection bob = node.connect();
        String busy = ada.createGroup(bob);
        start(ada, busy);
        start(ada, ada.createGroup(bob));
        start(ada, ada.createGroup(bob));
        Promise<Void> release = Promise.promise();
        Future<Void> holding = lock(busy, release.future());

        Future<Void> deleted = locations.upkeep().accountDeleted(ada.user());

        assertThat(await(deleted.map(false).otherwise(true)))
                .as("it is to be repeated")
                .isTrue();
        assertThat(running(ada.user())).isEqualTo(1);
        release.tryComplete();
        await(holding.otherwiseEmpty());
        await(locations.upkeep().accountDeleted(ada.user()));
        assertThat(running(ada.user())).isZero();
    }

    /** All at once would take every connection that other requests read with. */
    @Test
    void redisEmptied_watchedConversationsAreReconciledOneAfterTheOther() throws Exception {
        TestConnection ada = node.connect();
        List<String> keys = new ArrayList<>();
        for (int socket = 0; socket < 20; socket++) {
            TestConnection other = node.connect(ada.user());
            for (int i = 0; i < 10; i++) {
                String group = other.createGroup();
                keys.add("hongyan:location:{" + group + "}");
                await(stores.postgres()
                        .write(
                                """
                                INSERT INTO location_share (id, conversation, user_id, session, client_id, seconds,
                                                            precision, seq, expires_at)
                                VALUES (gen_random_uuid(), $1, $2, $2, 'x', 900, 'precise', 1, now() + interval '1 h')
                                """,
                                Tuple.of(
                                        ConversationId.of(group).value(),
                                        ada.user().value())));
                other.ask("location.watch", Map.of("conversation", group));
            }
        }
        AtomicInteger max = new AtomicInteger();
        long timer = stores.vertx()
                .setPeriodic(
                        1,
                        tick -> max.accumulateAndGet(
                                stores.postgres().used(Postgres.Connections.READS)
                                        + stores.postgres().waiting(Postgres.Connections.READS),
                                Math::max));

        await(stores.redis().send(Request.cmd(Command.FLUSHALL)));

        Request exists = Request.cmd(Command.EXISTS);
        keys.forEach(exists::arg);
        eventually(() -> await(stores.redis().send(exists)).toInteger() == keys.size());
        stores.vertx().cancelTimer(timer);
        assertThat(max).hasValueLessThanOrEqualTo(3);
    }
}
