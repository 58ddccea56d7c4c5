package im.hongyan.redenvelope;

import static im.hongyan.redenvelope.ClaimSession.answer;
import static im.hongyan.redenvelope.EnvelopeNode.amounts;
import static im.hongyan.redenvelope.EnvelopeNode.crowd;
import static im.hongyan.redenvelope.EnvelopeNode.lucky;
import static im.hongyan.redenvelope.EnvelopeNode.sum;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.local.stores.DataFolder;
import im.hongyan.local.stores.EmbeddedRedis;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.RefundStore.Refund;
import im.hongyan.redenvelope.ShareAllocator.Answer;
import im.hongyan.redenvelope.ShareAllocator.Reservation;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.StoresExtension;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.RedisLimits;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Openings on real stores: concurrent, late, not allowed, after losses in Redis, and concurrent with refunds. */
class EnvelopeOpeningTest {
    private static final long TOTAL = 10_000;

    @RegisterExtension
    static final StoresExtension stores = EnvelopeNode.stores();

    private static EnvelopeNode node;

    /** @param users the first one is the sender */
    private record Scene(List<UserId> users, String conversation, EnvelopeSpec spec) {
        UserId sender() {
            return users.get(0);
        }

        UserId member(int nth) {
            return users.get(nth);
        }

        EnvelopeId id() {
            return spec.id();
        }
    }

    @BeforeAll
    static void open() {
        node = new EnvelopeNode(stores);
    }

    @BeforeEach
    void empty() throws Exception {
        await(redis(Command.FLUSHALL));
    }

    @AfterEach
    void ledgerAddsUp() throws Exception {
        assertThat(node.wrong()).isEmpty();
    }

    @Test
    void open_moreUsersThanShares_givesEachShareOnce() throws Exception {
        Scene scene = scene(200, 100);
        List<EnvelopeOpening> nodes = List.of(opening(), opening());
        List<Future<Map<UserId, OpenResult>>> halves = List.of(
                EnvelopeNode.crowding(nodes.get(0), scene.spec, scene.users.subList(0, 100)),
                EnvelopeNode.crowding(nodes.get(1), scene.spec, scene.users.subList(100, 200)));
        Map<UserId, OpenResult> answers = new HashMap<>(await(halves.get(0)));
        answers.putAll(await(halves.get(1)));
        Map<UserId, Long> winners = amounts(answers);
        assertThat(answers).hasSize(200);
        assertThat(winners).hasSize(100).isEqualTo(node.claims(scene.id()));
        assertThat(sum(winners)).isEqualTo(TOTAL);
        assertThat(answers.values())
                .filteredOn(opened -> !(opened instanceof OpenResult.Share))
                .containsOnly(new OpenResult.Empty());

        for (EnvelopeOpening again : nodes) {
            Map<UserId, OpenResult> second = crowd(again, scene.spec, scene.users);
            winners.forEach(
                    (user, amount) -> assertThat(second.get(user)).isEqualTo(new OpenResult.Share(amount, true)));
            assertThat(amounts(second)).isEqualTo(winners);
        }
        awaitNoReservations();
        for (UserId user : scene.users) {
            assertThat(node.balance(user.value())).isEqualTo(winners.getOrDefault(user, 0L));
        }
    }

    @Test
    void open_sameUserConcurrently_takesOneShare() throws Exception {
        Scene scene = scene(3, 10);
        EnvelopeOpening one = opening();
        EnvelopeOpening other = opening();
        List<Future<OpenResult>> all = IntStream.range(0, 40)
                .mapToObj(i -> open(i % 2 == 0 ? one : other, scene, scene.member(1)))
                .toList();
        await(Future.join(all));
        Set<Long> told = new HashSet<>();
        all.forEach(each -> told.add(((OpenResult.Share) each.result()).amount()));
        assertThat(told).hasSize(1);
        assertThat(node.state(scene.id()).claims()).hasSize(1);
    }

    @Test
    void open_frames_answerOpenedAlreadyEmptyExpired() throws Exception {
        Scene scene = scene(4, 2);
        String first = node.open(scene.member(1), scene.id());
        assertThat(first).startsWith("opened ");
        assertThat(node.open(scene.member(1), scene.id())).isEqualTo(first.replace("opened", "already"));
        assertThat(node.open(scene.sender(), scene.id())).startsWith("opened ");
        assertThat(node.open(scene.member(2), scene.id())).isEqualTo("empty");
        assertThat(node.open(scene.member(1), scene.id())).isEqualTo(first.replace("opened", "already"));

        Scene late = scene(3, 2);
        node.expire(late.id());
        assertThat(node.open(late.member(1), late.id())).isEqualTo("expired");
    }

    @Test
    void open_notAllowed_isRefusedWithReason() throws Exception {
        Scene scene = scene(3, 2);
        UserId stranger = EnvelopeNode.newUser();
        assertThat(node.open(stranger, scene.id())).isEqualTo("envelope.not_found");
        assertThat(node.open(scene.member(1), new EnvelopeId(Id.next()))).isEqualTo("envelope.not_found");

        UserId giver = node.userWith(100);
        UserId friend = EnvelopeNode.newUser();
        EnvelopeId own = node.send(
                giver,
                Map.of(
                        "conversation",
                        node.direct(giver, friend),
                        "clientId",
                        EnvelopeNode.newClientId(),
                        "kind",
                        "direct",
                        "amount",
                        100));
        assertThat(node.open(giver, own)).isEqualTo("envelope.own");
        assertThat(node.open(stranger, own)).isEqualTo("envelope.not_found");
        assertThat(node.open(friend, own)).isEqualTo("opened 100");

        node.fund(scene.sender(), 50);
        EnvelopeId exclusive = node.send(
                scene.sender(),
                Map.of(
                        "conversation",
                        scene.conversation,
                        "clientId",
                        EnvelopeNode.newClientId(),
                        "kind",
                        "exclusive",
                        "amount",
                        50,
                        "recipient",
                        scene.member(2).text()));
        assertThat(node.open(scene.member(1), exclusive)).isEqualTo("envelope.not_recipient");
        assertThat(node.open(scene.sender(), exclusive)).isEqualTo("envelope.not_recipient");
        assertThat(node.open(scene.member(2), exclusive)).isEqualTo("opened 50");
    }

    /** Skips the check before the allocator. PostgreSQL rejects the claim, and the share is free again. */
    @Test
    void open_refusedByPostgres_releasesShare() throws Exception {
        Scene scene = scene(4, 3);
        EnvelopeOpening opening = opening();
        for (int i = 0; i < 5; i++) {
            assertThat(refusal(open(opening, scene, EnvelopeNode.newUser()))).isEqualTo("envelope.not_found");
        }
        awaitNoReservations();
        assertThat(amounts(crowd(opening, scene.spec, scene.users))).hasSize(3);
        assertThat(sum(node.claims(scene.id()))).isEqualTo(TOTAL);
    }

    /** The node has a cached expiry time that is later. */
    @Test
    void open_expiredByClockOfPostgres_isExpired() throws Exception {
        Scene scene = scene(3, 3);
        EnvelopeOpening opening = opening();
        assertThat(await(open(opening, scene, scene.member(1)))).isInstanceOf(OpenResult.Share.class);
        node.expire(scene.id());
        assertThat(await(open(opening, scene, scene.member(2)))).isEqualTo(new OpenResult.Expired());
        assertThat(node.claims(scene.id())).containsOnlyKeys(scene.member(1));
        assertThat(await(open(opening, scene, scene.member(1))))
                .isEqualTo(new OpenResult.Share(node.claims(scene.id()).get(scene.member(1)), true));
        awaitNoReservations();
    }

    /** A restart of Redis flushes its scripts. */
    @Test
    void open_afterScriptFlush_reloadsScripts() throws Exception {
        Scene scene = scene(4, 3);
        EnvelopeOpening opening = opening();
        await(open(opening, scene, scene.member(1)));
        await(redis(Command.SCRIPT, "FLUSH"));
        assertThat(await(open(opening, scene, scene.member(2)))).isInstanceOf(OpenResult.Share.class);
        await(redis(Command.SCRIPT, "FLUSH"));
        assertThat(await(open(opening, scene, scene.member(1)))).isInstanceOf(OpenResult.Share.class);
        await(redis(Command.SCRIPT, "FLUSH"));
        assertThat(await(resume(opening, 0))).isNull();
        assertThat(amounts(crowd(opening, scene.spec, scene.users))).hasSize(3);
    }

    @Test
    void open_afterRedisFlush_rebuildsAllocator() throws Exception {
        Scene scene = scene(60, 40);
        EnvelopeOpening opening = opening();
        Map<UserId, Long> before = amounts(crowd(opening, scene.spec, scene.users.subList(0, 20)));
        assertThat(before).hasSize(20);
        Future<Map<UserId, OpenResult>> during =
                EnvelopeNode.crowding(opening, scene.spec, scene.users.subList(20, 30));
        await(redis(Command.FLUSHALL));
        Map<UserId, Long> meanwhile = amounts(await(during));
        // One after the other, because a share may become free right after another user got "empty".
        Map<UserId, OpenResult> answers = new HashMap<>();
        for (UserId user : scene.users) {
            answers.put(user, await(open(opening, scene, user)));
        }
        Map<UserId, Long> after = amounts(answers);
        assertThat(after).hasSize(40).containsAllEntriesOf(before).containsAllEntriesOf(meanwhile);
        assertThat(sum(after)).isEqualTo(TOTAL);
        assertThat(node.claims(scene.id())).isEqualTo(after);
    }

    /** Indexes that are neither free nor held would never be handed out. */
    @Test
    void open_allocatorLostShares_isRebuilt() throws Exception {
        Scene scene = scene(20, 10);
        EnvelopeOpening opening = opening();
        await(open(opening, scene, scene.member(1)));
        String free = await(redis(Command.KEYS, "*" + scene.id().text() + ":free"))
                .get(0)
                .toString();
        assertThat(await(redis(Command.LPOP, free, "5")).size()).isEqualTo(5);
        assertThat(amounts(crowd(opening, scene.spec, scene.users))).hasSize(10);
        assertThat(sum(node.claims(scene.id()))).isEqualTo(TOTAL);
    }

    /** The allocator holds a share that is not claimed: detected because the number of claims does not change. */
    @Test
    void open_allocatorHoldsFreeShare_isRebuiltAfterDelay() throws Exception {
        Scene scene = scene(4, 3);
        UserId nobody = EnvelopeNode.newUser();
        await(node.allocator.build(scene.spec, Map.of()));
        Answer.Index index = (Answer.Index) await(node.allocator.reserve(scene.spec, nobody));
        await(node.allocator.release(scene.spec, nobody, index.idx(), false));
        EnvelopeOpening opening = node.opening(node.allocator, Duration.ofMillis(50), Duration.ofSeconds(1));
        assertThat(amounts(crowd(opening, scene.spec, scene.users.subList(0, 2))))
                .hasSize(2);
        assertThat(await(open(opening, scene, scene.member(2)))).isInstanceOf(OpenResult.Share.class);
        assertThat(sum(node.claims(scene.id()))).isEqualTo(TOTAL);
        assertThat(await(node.allocator.reserve(scene.spec, nobody))).isEqualTo(new Answer.NotBuilt());
    }

    /** The allocator has an earlier state and reserves claimed shares, which PostgreSQL rejects. */
    @Test
    void open_allocatorForgotClaims_takesNextShare() throws Exception {
        Scene scene = scene(20, 10);
        EnvelopeOpening opening = opening();
        Map<UserId, Long> before = amounts(crowd(opening, scene.spec, scene.users.subList(0, 6)));
        await(node.allocator.drop(scene.id()));
        await(node.allocator.build(scene.spec, Map.of()));
        Map<UserId, OpenResult> answers = new HashMap<>();
        for (UserId user : scene.users) {
            answers.put(user, await(open(opening, scene, user)));
        }
        Map<UserId, Long> after = amounts(answers);
        assertThat(after).hasSize(10).containsAllEntriesOf(before);
        assertThat(node.claims(scene.id())).isEqualTo(after);
        awaitNoReservations();
        for (ClaimedShare taken : node.state(scene.id()).claims()) {
            assertThat(await(node.allocator.reserve(scene.spec, taken.user())))
                    .isEqualTo(new Answer.Index(taken.idx()));
        }
    }

    /** Otherwise each request of the user would reserve another free share. */
    @Test
    void open_allocatorForgotUser_reassignsShare() throws Exception {
        Scene scene = scene(5, 4);
        await(node.tables.claims().claim(Id.next(), List.of(new ClaimRequest(scene.id(), scene.member(1), 2))));
        await(node.allocator.build(scene.spec, Map.of()));
        // Another user reserved the same share, and PostgreSQL rejected the claim.
        for (int i = 0; i < 3; i++) {
            await(node.allocator.reserve(scene.spec, scene.member(i + 2)));
        }
        await(node.allocator.release(scene.spec, scene.member(4), 2, false));

        assertThat(await(open(opening(), scene, scene.member(1))))
                .isEqualTo(new OpenResult.Share(node.claims(scene.id()).get(scene.member(1)), true));
        await(node.allocator.confirm(
                List.of(new Reservation(scene.id(), scene.member(2)), new Reservation(scene.id(), scene.member(3)))));
        awaitNoReservations();
        assertThat(await(node.allocator.reserve(scene.spec, scene.member(1)))).isEqualTo(new Answer.Index(2));
        assertThat(await(node.allocator.reserve(scene.spec, scene.sender()))).isEqualTo(new Answer.Index(3));
        assertThat(await(node.allocator.reserve(scene.spec, scene.member(4)))).isEqualTo(new Answer.Empty());
    }

    @Test
    void reassign_twiceOrTooLate_changesNothing() throws Exception {
        Scene scene = scene(5, 3);
        UserId owner = scene.member(1);
        await(node.allocator.build(scene.spec, Map.of()));
        assertThat(await(node.allocator.reserve(scene.spec, owner))).isEqualTo(new Answer.Index(0));
        await(node.allocator.reassign(scene.spec, owner, 0, 2));
        await(node.allocator.reassign(scene.spec, owner, 0, 2));
        // The user holds share 2 alone, and shares 0 and 1 are free once each.
        assertThat(await(node.allocator.reserve(scene.spec, owner))).isEqualTo(new Answer.Index(2));
        assertThat(await(node.allocator.reserve(scene.spec, scene.member(2)))).isEqualTo(new Answer.Index(1));
        assertThat(await(node.allocator.reserve(scene.spec, scene.member(3)))).isEqualTo(new Answer.Index(0));
        await(node.allocator.reassign(scene.spec, owner, 0, 2));
        assertThat(await(node.allocator.reserve(scene.spec, scene.member(4)))).isEqualTo(new Answer.Empty());
        // A user who reserved it by mistake releases it: it stays held by its owner.
        await(node.allocator.reassign(scene.spec, scene.member(2), 1, 0));
        await(node.allocator.release(scene.spec, scene.member(3), 0, false));
        assertThat(await(node.allocator.reserve(scene.spec, scene.member(3)))).isEqualTo(new Answer.Index(1));
        assertThat(await(node.allocator.reserve(scene.spec, scene.member(4)))).isEqualTo(new Answer.Empty());

        await(node.allocator.drop(scene.id()));
        await(node.allocator.reassign(scene.spec, owner, 0, 2));
        assertThat(await(node.allocator.reserve(scene.spec, owner))).isEqualTo(new Answer.NotBuilt());
        await(node.allocator.build(scene.spec, Map.of(owner, 2)));
        await(node.allocator.reassign(scene.spec, owner, 0, 2));
        assertThat(await(node.allocator.reserve(scene.spec, scene.member(2)))).isEqualTo(new Answer.Index(0));
        assertThat(await(node.allocator.reserve(scene.spec, scene.member(3)))).isEqualTo(new Answer.Index(1));
        assertThat(await(node.allocator.reserve(scene.spec, scene.member(4)))).isEqualTo(new Answer.Empty());
    }

    /** The user's node died during a claim, and Redis lost the reservation: the answer is the result of that claim. */
    @Test
    void open_ownClaimInProgress_waitsForIt() throws Exception {
        Scene scene = scene(3, 1);
        await(node.allocator.build(scene.spec, Map.of()));
        await(node.allocator.reserve(scene.spec, scene.member(2)));
        EnvelopeOpening opening = withShortPatience();
        try (ClaimSession claiming = session();
                ClaimSession observer = session()) {
            assertThat(answer(claiming.claim(scene.id().value(), scene.member(1).value(), 0)))
                    .containsExactly("0");
            Future<OpenResult> result = open(opening, scene, scene.member(1));
            observer.awaitAnyWaiting();
            assertThat(result.isComplete()).isFalse();
            claiming.commit();
            assertThat(await(result)).isEqualTo(new OpenResult.Share(TOTAL, true));
        }
        assertThat(await(open(opening, scene, scene.member(2)))).isEqualTo(new OpenResult.Empty());
        await(resume(opening, 0));
        awaitNoReservations();
    }

    /** The same if that claim has not started yet. */
    @Test
    void open_lastShareOnlyReserved_takesIt() throws Exception {
        Scene scene = scene(3, 1);
        await(node.allocator.build(scene.spec, Map.of()));
        await(node.allocator.reserve(scene.spec, scene.member(2)));
        EnvelopeOpening opening = withShortPatience();
        assertThat(await(open(opening, scene, scene.member(1)))).isEqualTo(new OpenResult.Share(TOTAL, false));
        try (ClaimSession late = session()) {
            assertThat(answer(late.claim(scene.id().value(), scene.member(1).value(), 0)))
                    .containsExactly("1");
            assertThat(answer(late.claim(scene.id().value(), scene.member(2).value(), 0)))
                    .containsExactly("2");
            late.commit();
        }
        assertThat(await(open(opening, scene, scene.member(2)))).isEqualTo(new OpenResult.Empty());
    }

    /** A claim of the user started before the expiry and is in progress: the answer is not "expired". */
    @Test
    void open_atExpiryWithOwnClaimInProgress_waitsForIt() throws Exception {
        Scene scene = scene(3, 2);
        EnvelopeOpening opening = opening();
        try (ClaimSession claiming = session();
                ClaimSession observer = session()) {
            node.sql(
                    "UPDATE envelope SET expires_at = clock_timestamp() + interval '1500 ms' WHERE id = $1",
                    scene.id().value());
            assertThat(answer(claiming.claim(scene.id().value(), scene.member(1).value(), 1)))
                    .containsExactly("0");
            observer.run(
                    "SELECT pg_sleep(greatest(0, extract(epoch FROM expires_at - clock_timestamp())))"
                            + " FROM envelope WHERE id = ?",
                    scene.id().value());
            observer.commit();
            // With the cached spec, by which the envelope has not expired.
            Future<OpenResult> result = opening.open(scene.spec, scene.member(1));
            observer.awaitAnyWaiting();
            assertThat(result.isComplete()).isFalse();
            claiming.commit();
            assertThat(await(result))
                    .isEqualTo(new OpenResult.Share(node.claims(scene.id()).get(scene.member(1)), true));
        }
        assertThat(await(open(opening, scene, scene.member(2)))).isEqualTo(new OpenResult.Expired());
    }

    @Test
    void resumeOverdue_reservationOfDeadNode_isClaimed() throws Exception {
        Scene scene = scene(4, 3);
        EnvelopeOpening opening = opening();
        await(open(opening, scene, scene.member(1)));
        Answer.Index index = (Answer.Index) await(node.allocator.reserve(scene.spec, scene.member(2)));
        assertThat(await(node.allocator.countUnconfirmed(0))).isOne();
        await(resume(opening, 60_000));
        assertThat(await(node.allocator.countUnconfirmed(0))).isOne();
        await(resume(opening, 0));
        awaitNoReservations();
        assertThat(node.state(scene.id()).claims()).anySatisfy(taken -> {
            assertThat(taken.user()).isEqualTo(scene.member(2));
            assertThat(taken.idx()).isEqualTo(index.idx());
        });
        assertThat(await(open(opening, scene, scene.member(2))))
                .isEqualTo(new OpenResult.Share(node.claims(scene.id()).get(scene.member(2)), true));
    }

    /** Written by another program. It must not block the reservations behind it. */
    @Test
    void resumeOverdue_malformedReservation_isRemoved() throws Exception {
        Scene scene = scene(2, 3);
        await(open(opening(), scene, scene.sender()));
        await(node.allocator.reserve(scene.spec, scene.member(1)));
        String open =
                await(redis(Command.KEYS, "hongyan:envelope:*:open")).get(0).toString();
        String id = scene.id().text();
        for (String strange : List.of("", "/", "x", "a/b", id + "/", "/" + id)) {
            await(redis(Command.ZADD, open, "1", strange));
        }

        await(resume(opening(), 0));

        assertThat(node.claims(scene.id())).containsKey(scene.member(1));
        assertThat(await(redis(Command.EXISTS, open)).toInteger()).isZero();

        await(redis(Command.SET, open, "no set"));
        await(resume(opening(), 0));
        assertThat(await(redis(Command.EXISTS, open)).toInteger()).isZero();
    }

    @Test
    void resumeOverdue_userRemovedFromGroup_releasesShare() throws Exception {
        Scene scene = scene(3, 1);
        EnvelopeOpening opening = opening();
        await(node.allocator.build(scene.spec, Map.of()));
        await(node.allocator.reserve(scene.spec, scene.member(1)));
        remove(scene, scene.member(1));
        await(resume(opening, 0));
        awaitNoReservations();
        assertThat(await(open(opening, scene, scene.member(2)))).isEqualTo(new OpenResult.Share(TOTAL, false));
    }

    /** A reservation of an envelope that a restored database does not know is not retried for ever. */
    @Test
    void resumeOverdue_unknownEnvelope_isConfirmed() throws Exception {
        Scene scene = scene(2, 1);
        EnvelopeSpec gone = new EnvelopeSpec(
                new EnvelopeId(Id.next()),
                scene.spec.conversation(),
                scene.sender(),
                EnvelopeKind.LUCKY,
                null,
                1,
                scene.spec.expiresAt());
        await(node.allocator.build(gone, Map.of()));
        await(node.allocator.reserve(gone, scene.sender()));
        await(resume(opening(), 0));
        awaitNoReservations();
    }

    @Test
    void open_redisUnavailable_usesPostgresOnly(@TempDir Path directory) throws Exception {
        Scene scene = scene(60, 40);
        try (DataFolder folder = DataFolder.open(directory);
                EmbeddedRedis own = EmbeddedRedis.start(folder, StoresExtension.runtime())) {
            Redis redis = await(Redis.open(stores.vertx(), own.address(), RedisLimits.DEFAULTS));
            EnvelopeOpening opening = node.opening(new ShareAllocatorStore(redis));
            Map<UserId, Long> before = amounts(crowd(opening, scene.spec, scene.users.subList(0, 10)));
            own.stop();
            Map<UserId, Long> during = amounts(crowd(opening, scene.spec, scene.users.subList(0, 30)));
            assertThat(during).hasSize(30).containsAllEntriesOf(before);
            Map<UserId, OpenResult> all = crowd(opening, scene.spec, scene.users);
            assertThat(amounts(all)).hasSize(40).containsAllEntriesOf(during);
            assertThat(all.values())
                    .filteredOn(OpenResult.Empty.class::isInstance)
                    .hasSize(20);
            assertThat(sum(amounts(all))).isEqualTo(TOTAL);
            await(redis.close());
        }
    }

    /** The user opened the envelope while Redis was unavailable, so the allocator does not know the user's share. */
    @Test
    void open_emptyAllocatorDoesNotKnowUser_returnsShare() throws Exception {
        Scene scene = scene(4, 3);
        await(node.allocator.build(scene.spec, Map.of()));
        ClaimOutcome.Claimed has = (ClaimOutcome.Claimed) await(node.tables
                        .claims()
                        .claim(Id.next(), List.of(new ClaimRequest(scene.id(), scene.member(1), null))))
                .get(0);
        assertThat(amounts(crowd(opening(), scene.spec, List.of(scene.sender(), scene.member(2)))))
                .hasSize(2);
        for (UserId user : List.of(scene.member(1), scene.member(3))) {
            assertThat(await(node.allocator.reserve(scene.spec, user))).isEqualTo(new Answer.Empty());
        }
        assertThat(await(open(opening(), scene, scene.member(1))))
                .isEqualTo(new OpenResult.Share(has.share().amount(), true));
        assertThat(await(open(opening(), scene, scene.member(3)))).isEqualTo(new OpenResult.Empty());
    }

    /** The claim is committed, but its answer is lost: the outcome is unknown, so the claim is repeated. */
    @Test
    void claim_answerLostAfterCommit_isRepeated() throws Exception {
        Scene scene = scene(3, 3);
        Throwable lost =
                catchThrowable(() -> await(stores.postgres().query("SELECT pg_terminate_backend(pg_backend_pid())")));
        assertThat(lost).isInstanceOfSatisfying(StoreUnavailable.class, away -> assertThat(away.outcomeKnown())
                .isFalse());
        List<ClaimBatcher.Result> settled = new ArrayList<>();
        List<ClaimRequest> asked = new ArrayList<>();
        ClaimBatcher batcher = new ClaimBatcher(stores.vertx(), new ClaimBatcher.Target() {
            @Override
            public Future<List<ClaimOutcome>> claim(UUID id, List<ClaimRequest> wanted) {
                boolean first = asked.isEmpty();
                asked.addAll(wanted);
                return node.tables
                        .claims()
                        .claim(id, wanted)
                        .compose(done -> first ? Future.failedFuture(lost) : Future.succeededFuture(done));
            }

            @Override
            public void completed(List<ClaimBatcher.Result> batch) {
                settled.addAll(batch);
            }
        });
        ClaimOutcome outcome = await(batcher.claim(new ClaimRequest(scene.id(), scene.member(1), 1)));
        assertThat(asked).hasSize(2);
        assertThat(outcome).isInstanceOfSatisfying(ClaimOutcome.Claimed.class, has -> {
            assertThat(has.fresh()).isTrue();
            assertThat(has.share().idx()).isEqualTo(1);
        });
        // The result is reported once, because the first attempt did not report it.
        assertThat(settled).singleElement().satisfies(one -> assertThat(one.outcome())
                .isEqualTo(outcome));
        assertThat(node.state(scene.id()).claims()).hasSize(1);
    }

    /** Otherwise one user on many sockets would shrink all batches. */
    @Test
    void claim_repeatedByOneUser_sharesOneRequest() throws Exception {
        Scene scene = scene(4, 3);
        Promise<Void> first = Promise.promise();
        List<Integer> batches = new ArrayList<>();
        ClaimBatcher batcher = new ClaimBatcher(stores.vertx(), new ClaimBatcher.Target() {
            @Override
            public Future<List<ClaimOutcome>> claim(UUID id, List<ClaimRequest> wanted) {
                batches.add(wanted.size());
                return first.future().compose(none -> node.tables.claims().claim(id, wanted));
            }

            @Override
            public void completed(List<ClaimBatcher.Result> batch) {}
        });
        Future<ClaimOutcome> busy = batcher.claim(new ClaimRequest(scene.id(), scene.member(1), 0));
        List<Future<ClaimOutcome>> again = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            again.add(batcher.claim(new ClaimRequest(scene.id(), scene.member(2), 1)));
        }
        Future<ClaimOutcome> other = batcher.claim(new ClaimRequest(scene.id(), scene.member(3), 2));
        first.complete();

        await(Future.join(again));
        assertThat(await(busy)).isInstanceOf(ClaimOutcome.Claimed.class);
        assertThat(await(other)).isInstanceOf(ClaimOutcome.Claimed.class);
        assertThat(batches).containsExactly(1, 2);
        assertThat(again)
                .map(Future::result)
                .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(ClaimOutcome.Claimed.class))
                .filteredOn(outcome -> ((ClaimOutcome.Claimed) outcome).fresh())
                .hasSize(1);
    }

    @Test
    void open_concurrentRemoval_waitsAndIsRefused() throws Exception {
        Scene scene = scene(3, 3);
        EnvelopeOpening opening = opening();
        try (ClaimSession removing = session();
                ClaimSession observer = session()) {
            removing.run("SELECT 1 FROM conversation WHERE id = ? FOR UPDATE", conversation(scene));
            Future<OpenResult> result = open(opening, scene, scene.member(1));
            observer.awaitAnyWaiting();
            assertThat(result.isComplete()).isFalse();
            removing.run(
                    "UPDATE member SET role = 0 WHERE conversation = ? AND user_id = ?",
                    conversation(scene),
                    scene.member(1).value());
            removing.commit();
            assertThat(refusal(result)).isEqualTo("envelope.not_found");
        }
        assertThat(node.claims(scene.id())).isEmpty();
    }

    @Test
    void remove_claimInProgress_waitsAndKeepsShare() throws Exception {
        Scene scene = scene(3, 3);
        try (ClaimSession claiming = session();
                ClaimSession writing = session();
                ClaimSession observer = session()) {
            assertThat(answer(claiming.claim(scene.id().value(), scene.member(1).value(), 0)))
                    .containsExactly("0");
            Future<JsonNode> removal = removing(scene, scene.member(1));
            observer.awaitAnyWaiting();
            assertThat(removal.isComplete()).isFalse();
            claiming.commit();
            assertThat(await(removal).has("error")).isFalse();
            assertThat(node.claims(scene.id())).containsOnlyKeys(scene.member(1));

            // A claim does not block messages.
            assertThat(answer(claiming.claim(scene.id().value(), scene.member(2).value(), 1)))
                    .containsExactly("0");
            CompletableFuture<List<String>> message = writing.start(
                    "SELECT 'locked' FROM conversation WHERE id = ? FOR NO KEY UPDATE NOWAIT", conversation(scene));
            assertThat(answer(message)).containsExactly("locked");
            claiming.commit();
        }
    }

    /** Envelopes expire while users open them: claims and refunds add up to the total, each made once. */
    @Test
    void refund_whileUsersOpen_refundsOnlyTheRest() throws Exception {
        List<Scene> scenes = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            scenes.add(scene(12, 12));
        }
        List<EnvelopeOpening> nodes = List.of(opening(), opening());
        List<Future<Map<UserId, OpenResult>>> crowds = new ArrayList<>();
        Map<EnvelopeId, Long> refunds = new HashMap<>();
        for (int i = 0; i < scenes.size(); i++) {
            node.sql(
                    "UPDATE envelope SET expires_at = clock_timestamp() + $2 * interval '1 ms' WHERE id = $1",
                    scenes.get(i).id().value(),
                    5.0 * i);
            crowds.add(EnvelopeNode.crowding(nodes.get(i % 2), scenes.get(i).spec, scenes.get(i).users));
            collect(refunds);
        }
        while (!refunds.keySet().containsAll(scenes.stream().map(Scene::id).toList())) {
            collect(refunds);
        }
        for (int i = 0; i < scenes.size(); i++) {
            EnvelopeId id = scenes.get(i).id();
            Map<UserId, OpenResult> answers = await(crowds.get(i));
            assertThat(amounts(answers)).isEqualTo(node.claims(id));
            assertThat(sum(node.claims(id)) + refunds.get(id)).isEqualTo(TOTAL);
            assertThat(node.balance(scenes.get(i).sender().value()))
                    .isEqualTo(refunds.get(id)
                            + node.claims(id).getOrDefault(scenes.get(i).sender(), 0L));
            assertThat(node.balance(id.value())).isZero();
            assertThat(answers.values())
                    .allMatch(opened -> opened instanceof OpenResult.Share || opened instanceof OpenResult.Expired);
        }
    }

    @Test
    void refund_onSeveralNodes_refundsOnce() throws Exception {
        List<Scene> scenes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Scene scene = scene(3, 4);
            await(open(opening(), scene, scene.member(1)));
            node.expire(scene.id());
            scenes.add(scene);
        }
        List<Future<List<Refund>>> rounds = IntStream.range(0, 8)
                .mapToObj(i -> node.tables.refunds().refund(7))
                .toList();
        Map<EnvelopeId, Long> refunds = new HashMap<>();
        for (Future<List<Refund>> round : rounds) {
            await(round).forEach(one -> assertThat(refunds.put(one.envelope(), one.amount()))
                    .isNull());
        }
        assertThat(await(node.tables.refunds().refund(100)))
                .allSatisfy(one -> assertThat(refunds).doesNotContainKey(one.envelope()));
        for (Scene scene : scenes) {
            long taken = sum(node.claims(scene.id()));
            assertThat(node.balance(scene.sender().value())).isEqualTo(TOTAL - taken);
            assertThat(node.number(
                            "SELECT count(*) FROM posting WHERE kind = 'envelope_refund' AND ref = $1",
                            scene.id().value()))
                    .isOne();
            assertThat(await(open(opening(), scene, scene.member(2)))).isEqualTo(new OpenResult.Expired());
        }
    }

    @Test
    void refund_exhaustedEnvelope_refundsNothing() throws Exception {
        Scene scene = scene(3, 3);
        crowd(opening(), scene.spec, scene.users);
        node.expire(scene.id());
        assertThat(await(node.tables.refunds().refund(100)))
                .filteredOn(one -> one.envelope().equals(scene.id()))
                .singleElement()
                .satisfies(one -> assertThat(one.amount()).isZero());
        assertThat(await(open(opening(), scene, scene.member(1)))).isInstanceOf(OpenResult.Share.class);
    }

    private static void collect(Map<EnvelopeId, Long> refunds) throws Exception {
        for (Future<List<Refund>> one : Stream.of(
                        node.tables.refunds().refund(3), node.tables.refunds().refund(3))
                .toList()) {
            await(one).forEach(settled -> assertThat(refunds.put(settled.envelope(), settled.amount()))
                    .isNull());
        }
    }

    /** The allocator is updated before the answer, but on another connection, so this waits. */
    private static void awaitNoReservations() throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (await(node.allocator.countUnconfirmed(0)) > 0) {
            assertThat(System.nanoTime()).isLessThan(end);
        }
    }

    private static Scene scene(int count, int shares) throws Exception {
        List<UserId> all = EnvelopeNode.newUsers(count);
        node.fund(all.get(0), TOTAL);
        String conversation = node.group(all.get(0), all);
        EnvelopeId id = node.send(all.get(0), lucky(conversation, TOTAL, shares));
        return new Scene(all, conversation, node.spec(id));
    }

    private static EnvelopeOpening opening() {
        return node.opening(node.allocator);
    }

    /** Lets PostgreSQL pick a share after a short wait. */
    private static EnvelopeOpening withShortPatience() {
        return node.opening(node.allocator, Duration.ofSeconds(15), Duration.ofMillis(50));
    }

    private static Future<Void> resume(EnvelopeOpening opening, long ageMs) {
        return node.recovery(opening, node.allocator).resumeOverdue(ageMs);
    }

    /** As the frame handler does it. */
    private static Future<OpenResult> open(EnvelopeOpening opening, Scene scene, UserId user) {
        return opening.spec(scene.id()).compose(spec -> opening.open(spec, user));
    }

    private static Future<JsonNode> removing(Scene scene, UserId user) {
        return node.asking(
                scene.sender(),
                "group.remove",
                Map.of("conversation", scene.conversation, "users", List.of(user.text())));
    }

    private static void remove(Scene scene, UserId user) throws Exception {
        assertThat(await(removing(scene, user)).has("error")).isFalse();
    }

    private static UUID conversation(Scene scene) {
        return ConversationId.of(scene.conversation).value();
    }

    private static String refusal(Future<?> future) {
        return catchThrowableOfType(Rejection.class, () -> await(future)).reason();
    }

    private static ClaimSession session() throws Exception {
        return new ClaimSession(stores.postgresAddress());
    }

    private static Future<Response> redis(Command command, String... arguments) {
        Request request = Request.cmd(command);
        for (String argument : arguments) {
            request.arg(argument);
        }
        return stores.redis().send(request);
    }
}
