package im.hongyan.redenvelope;

import static im.hongyan.redenvelope.EnvelopeNode.amounts;
import static im.hongyan.redenvelope.EnvelopeNode.crowd;
import static im.hongyan.redenvelope.EnvelopeNode.lucky;
import static im.hongyan.redenvelope.EnvelopeNode.sum;
import static im.hongyan.redenvelope.SqlSession.answer;
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
import im.hongyan.redenvelope.Claim.Outcome;
import im.hongyan.redenvelope.Claim.Taken;
import im.hongyan.redenvelope.Claim.Wanted;
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

/** Who gets what of an envelope, on real stores: in a crowd, too late, not allowed, after losses, and against refunds. */
class EnvelopeOpeningTest {
    private static final long TOTAL = 10_000;

    @RegisterExtension
    static final StoresExtension stores = EnvelopeNode.stores();

    private static EnvelopeNode node;

    /** @param people the sender is the first */
    private record Scene(List<UserId> people, String conversation, EnvelopeSpec spec) {
        UserId sender() {
            return people.get(0);
        }

        UserId member(int nth) {
            return people.get(nth);
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
    void everythingAddsUp() throws Exception {
        assertThat(node.wrong()).isEmpty();
    }

    @Test
    void open_crowdOfTwiceAsMany_givesEachShareOnceAndTheSameAgain() throws Exception {
        Scene scene = scene(200, 100);
        List<EnvelopeOpening> nodes = List.of(grab(), grab());
        List<Future<Map<UserId, OpenResult>>> halves = List.of(
                EnvelopeNode.crowding(nodes.get(0), scene.spec, scene.people.subList(0, 100)),
                EnvelopeNode.crowding(nodes.get(1), scene.spec, scene.people.subList(100, 200)));
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
            Map<UserId, OpenResult> second = crowd(again, scene.spec, scene.people);
            winners.forEach((user, amount) -> assertThat(second.get(user)).isEqualTo(new OpenResult.Share(amount, true)));
            assertThat(amounts(second)).isEqualTo(winners);
        }
        nothingIsReserved();
        for (UserId user : scene.people) {
            assertThat(node.balance(user.value())).isEqualTo(winners.getOrDefault(user, 0L));
        }
    }

    @Test
    void open_samePersonManyTimesAtOnce_isOneShare() throws Exception {
        Scene scene = scene(3, 10);
        EnvelopeOpening one = grab();
        EnvelopeOpening other = grab();
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
    void open_throughTheFrames_saysOpenedAlreadyEmptyExpired() throws Exception {
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
    void open_whoMayNot_isRefusedForHisReason() throws Exception {
        Scene scene = scene(3, 2);
        UserId stranger = EnvelopeNode.someone();
        assertThat(node.open(stranger, scene.id())).isEqualTo("envelope.not_found");
        assertThat(node.open(scene.member(1), new EnvelopeId(Id.next()))).isEqualTo("envelope.not_found");

        UserId giver = node.someoneWith(100);
        UserId friend = EnvelopeNode.someone();
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

    /** As if what was looked at before had been passed by: PostgreSQL looks by itself, and the share goes to the next. */
    @Test
    void open_refusedByPostgres_givesTheShareBack() throws Exception {
        Scene scene = scene(4, 3);
        EnvelopeOpening grab = grab();
        for (int i = 0; i < 5; i++) {
            assertThat(refusal(open(grab, scene, EnvelopeNode.someone()))).isEqualTo("envelope.not_found");
        }
        nothingIsReserved();
        assertThat(amounts(crowd(grab, scene.spec, scene.people))).hasSize(3);
        assertThat(sum(node.claims(scene.id()))).isEqualTo(TOTAL);
    }

    /** This node learnt the end when there was much time left, and still thinks so. */
    @Test
    void open_expiredByTheClockOfPostgres_isExpired() throws Exception {
        Scene scene = scene(3, 3);
        EnvelopeOpening grab = grab();
        assertThat(await(open(grab, scene, scene.member(1)))).isInstanceOf(OpenResult.Share.class);
        node.expire(scene.id());
        assertThat(await(open(grab, scene, scene.member(2)))).isEqualTo(new OpenResult.Expired());
        assertThat(node.claims(scene.id())).containsOnlyKeys(scene.member(1));
        assertThat(await(open(grab, scene, scene.member(1))))
                .isEqualTo(new OpenResult.Share(node.claims(scene.id()).get(scene.member(1)), true));
        nothingIsReserved();
    }

    /** Redis forgets its scripts when it restarts. */
    @Test
    void open_afterRedisForgotItsScripts_goesOn() throws Exception {
        Scene scene = scene(4, 3);
        EnvelopeOpening grab = grab();
        await(open(grab, scene, scene.member(1)));
        await(redis(Command.SCRIPT, "FLUSH"));
        assertThat(await(open(grab, scene, scene.member(2)))).isInstanceOf(OpenResult.Share.class);
        await(redis(Command.SCRIPT, "FLUSH"));
        assertThat(await(open(grab, scene, scene.member(1)))).isInstanceOf(OpenResult.Share.class);
        await(redis(Command.SCRIPT, "FLUSH"));
        assertThat(await(resume(grab, 0))).isNull();
        assertThat(amounts(crowd(grab, scene.spec, scene.people))).hasSize(3);
    }

    @Test
    void open_afterRedisLostEverything_goesOnWithWhatIsLeft() throws Exception {
        Scene scene = scene(60, 40);
        EnvelopeOpening grab = grab();
        Map<UserId, Long> before = amounts(crowd(grab, scene.spec, scene.people.subList(0, 20)));
        assertThat(before).hasSize(20);
        Future<Map<UserId, OpenResult>> during = EnvelopeNode.crowding(grab, scene.spec, scene.people.subList(20, 30));
        await(redis(Command.FLUSHALL));
        Map<UserId, Long> meanwhile = amounts(await(during));
        // One after the other: a share may be given back just after somebody was told that none is left.
        Map<UserId, OpenResult> answers = new HashMap<>();
        for (UserId user : scene.people) {
            answers.put(user, await(open(grab, scene, user)));
        }
        Map<UserId, Long> after = amounts(answers);
        assertThat(after).hasSize(40).containsAllEntriesOf(before).containsAllEntriesOf(meanwhile);
        assertThat(sum(after)).isEqualTo(TOTAL);
        assertThat(node.claims(scene.id())).isEqualTo(after);
    }

    /** Indexes that were neither free nor anybody's would never be handed out. */
    @Test
    void open_gateThatHasLostShares_isBuiltAnew() throws Exception {
        Scene scene = scene(20, 10);
        EnvelopeOpening grab = grab();
        await(open(grab, scene, scene.member(1)));
        String free = await(redis(Command.KEYS, "*" + scene.id().text() + ":free"))
                .get(0)
                .toString();
        assertThat(await(redis(Command.LPOP, free, "5")).size()).isEqualTo(5);
        assertThat(amounts(crowd(grab, scene.spec, scene.people))).hasSize(10);
        assertThat(sum(node.claims(scene.id()))).isEqualTo(TOTAL);
    }

    /** Nobody has it and nobody can take it: found out by asking PostgreSQL whether anything moves. */
    @Test
    void open_gateThatThinksAFreeShareIsSomebodys_isBuiltAnewAfterAWhile() throws Exception {
        Scene scene = scene(4, 3);
        UserId nobody = EnvelopeNode.someone();
        await(node.gate.build(scene.spec, Map.of()));
        Answer.Index index = (Answer.Index) await(node.gate.reserve(scene.spec, nobody));
        await(node.gate.release(scene.spec, nobody, index.idx(), false));
        EnvelopeOpening grab = node.grab(node.gate, Duration.ofMillis(50), Duration.ofSeconds(1));
        assertThat(amounts(crowd(grab, scene.spec, scene.people.subList(0, 2))))
                .hasSize(2);
        assertThat(await(open(grab, scene, scene.member(2)))).isInstanceOf(OpenResult.Share.class);
        assertThat(sum(node.claims(scene.id()))).isEqualTo(TOTAL);
        assertThat(await(node.gate.reserve(scene.spec, nobody))).isEqualTo(new Answer.NotBuilt());
    }

    /** A gate that holds an earlier state: it hands out what is taken, and PostgreSQL says so. */
    @Test
    void open_gateThatForgotWhoHasWhat_takesTheNextOne() throws Exception {
        Scene scene = scene(20, 10);
        EnvelopeOpening grab = grab();
        Map<UserId, Long> before = amounts(crowd(grab, scene.spec, scene.people.subList(0, 6)));
        await(node.gate.drop(scene.id()));
        await(node.gate.build(scene.spec, Map.of()));
        Map<UserId, OpenResult> answers = new HashMap<>();
        for (UserId user : scene.people) {
            answers.put(user, await(open(grab, scene, user)));
        }
        Map<UserId, Long> after = amounts(answers);
        assertThat(after).hasSize(10).containsAllEntriesOf(before);
        assertThat(node.claims(scene.id())).isEqualTo(after);
        nothingIsReserved();
        for (Taken taken : node.state(scene.id()).claims()) {
            assertThat(await(node.gate.reserve(scene.spec, taken.user()))).isEqualTo(new Answer.Index(taken.idx()));
        }
    }

    /** Or he would be given another free one each time that he asks, and others none meanwhile. */
    @Test
    void open_gateThatForgotHim_learnsWhichShareIsHis() throws Exception {
        Scene scene = scene(5, 4);
        await(node.tables.claims().claim(List.of(new Wanted(scene.id(), scene.member(1), 2))));
        await(node.gate.build(scene.spec, Map.of()));
        // Somebody was given his, and was told by PostgreSQL that it is not to be had.
        for (int i = 0; i < 3; i++) {
            await(node.gate.reserve(scene.spec, scene.member(i + 2)));
        }
        await(node.gate.release(scene.spec, scene.member(4), 2, false));

        assertThat(await(open(grab(), scene, scene.member(1))))
                .isEqualTo(new OpenResult.Share(node.claims(scene.id()).get(scene.member(1)), true));
        await(node.gate.confirm(
                List.of(new Reservation(scene.id(), scene.member(2)), new Reservation(scene.id(), scene.member(3)))));
        nothingIsReserved();
        assertThat(await(node.gate.reserve(scene.spec, scene.member(1)))).isEqualTo(new Answer.Index(2));
        assertThat(await(node.gate.reserve(scene.spec, scene.sender()))).isEqualTo(new Answer.Index(3));
        assertThat(await(node.gate.reserve(scene.spec, scene.member(4)))).isEqualTo(new Answer.Empty());
    }

    @Test
    void learn_twiceOrTooLate_changesNothing() throws Exception {
        Scene scene = scene(5, 3);
        UserId owner = scene.member(1);
        await(node.gate.build(scene.spec, Map.of()));
        assertThat(await(node.gate.reserve(scene.spec, owner))).isEqualTo(new Answer.Index(0));
        await(node.gate.reassign(scene.spec, owner, 0, 2));
        await(node.gate.reassign(scene.spec, owner, 0, 2));
        // Of 0, 1 and 2 the last is his, and nobody else's, and each of the others is free once.
        assertThat(await(node.gate.reserve(scene.spec, owner))).isEqualTo(new Answer.Index(2));
        assertThat(await(node.gate.reserve(scene.spec, scene.member(2)))).isEqualTo(new Answer.Index(1));
        assertThat(await(node.gate.reserve(scene.spec, scene.member(3)))).isEqualTo(new Answer.Index(0));
        await(node.gate.reassign(scene.spec, owner, 0, 2));
        assertThat(await(node.gate.reserve(scene.spec, scene.member(4)))).isEqualTo(new Answer.Empty());
        // Who was given what is his by mistake gives it up: it stays held once, by its owner.
        await(node.gate.reassign(scene.spec, scene.member(2), 1, 0));
        await(node.gate.release(scene.spec, scene.member(3), 0, false));
        assertThat(await(node.gate.reserve(scene.spec, scene.member(3)))).isEqualTo(new Answer.Index(1));
        assertThat(await(node.gate.reserve(scene.spec, scene.member(4)))).isEqualTo(new Answer.Empty());

        await(node.gate.drop(scene.id()));
        await(node.gate.reassign(scene.spec, owner, 0, 2));
        assertThat(await(node.gate.reserve(scene.spec, owner))).isEqualTo(new Answer.NotBuilt());
        await(node.gate.build(scene.spec, Map.of(owner, 2)));
        await(node.gate.reassign(scene.spec, owner, 0, 2));
        assertThat(await(node.gate.reserve(scene.spec, scene.member(2)))).isEqualTo(new Answer.Index(0));
        assertThat(await(node.gate.reserve(scene.spec, scene.member(3)))).isEqualTo(new Answer.Index(1));
        assertThat(await(node.gate.reserve(scene.spec, scene.member(4)))).isEqualTo(new Answer.Empty());
    }

    /** His node died while PostgreSQL claims for him, and Redis forgot it: what he is told is what he has in the end. */
    @Test
    void open_whileAClaimOfHisIsUnderWay_isNotToldThatNothingIsLeft() throws Exception {
        Scene scene = scene(3, 1);
        await(node.gate.build(scene.spec, Map.of()));
        await(node.gate.reserve(scene.spec, scene.member(2)));
        EnvelopeOpening grab = impatient();
        try (SqlSession claiming = session();
                SqlSession observer = session()) {
            assertThat(answer(claiming.claim(scene.id().value(), scene.member(1).value(), 0)))
                    .containsExactly("0");
            Future<OpenResult> opening = open(grab, scene, scene.member(1));
            observer.awaitAnyWaiting();
            assertThat(opening.isComplete()).isFalse();
            claiming.commit();
            assertThat(await(opening)).isEqualTo(new OpenResult.Share(TOTAL, true));
        }
        assertThat(await(open(grab, scene, scene.member(2)))).isEqualTo(new OpenResult.Empty());
        await(resume(grab, 0));
        nothingIsReserved();
    }

    /** Nor while such a claim has not even begun. */
    @Test
    void open_whileTheLastShareIsOnlyReserved_isGivenIt() throws Exception {
        Scene scene = scene(3, 1);
        await(node.gate.build(scene.spec, Map.of()));
        await(node.gate.reserve(scene.spec, scene.member(2)));
        EnvelopeOpening grab = impatient();
        assertThat(await(open(grab, scene, scene.member(1)))).isEqualTo(new OpenResult.Share(TOTAL, false));
        try (SqlSession late = session()) {
            assertThat(answer(late.claim(scene.id().value(), scene.member(1).value(), 0)))
                    .containsExactly("1");
            assertThat(answer(late.claim(scene.id().value(), scene.member(2).value(), 0)))
                    .containsExactly("2");
            late.commit();
        }
        assertThat(await(open(grab, scene, scene.member(2)))).isEqualTo(new OpenResult.Empty());
    }

    /** A claim of his began in time and is under way when the time is over: he is not told that he came too late. */
    @Test
    void open_atTheEndOfTheTimeWhileAClaimOfHisIsUnderWay_isNotToldThatItIsOver() throws Exception {
        Scene scene = scene(3, 2);
        EnvelopeOpening grab = grab();
        try (SqlSession claiming = session();
                SqlSession observer = session()) {
            node.sql(
                    "UPDATE envelope SET expires_at = clock_timestamp() + interval '1500 ms' WHERE id = $1",
                    scene.id().value());
            assertThat(answer(claiming.claim(scene.id().value(), scene.member(1).value(), 1)))
                    .containsExactly("0");
            observer.run(
                    "SELECT pg_sleep(greatest(0, extract(epoch FROM expires_at - clock_timestamp()))) FROM envelope WHERE id = ?",
                    scene.id().value());
            observer.commit();
            // With the terms of before: this node's clock says that there is time.
            Future<OpenResult> opening = grab.open(scene.spec, scene.member(1));
            observer.awaitAnyWaiting();
            assertThat(opening.isComplete()).isFalse();
            claiming.commit();
            assertThat(await(opening))
                    .isEqualTo(new OpenResult.Share(node.claims(scene.id()).get(scene.member(1)), true));
        }
        assertThat(await(open(grab, scene, scene.member(2)))).isEqualTo(new OpenResult.Expired());
    }

    @Test
    void resumeOverdue_reservationOfANodeThatDied_isClaimedForItsOwner() throws Exception {
        Scene scene = scene(4, 3);
        EnvelopeOpening grab = grab();
        await(open(grab, scene, scene.member(1)));
        Answer.Index index = (Answer.Index) await(node.gate.reserve(scene.spec, scene.member(2)));
        assertThat(await(node.gate.countUnconfirmed(0))).isOne();
        await(resume(grab, 60_000));
        assertThat(await(node.gate.countUnconfirmed(0))).isOne();
        await(resume(grab, 0));
        nothingIsReserved();
        assertThat(node.state(scene.id()).claims()).anySatisfy(taken -> {
            assertThat(taken.user()).isEqualTo(scene.member(2));
            assertThat(taken.idx()).isEqualTo(index.idx());
        });
        assertThat(await(open(grab, scene, scene.member(2))))
                .isEqualTo(new OpenResult.Share(node.claims(scene.id()).get(scene.member(2)), true));
    }

    /** Put there by nobody of ours. It is not to hold up what stands behind it. */
    @Test
    void resumeOverdue_whatIsNoReservation_isRemoved() throws Exception {
        Scene scene = scene(2, 3);
        await(open(grab(), scene, scene.sender()));
        await(node.gate.reserve(scene.spec, scene.member(1)));
        String open =
                await(redis(Command.KEYS, "hongyan:envelope:*:open")).get(0).toString();
        String id = scene.id().text();
        for (String strange : List.of("", "/", "x", "a/b", id + "/", "/" + id)) {
            await(redis(Command.ZADD, open, "1", strange));
        }

        await(resume(grab(), 0));

        assertThat(node.claims(scene.id())).containsKey(scene.member(1));
        assertThat(await(redis(Command.EXISTS, open)).toInteger()).isZero();

        await(redis(Command.SET, open, "no set"));
        await(resume(grab(), 0));
        assertThat(await(redis(Command.EXISTS, open)).toInteger()).isZero();
    }

    @Test
    void resumeOverdue_reservationOfSomebodyRemovedMeanwhile_givesTheShareToTheNext() throws Exception {
        Scene scene = scene(3, 1);
        EnvelopeOpening grab = grab();
        await(node.gate.build(scene.spec, Map.of()));
        await(node.gate.reserve(scene.spec, scene.member(1)));
        remove(scene, scene.member(1));
        await(resume(grab, 0));
        nothingIsReserved();
        assertThat(await(open(grab, scene, scene.member(2)))).isEqualTo(new OpenResult.Share(TOTAL, false));
    }

    /** What a restored database does not know is not asked for again and again. */
    @Test
    void resumeOverdue_reservationOfAnEnvelopeThatIsNotThere_isForgotten() throws Exception {
        Scene scene = scene(2, 1);
        EnvelopeSpec gone = new EnvelopeSpec(
                new EnvelopeId(Id.next()),
                scene.spec.conversation(),
                scene.sender(),
                EnvelopeKind.LUCKY,
                null,
                1,
                scene.spec.expiresAt());
        await(node.gate.build(gone, Map.of()));
        await(node.gate.reserve(gone, scene.sender()));
        await(resume(grab(), 0));
        nothingIsReserved();
    }

    @Test
    void open_whileRedisIsAway_goesByPostgresAlone(@TempDir Path directory) throws Exception {
        Scene scene = scene(60, 40);
        try (DataFolder folder = DataFolder.open(directory);
                EmbeddedRedis own = EmbeddedRedis.start(folder, StoresExtension.runtime())) {
            Redis redis = await(Redis.open(stores.vertx(), own.address(), RedisLimits.DEFAULTS));
            EnvelopeOpening grab = node.grab(new ShareAllocatorStore(redis));
            Map<UserId, Long> before = amounts(crowd(grab, scene.spec, scene.people.subList(0, 10)));
            own.stop();
            Map<UserId, Long> during = amounts(crowd(grab, scene.spec, scene.people.subList(0, 30)));
            assertThat(during).hasSize(30).containsAllEntriesOf(before);
            Map<UserId, OpenResult> all = crowd(grab, scene.spec, scene.people);
            assertThat(amounts(all)).hasSize(40).containsAllEntriesOf(during);
            assertThat(all.values()).filteredOn(OpenResult.Empty.class::isInstance).hasSize(20);
            assertThat(sum(amounts(all))).isEqualTo(TOTAL);
            await(redis.close());
        }
    }

    /** Redis was away when he opened it, and his answer was lost. Now it turns the crowd away; to him it is no loss. */
    @Test
    void open_gateThatIsEmptyAndDoesNotKnowHim_givesWhatHeHas() throws Exception {
        Scene scene = scene(4, 3);
        await(node.gate.build(scene.spec, Map.of()));
        Outcome.Has has = (Outcome.Has) await(node.tables.claims().claim(List.of(new Wanted(scene.id(), scene.member(1), null))))
                .get(0);
        assertThat(amounts(crowd(grab(), scene.spec, List.of(scene.sender(), scene.member(2)))))
                .hasSize(2);
        for (UserId user : List.of(scene.member(1), scene.member(3))) {
            assertThat(await(node.gate.reserve(scene.spec, user))).isEqualTo(new Answer.Empty());
        }
        assertThat(await(open(grab(), scene, scene.member(1))))
                .isEqualTo(new OpenResult.Share(has.share().amount(), true));
        assertThat(await(open(grab(), scene, scene.member(3)))).isEqualTo(new OpenResult.Empty());
    }

    /** The claim is committed, and the answer lost: it is not known whether anything happened, and so it is done again. */
    @Test
    void claim_answerLostAfterTheCommit_isClaimedAgainAndFoundToBeThere() throws Exception {
        Scene scene = scene(3, 3);
        Throwable lost =
                catchThrowable(() -> await(stores.postgres().query("SELECT pg_terminate_backend(pg_backend_pid())")));
        assertThat(lost).isInstanceOfSatisfying(StoreUnavailable.class, away -> assertThat(away.outcomeKnown())
                .isFalse());
        List<ClaimBatcher.Settled> settled = new ArrayList<>();
        List<Wanted> asked = new ArrayList<>();
        ClaimBatcher lane = new ClaimBatcher(stores.vertx(), new ClaimBatcher.Claims() {
            @Override
            public Future<List<Outcome>> claim(List<Wanted> wanted) {
                boolean first = asked.isEmpty();
                asked.addAll(wanted);
                return node.tables
                        .claims()
                        .claim(wanted)
                        .compose(done -> first ? Future.failedFuture(lost) : Future.succeededFuture(done));
            }

            @Override
            public void settled(List<ClaimBatcher.Settled> batch) {
                settled.addAll(batch);
            }
        });
        Outcome outcome = await(lane.claim(new Wanted(scene.id(), scene.member(1), 1)));
        assertThat(asked).hasSize(2);
        assertThat(outcome).isInstanceOfSatisfying(Outcome.Has.class, has -> {
            assertThat(has.fresh()).isFalse();
            assertThat(has.share().idx()).isEqualTo(1);
        });
        // Told all the same, and once: nobody else knows of it.
        assertThat(settled).singleElement().satisfies(one -> assertThat(one.again())
                .isTrue());
        assertThat(node.state(scene.id()).claims()).hasSize(1);
    }

    /** Or one person on many sockets would make all batches of the lane small. */
    @Test
    void claims_ofOneWhoAsksAgainAndAgain_goTogether() throws Exception {
        Scene scene = scene(4, 3);
        Promise<Void> first = Promise.promise();
        List<Integer> batches = new ArrayList<>();
        ClaimBatcher lane = new ClaimBatcher(stores.vertx(), new ClaimBatcher.Claims() {
            @Override
            public Future<List<Outcome>> claim(List<Wanted> wanted) {
                batches.add(wanted.size());
                return first.future().compose(none -> node.tables.claims().claim(wanted));
            }

            @Override
            public void settled(List<ClaimBatcher.Settled> batch) {}
        });
        Future<Outcome> busy = lane.claim(new Wanted(scene.id(), scene.member(1), 0));
        List<Future<Outcome>> again = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            again.add(lane.claim(new Wanted(scene.id(), scene.member(2), 1)));
        }
        Future<Outcome> other = lane.claim(new Wanted(scene.id(), scene.member(3), 2));
        first.complete();

        await(Future.join(again));
        assertThat(await(busy)).isInstanceOf(Outcome.Has.class);
        assertThat(await(other)).isInstanceOf(Outcome.Has.class);
        assertThat(batches).containsExactly(1, 2);
        assertThat(again)
                .map(Future::result)
                .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Outcome.Has.class))
                .filteredOn(outcome -> ((Outcome.Has) outcome).fresh())
                .hasSize(1);
    }

    @Test
    void open_whileSomebodyIsBeingRemoved_waitsAndIsRefused() throws Exception {
        Scene scene = scene(3, 3);
        EnvelopeOpening grab = grab();
        try (SqlSession removing = session();
                SqlSession observer = session()) {
            removing.run("SELECT 1 FROM conversation WHERE id = ? FOR UPDATE", conversation(scene));
            Future<OpenResult> opening = open(grab, scene, scene.member(1));
            observer.awaitAnyWaiting();
            assertThat(opening.isComplete()).isFalse();
            removing.run(
                    "UPDATE member SET role = 0 WHERE conversation = ? AND user_id = ?",
                    conversation(scene),
                    scene.member(1).value());
            removing.commit();
            assertThat(refusal(opening)).isEqualTo("envelope.not_found");
        }
        assertThat(node.claims(scene.id())).isEmpty();
    }

    @Test
    void remove_whileTheClaimIsUnderWay_waitsAndTheShareIsHis() throws Exception {
        Scene scene = scene(3, 3);
        try (SqlSession claiming = session();
                SqlSession writing = session();
                SqlSession observer = session()) {
            assertThat(answer(claiming.claim(scene.id().value(), scene.member(1).value(), 0)))
                    .containsExactly("0");
            Future<JsonNode> removal = removing(scene, scene.member(1));
            observer.awaitAnyWaiting();
            assertThat(removal.isComplete()).isFalse();
            claiming.commit();
            assertThat(await(removal).has("error")).isFalse();
            assertThat(node.claims(scene.id())).containsOnlyKeys(scene.member(1));

            // Messages go by beside a claim.
            assertThat(answer(claiming.claim(scene.id().value(), scene.member(2).value(), 1)))
                    .containsExactly("0");
            CompletableFuture<List<String>> message = writing.start(
                    "SELECT 'locked' FROM conversation WHERE id = ? FOR NO KEY UPDATE NOWAIT", conversation(scene));
            assertThat(answer(message)).containsExactly("locked");
            claiming.commit();
        }
    }

    /** Their time is over in the middle of a crowd: what was taken and what went back is all of it, each once. */
    @Test
    void settle_whilePeopleOpen_takesWhatIsLeftAndNothingElse() throws Exception {
        List<Scene> scenes = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            scenes.add(scene(12, 12));
        }
        List<EnvelopeOpening> nodes = List.of(grab(), grab());
        List<Future<Map<UserId, OpenResult>>> crowds = new ArrayList<>();
        Map<EnvelopeId, Long> refunds = new HashMap<>();
        for (int i = 0; i < scenes.size(); i++) {
            node.sql(
                    "UPDATE envelope SET expires_at = clock_timestamp() + $2 * interval '1 ms' WHERE id = $1",
                    scenes.get(i).id().value(),
                    5.0 * i);
            crowds.add(EnvelopeNode.crowding(nodes.get(i % 2), scenes.get(i).spec, scenes.get(i).people));
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
    void settle_onSeveralNodesAtOnce_givesBackOnce() throws Exception {
        List<Scene> scenes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Scene scene = scene(3, 4);
            await(open(grab(), scene, scene.member(1)));
            node.expire(scene.id());
            scenes.add(scene);
        }
        List<Future<List<Refund>>> rounds =
                IntStream.range(0, 8).mapToObj(i -> node.tables.refunds().refund(7)).toList();
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
            assertThat(await(open(grab(), scene, scene.member(2)))).isEqualTo(new OpenResult.Expired());
        }
    }

    @Test
    void settle_ofAnEnvelopeOfWhichAllIsTaken_givesNothingBack() throws Exception {
        Scene scene = scene(3, 3);
        crowd(grab(), scene.spec, scene.people);
        node.expire(scene.id());
        assertThat(await(node.tables.refunds().refund(100)))
                .filteredOn(one -> one.envelope().equals(scene.id()))
                .singleElement()
                .satisfies(one -> assertThat(one.amount()).isZero());
        assertThat(await(open(grab(), scene, scene.member(1)))).isInstanceOf(OpenResult.Share.class);
    }

    private static void collect(Map<EnvelopeId, Long> refunds) throws Exception {
        for (Future<List<Refund>> one :
                Stream.of(node.tables.refunds().refund(3), node.tables.refunds().refund(3)).toList()) {
            await(one).forEach(settled -> assertThat(refunds.put(settled.envelope(), settled.amount()))
                    .isNull());
        }
    }

    /** The gate is told before whoever opened, but on another connection. */
    private static void nothingIsReserved() throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (await(node.gate.countUnconfirmed(0)) > 0) {
            assertThat(System.nanoTime()).isLessThan(end);
        }
    }

    private static Scene scene(int people, int shares) throws Exception {
        List<UserId> all = EnvelopeNode.people(people);
        node.fund(all.get(0), TOTAL);
        String conversation = node.group(all.get(0), all);
        EnvelopeId id = node.send(all.get(0), lucky(conversation, TOTAL, shares));
        return new Scene(all, conversation, node.spec(id));
    }

    private static EnvelopeOpening grab() {
        return node.grab(node.gate);
    }

    /** Does not wait for long before it has PostgreSQL decide. */
    private static EnvelopeOpening impatient() {
        return node.grab(node.gate, Duration.ofSeconds(15), Duration.ofMillis(50));
    }

    private static Future<Void> resume(EnvelopeOpening opening, long ageMs) {
        return node.recovery(opening, node.gate).resumeOverdue(ageMs);
    }

    /** As the frame does it. */
    private static Future<OpenResult> open(EnvelopeOpening grab, Scene scene, UserId user) {
        return grab.spec(scene.id()).compose(spec -> grab.open(spec, user));
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

    private static SqlSession session() throws Exception {
        return new SqlSession(stores.postgresAddress());
    }

    private static Future<Response> redis(Command command, String... arguments) {
        Request request = Request.cmd(command);
        for (String argument : arguments) {
            request.arg(argument);
        }
        return stores.redis().send(request);
    }
}
