package im.hongyan.location;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.location.PositionStore.Done;
import im.hongyan.location.PositionStore.Outcome;
import im.hongyan.location.PositionStore.Read;
import im.hongyan.location.PositionStore.TooEarly;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Positions in a real Redis: order, rate, ends and expiry. */
class PositionStoreTest {
    private static final Duration RATE = Duration.ofSeconds(2);

    @RegisterExtension
    static final StoresExtension stores = StoresExtension.empty();

    private PositionStore store;
    private Share share;

    @BeforeEach
    void setUp() throws Exception {
        store = new PositionStore(stores.redis(), RATE);
        await(store.prepare());
        share = share(Duration.ofMinutes(5));
    }

    private static Share share(Duration life) {
        return new Share(
                new ShareId(Id.next()),
                new UserId(Id.next()),
                new SessionId(Id.next()),
                new ConversationId(Id.next()),
                Precision.PRECISE,
                Instant.ofEpochMilli(Instant.now().plus(life).toEpochMilli()));
    }

    private static Position at(double latitude) {
        return new Position(latitude, 9.25, 5, null, 1.5, Instant.ofEpochMilli(1_000));
    }

    private Outcome update(long n, Position position) throws Exception {
        return await(store.update(share, n, position, false));
    }

    private Read read() throws Exception {
        return await(store.read(List.of(share.conversation()))).get(0);
    }

    private void start() throws Exception {
        await(store.add(share.conversation(), List.of(share)));
    }

    private Set<ConversationId> conversations() throws Exception {
        Set<ConversationId> found = new HashSet<>();
        await(store.eachConversation(some -> {
            found.addAll(some);
            return Future.succeededFuture();
        }));
        return found;
    }

    private long ttl() throws Exception {
        return await(stores.redis()
                        .send(Request.cmd(Command.PTTL).arg("hongyan:location:{" + share.conversation() + "}")))
                .toLong();
    }

    @Test
    void started_hasNoPosition() throws Exception {
        start();

        assertThat(read().running())
                .containsExactly(new SharedPosition(
                        share.id(), share.user(), share.expiresAt().toEpochMilli(), -1, 0, false, null));
        assertThat(await(store.find(share.id()))).contains(share);
        assertThat(conversations()).contains(share.conversation());
        assertThat(ttl()).isBetween(1L, 300_000L);
    }

    @Test
    void update_isTakenByNumberAndRate() throws Exception {
        start();
        assertThat(update(5, at(1))).isEqualTo(Done.TAKEN);
        assertThat(update(5, at(2))).isEqualTo(Done.NOT_NEWER);
        assertThat(update(4, null)).isEqualTo(Done.NOT_NEWER);
        assertThat(update(6, at(3))).isInstanceOfSatisfying(TooEarly.class, early -> assertThat(early.retryAfterMs())
                .isBetween(1L, RATE.toMillis()));
        assertThat(update(7, null)).isEqualTo(Done.TAKEN);
        assertThat(update(8, null)).isEqualTo(Done.TAKEN);
        // A pause does not make way for a position.
        assertThat(update(9, at(4))).isInstanceOf(TooEarly.class);

        SharedPosition shared = read().running().get(0);
        assertThat(shared.position()).isEqualTo(at(1));
        assertThat(shared.n()).isEqualTo(8);
        assertThat(shared.paused()).isTrue();

        eventually(() -> update(10, at(5)) == Done.TAKEN);
        assertThat(read().running().get(0).position()).isEqualTo(at(5));
        assertThat(read().running().get(0).paused()).isFalse();
    }

    @Test
    void concurrentUpdates_oneIsTaken() throws Exception {
        start();
        List<Future<Outcome>> updates = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            updates.add(store.update(share, i, at(i % 90), false));
        }
        await(Future.all(updates));

        assertThat(updates.stream().filter(one -> one.result() == Done.TAKEN)).hasSize(1);
    }

    @Test
    void missingShare_isAddedOnlyOnDemand() throws Exception {
        assertThat(update(1, at(1))).isEqualTo(Done.MISSING);
        assertThat(read().running()).isEmpty();

        assertThat(await(store.update(share, 1, at(1), true))).isEqualTo(Done.TAKEN);

        assertThat(read().running()).hasSize(1);
        assertThat(ttl()).isPositive();
        eventually(() -> await(store.find(share.id())).isPresent());
    }

    @Test
    void end_deletesThePosition_andRefusesLateUpdates() throws Exception {
        start();
        update(1, at(45.5));

        await(store.end(share.conversation(), share.id()));

        assertThat(read().running()).isEmpty();
        assertThat(read().ended()).containsExactly(share.id());
        assertThat(await(store.update(share, 2, at(1), true))).isEqualTo(Done.ENDED);
        start();
        assertThat(read().running()).isEmpty();
        String stored = await(stores.redis()
                        .send(Request.cmd(Command.HVALS).arg("hongyan:location:{" + share.conversation() + "}")))
                .toString();
        assertThat(stored).doesNotContain("45.5");
        await(store.end(share.conversation(), share.id()));
        assertThat(ttl()).isPositive();
    }

    @Test
    void timeOver_byTheClockOfRedis_deletesThePosition() throws Exception {
        share = share(Duration.ofMillis(300));
        Share longer = new Share(
                new ShareId(Id.next()),
                share.user(),
                share.session(),
                share.conversation(),
                Precision.PRECISE,
                Instant.now().plusSeconds(60));
        start();
        await(store.add(share.conversation(), List.of(longer)));
        update(1, at(1));
        assertThat(ttl()).isGreaterThan(1_000);

        eventually(() -> update(2, null) != Done.TAKEN && read().running().size() == 1);

        assertThat(read().running().get(0).share()).isEqualTo(longer.id());
        assertThat(await(store.update(share, 3, at(1), true))).isEqualTo(Done.ENDED);
        assertThat(await(stores.redis()
                                .send(Request.cmd(Command.HLEN).arg("hongyan:location:{" + share.conversation() + "}")))
                        .toInteger())
                .isEqualTo(1);
    }

    @Test
    void keys_expireWithTheLastShare() throws Exception {
        share = share(Duration.ofMillis(200));
        start();
        update(1, at(1));

        eventually(() -> ttl() == -2);

        await(store.dropExpiredConversations(Instant.now()));
        assertThat(conversations()).doesNotContain(share.conversation());
        assertThat(await(store.find(share.id()))).isEmpty();
    }

    @Test
    void conversations_areAllVisited_whileOthersAreRemoved() throws Exception {
        List<ConversationId> all = new ArrayList<>();
        Request add = Request.cmd(Command.ZADD).arg("hongyan:location:{all}:conversations");
        for (int i = 0; i < 3_000; i++) {
            ConversationId conversation = new ConversationId(Id.next());
            all.add(conversation);
            add.arg(i < 1_000 ? 1 : Instant.now().plusSeconds(60).toEpochMilli())
                    .arg(conversation.text());
        }
        await(stores.redis().send(add));
        Set<ConversationId> visited = new HashSet<>();

        await(store.eachConversation(some -> {
            visited.addAll(some);
            return store.dropExpiredConversations(Instant.now());
        }));

        assertThat(visited).containsAll(all.subList(1_000, 3_000));
        assertThat(conversations())
                .containsAll(all.subList(1_000, 3_000))
                .doesNotContainAnyElementsOf(all.subList(0, 1_000));
    }

    @Test
    void manyEnds_areForgotten() throws Exception {
        start();
        String key = "hongyan:location:{" + share.conversation() + "}";
        Request old = Request.cmd(Command.HSET).arg(key);
        for (int i = 0; i < 998; i++) {
            old.arg("old" + i).arg("E " + ThreadLocalRandom.current().nextLong(1, 1_000_000));
        }
        await(stores.redis().send(old));

        await(store.end(share.conversation(), new ShareId(Id.next())));

        assertThat(await(stores.redis().send(Request.cmd(Command.HLEN).arg(key)))
                        .toInteger())
                .isEqualTo(2);
        assertThat(read().running()).hasSize(1);
    }
}
