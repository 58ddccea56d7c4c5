package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.Standing;
import im.hongyan.timeline.Timeline;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls over real sockets: rings, rosters, and the one entry that each call leaves. */
@Timeout(120)
abstract class CallScenario {
    /** Settings with which the tests need not wait for long. */
    static final Map<String, String> SETTINGS = Map.of(
            "HONGYAN_CALL_RING_SECONDS", "4",
            "HONGYAN_CALL_RECONNECT_SECONDS", "3",
            "HONGYAN_CALL_ALONE_SECONDS", "2",
            "HONGYAN_CALL_LEASE_SECONDS", "2",
            "HONGYAN_LIMITS_FRAMES_PER_SECOND", "100000",
            "HONGYAN_LIMITS_FRAME_BURST", "100000");

    abstract TestUsers people();

    /** Signs a user in on one more device. */
    abstract Credentials signIn(String username) throws Exception;

    abstract TestUser connect(Credentials credentials) throws Exception;

    /** A call leaves nothing behind. */
    @AfterEach
    void nothingIsLeftInRedis() throws Exception {
        try {
            eventually(() -> keys().isEmpty());
        } finally {
            // So that one failure does not cause others.
            for (CallUser user : devices) {
                user.person().connection().cut();
            }
        }
    }

    private List<String> keys() throws Exception {
        Response found =
                await(people().stores().redis().send(Request.cmd(Command.KEYS).arg("hongyan:call:*")));
        List<String> keys = new ArrayList<>();
        found.forEach(key -> keys.add(key.toString()));
        return keys;
    }

    private final List<CallUser> devices = new ArrayList<>();

    // The users and the call that the methods below set.
    private List<CallUser> users;
    private CallUser ada;
    private CallUser bob;
    private CallUser cai;
    private CallUser dan;
    private String pair;
    private String group;
    private String call;

    /** Ada and Bob in a direct conversation. */
    private void openPair() throws Exception {
        ada = user();
        bob = user();
        pair = ada.person().openWith(bob.person());
    }

    /** Ada calls Bob. */
    private void ring() throws Exception {
        openPair();
        call = ada.start(pair).get("call").asText();
    }

    /** Ada calls Bob, who accepts. */
    private void talk() throws Exception {
        ring();
        bob.accept(bob.rings(pair));
    }

    /** A group of Ada, Bob and others. */
    private void gather(int count) throws Exception {
        users = users(count);
        ada = users.get(0);
        bob = users.get(1);
        cai = users.get(2);
        dan = count > 3 ? users.get(3) : null;
        group = group(users);
    }

    private CallUser user() throws Exception {
        return users(1).get(0);
    }

    private List<CallUser> users(int count) throws Exception {
        List<CallUser> users = CallUser.of(people().users(count));
        devices.addAll(users);
        return users;
    }

    private CallUser otherDevice(CallUser user) throws Exception {
        CallUser other = new CallUser(connect(signIn(user.person().credentials().username())));
        devices.add(other);
        return other;
    }

    private static String group(List<CallUser> users) throws Exception {
        TestUser[] others = users.stream().skip(1).map(CallUser::person).toArray(TestUser[]::new);
        return users.get(0).person().createGroup("Callers", others);
    }

    /** The entry of a call, as both users see it, with the number of unread entries of the callee. */
    private static void assertEntry(JsonNode entry, CallUser caller, String outcome, int participants, boolean counts) {
        assertThat(entry.at("/content/outcome").asText()).isEqualTo(outcome);
        assertThat(entry.get("sender").asText()).isEqualTo(caller.id());
        assertThat(entry.at("/content/participants")).hasSize(participants);
        assertThat(entry.path("counts").asBoolean()).isEqualTo(counts);
    }

    private static void assertOneEntry(CallUser user, String conversation, String call) throws Exception {
        JsonNode entries = user.person()
                .ask("entries.read", Map.of("conversation", conversation, "limit", 100))
                .get("entries");
        int found = 0;
        for (JsonNode entry : entries) {
            if (entry.at("/content/call").asText().equals(call)) {
                found++;
            }
        }
        assertThat(found).isEqualTo(1);
    }

    @Test
    void accepted_bothTalkAndHangUp() throws Exception {
        openPair();
        JsonNode started = ada.start(pair);
        assertThat(started.at("/transport/type").asText()).isEqualTo("mesh");
        assertThat(started.get("host").asText()).isEqualTo(ada.participant());
        call = bob.rings(pair);
        assertThat(call).isEqualTo(ada.call());
        bob.person().ask("call.ring.ack", Map.of("call", call));
        ada.state(states -> "ringing".equals(states.get(bob.id())));

        JsonNode accepted = bob.accept(call);

        JsonNode state = ada.state(states -> "joined".equals(states.get(bob.participant())));
        assertThat(state.get("revision")).isEqualTo(accepted.get("revision"));
        ada.ask("call.signal", ada.signal(bob, "v=0"));
        JsonNode signal = bob.person().receive("call.signal", any -> true);
        assertThat(signal.get("from").asText()).isEqualTo("peer:" + ada.participant());
        assertThat(signal.at("/signal/sdp").asText()).isEqualTo("v=0");
        assertThat(conversation(bob, pair).at("/call/count").asInt()).isEqualTo(2);

        ada.ask("call.leave");

        assertThat(bob.ended(call).get("reason").asText()).isEqualTo("left");
        assertEntry(bob.entry(pair, call), ada, "completed", 2, false);
        assertOneEntry(bob, pair, call);
        assertThat(conversation(bob, pair).has("call")).isFalse();
        assertThat(bob.refused("call.get", Map.of()).reason()).isEqualTo("call.ended");
    }

    private static JsonNode conversation(CallUser user, String id) throws Exception {
        return user.person().ask("conversation.get", Map.of("conversation", id)).get("conversation");
    }

    @Test
    void threeDevicesRing_oneAnswers_othersStop() throws Exception {
        openPair();
        CallUser laptop = otherDevice(bob);
        CallUser tablet = otherDevice(bob);
        call = ada.start(pair).get("call").asText();
        for (CallUser device : List.of(bob, laptop, tablet)) {
            assertThat(device.rings(pair)).isEqualTo(call);
        }

        laptop.accept(call);

        bob.person().receive("call.answered_elsewhere", any -> true);
        tablet.person().receive("call.answered_elsewhere", any -> true);
        laptop.person().settle();
        assertThat(laptop.person().received("call.answered_elsewhere")).isEmpty();
        assertThat(bob.person().refused("call.accept", Map.of("call", call)).reason())
                .isEqualTo("call.answered_elsewhere");
        laptop.ask("call.leave");
        assertEntry(ada.entry(pair, call), ada, "completed", 2, false);
        assertOneEntry(ada, pair, call);
    }

    @Test
    void twoDevicesAcceptConcurrently_onlyOneJoins() throws Exception {
        openPair();
        CallUser laptop = otherDevice(bob);
        call = ada.start(pair).get("call").asText();
        bob.rings(pair);
        laptop.rings(pair);

        List<String> results = results(List.of(bob, laptop), "call.accept", Map.of("call", call));

        assertThat(results).containsExactlyInAnyOrder("ok", "call.answered_elsewhere");
        assertThat(ada.inCall()).hasSize(2);
        ada.ask("call.leave");
        assertEntry(ada.entry(pair, call), ada, "completed", 2, false);
    }

    @Test
    void declinedOnOneDevice_allStop() throws Exception {
        openPair();
        CallUser laptop = otherDevice(bob);
        call = ada.start(pair).get("call").asText();
        bob.rings(pair);
        laptop.rings(pair);

        bob.person().ask("call.decline", Map.of("call", call));

        for (CallUser device : List.of(ada, bob, laptop)) {
            JsonNode end = device.ended(call);
            assertThat(end.get("reason").asText()).isEqualTo("declined");
            assertThat(end.get("outcome").asText()).isEqualTo("declined");
        }
        assertEntry(bob.entry(pair, call), ada, "declined", 1, false);
        assertOneEntry(bob, pair, call);
        assertThat(laptop.person().refused("call.accept", Map.of("call", call)).reason())
                .isEqualTo("call.ended");
    }

    @Test
    void bothCallSimultaneously_oneCallStarts() throws Exception {
        openPair();
        CallUser laptop = otherDevice(bob);
        call = ada.start(pair).get("call").asText();
        laptop.rings(pair);

        JsonNode answer = bob.start(pair);

        assertThat(answer.get("call").asText()).isEqualTo(call);
        ada.state(states -> "joined".equals(states.get(bob.participant())));
        laptop.person().receive("call.answered_elsewhere", any -> true);
        bob.ask("call.leave");
        assertEntry(ada.entry(pair, call), ada, "completed", 2, false);
        assertOneEntry(bob, pair, call);
    }

    @Test
    void calleeInAnotherCall_isBusyAndHasAMissedCall() throws Exception {
        openPair();
        cai = user();
        String others = bob.person().openWith(cai.person());
        bob.start(others);
        cai.accept(cai.rings(others));

        JsonNode started = ada.start(pair);

        call = started.get("call").asText();
        assertThat(CallUser.states(started)).containsEntry(bob.id(), "busy");
        JsonNode end = ada.ended(call);
        assertThat(end.get("reason").asText()).isEqualTo("busy");
        assertEntry(bob.entry(pair, call), ada, "busy", 1, true);
        assertThat(bob.person().received("call.ringing")).isEmpty();
        assertThat(conversation(bob, pair).get("unread").asInt()).isEqualTo(1);
        assertThat(bob.person()
                        .refused(
                                "call.start",
                                Map.of("conversation", pair, "clientId", TestUser.newClientId(), "media", "audio"))
                        .body()
                        .get("call")
                        .asText())
                .isEqualTo(bob.call());
        bob.ask("call.leave");
        cai.ended(bob.call());
    }

    @Test
    void callerHangsUpFirst_calleeHasAMissedCall() throws Exception {
        ring();
        bob.rings(pair);

        ada.ask("call.leave");

        assertThat(bob.ended(call).get("reason").asText()).isEqualTo("cancelled");
        assertEntry(bob.entry(pair, call), ada, "cancelled", 1, true);
        assertOneEntry(bob, pair, call);
        assertThat(conversation(bob, pair).get("unread").asInt()).isEqualTo(1);
        assertThat(bob.person().refused("call.accept", Map.of("call", call)).reason())
                .isEqualTo("call.ended");
    }

    @Test
    void nobodyAnswers_callIsMissed() throws Exception {
        ring();
        bob.rings(pair);

        assertThat(ada.ended(call).get("reason").asText()).isEqualTo("timed_out");
        assertEntry(bob.entry(pair, call), ada, "missed", 1, true);
        assertOneEntry(bob, pair, call);
    }

    @Test
    void calleeConnectsWhileItRings_ringsAndAnswers() throws Exception {
        openPair();
        await(bob.person().connection().cut());
        call = ada.start(pair).get("call").asText();

        CallUser back = bob.otherSocket();

        assertThat(back.rings(pair)).isEqualTo(call);
        back.accept(call);
        ada.ask("call.leave");
        assertEntry(ada.entry(pair, call), ada, "completed", 2, false);
        assertOneEntry(back, pair, call);
    }

    /** The result of the same request of several users at the same time. */
    private static List<String> results(List<CallUser> users, String type, Map<String, ?> data) throws Exception {
        List<Future<String>> all =
                users.stream().map(user -> result(user, type, data)).toList();
        return await(Future.all(all).map(done -> done.<String>list()));
    }

    private static Future<String> result(CallUser user, String type, Map<String, ?> data) {
        return user.person().connection().request(type, data).map("ok").otherwise(failure -> ((ChatError) failure)
                .reason());
    }

    @Test
    void twentyJoinConcurrently_onlyNineAreAdmitted() throws Exception {
        gather(20);
        call = ada.start(group, Map.of("invite", List.of())).get("call").asText();

        List<String> results = results(users.subList(1, 20), "call.join", Map.of("call", call));

        assertThat(results.stream().filter("ok"::equals)).hasSize(8);
        assertThat(results.stream().filter("call.full"::equals)).hasSize(11);
        assertThat(ada.inCall()).hasSize(9);
        ada.ask("call.end");
        JsonNode entry = ada.entry(group, call);
        assertEntry(entry, ada, "completed", 9, false);
    }

    @Test
    void signal_ofStranger_isRefused() throws Exception {
        gather(3);
        CallUser stranger = user();
        call = ada.start(group).get("call").asText();
        bob.accept(call);

        assertThat(refusedSignal(cai, call, ada.participant())).isEqualTo("call.not_joined");
        assertThat(refusedSignal(stranger, call, ada.participant())).isEqualTo("call.not_found");
        assertThat(refusedSignal(ada, call, ada.participant())).isEqualTo("call.peer_unknown");
        String old = bob.participant();
        CallUser moved = bob.otherSocket();
        moved.join(call);
        assertThat(moved.participant()).isNotEqualTo(old);
        assertThat(refusedSignal(ada, call, old)).isEqualTo("call.peer_unknown");
        assertThat(refusedSignal(bob, call, ada.participant())).isEqualTo("call.not_joined");
        JsonNode replaced = bob.state(states -> "left".equals(states.get(old)));
        assertThat(replaced.toString()).contains("replaced");
        bob.ask("call.leave");
        assertThat(ada.inCall()).containsExactlyInAnyOrder(ada.participant(), moved.participant());

        moved.ask("call.signal", moved.signal(ada, "fine"));
        ada.person().receive("call.signal", any -> true);
        assertThat(ada.person().received("call.signal")).isEmpty();
        ada.ask("call.end");
        ada.entry(group, call);
    }

    private static String refusedSignal(CallUser from, String call, String to) {
        return from.person()
                .refused(
                        "call.signal",
                        Map.of("call", call, "to", "peer:" + to, "generation", 1, "signal", Map.of("type", "restart")))
                .reason();
    }

    @Test
    void signals_oversizedOrTooMany_areRefused() throws Exception {
        gather(3);
        call = ada.start(group).get("call").asText();
        bob.accept(call);
        cai.accept(call);

        assertThat(ada.refused("call.signal", ada.signal(bob, "x".repeat(64 * 1024 + 1)))
                        .reason())
                .isEqualTo("field.too_long");
        List<Future<String>> flood = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            flood.add(result(ada, "call.signal", withCall(call, ada.signal(bob, "s" + i))));
        }
        List<String> results = await(Future.all(flood).map(done -> done.<String>list()));
        assertThat(Set.copyOf(results)).containsExactlyInAnyOrder("ok", "call.signal_rate");
        assertThat(results.stream().filter("ok"::equals).count()).isBetween(300L, 399L);
        cai.ask("call.signal", cai.signal(bob, "mine"));
        bob.person()
                .receive("call.signal", one -> one.at("/signal/sdp").asText().equals("mine"));
        List<Integer> order = bob.person().received("call.signal").stream()
                .map(one -> Integer.parseInt(one.at("/signal/sdp").asText().substring(1)))
                .toList();
        assertThat(order).isSorted();
        assertThat(order).hasSize((int) results.stream().filter("ok"::equals).count());
        ada.ask("call.end");
        cai.entry(group, call);
    }

    @Test
    void signals_tooLargeTogether_areRefused_andThePeerStaysConnected() throws Exception {
        talk();
        List<Future<String>> flood = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            flood.add(result(ada, "call.signal", withCall(call, ada.signal(bob, "x".repeat(60 * 1024)))));
        }

        List<String> results = await(Future.all(flood).map(done -> done.<String>list()));

        assertThat(Set.copyOf(results)).containsExactlyInAnyOrder("ok", "call.signal_rate");
        assertThat(results.stream().filter("ok"::equals)).hasSizeBetween(9, 14);
        bob.ask("call.leave");
        ada.ended(call);
    }

    @Test
    void startsJoinsAndMediaStates_tooMany_areRefused() throws Exception {
        openPair();
        call = ada.start(pair, Map.of("clientId", "same")).get("call").asText();
        bob.accept(bob.rings(pair));
        Map<String, Object> same = Map.of("conversation", pair, "clientId", "same", "media", "video");

        assertThat(results(Collections.nCopies(30, ada), "call.start", same)).contains("ok", "frames.rate");
        assertThat(results(Collections.nCopies(30, ada), "call.join", Map.of("call", call)))
                .contains("ok", "frames.rate");
        Map<String, Object> media = Map.of("call", call, "hand", true);
        assertThat(results(Collections.nCopies(80, ada), "call.media", media)).contains("ok", "frames.rate");
        bob.ask("call.leave");
        ada.ended(call);
    }

    private static Map<String, Object> withCall(String call, Map<String, Object> signal) {
        Map<String, Object> whole = new HashMap<>(signal);
        whole.put("call", call);
        return whole;
    }

    /** As if the node had not reached Redis for longer than a lease. */
    @Test
    void leaseExpired_socketIsOpen_participantStays() throws Exception {
        talk();
        Map<String, String> states = Map.of();
        for (int i = 0; !"reconnecting".equals(states.get(bob.participant())); i++) {
            await(people().stores()
                    .redis()
                    .send(Request.cmd(Command.ZADD)
                            .arg("hongyan:call:{" + pair + "}:leases")
                            .arg("1")
                            .arg(bob.participant())));
            ada.ask("call.media", Map.of("hand", i % 2 == 0));
            states = CallUser.states(ada.state(any -> true));
        }

        ada.state(later -> "joined".equals(later.get(bob.participant())));

        assertThat(ada.inCall()).hasSize(2);
        bob.ask("call.leave");
        assertThat(ada.ended(call).get("reason").asText()).isEqualTo("left");
    }

    /** The id of a call is known to the user who started it. */
    @Test
    void clientIdFromTheCallsId_theEndIsRecordedNevertheless() throws Exception {
        ring();
        ada.person().ask("message.send", TestUser.message(pair, "call-" + call, "squatter"));
        bob.accept(bob.rings(pair));

        ada.ask("call.leave");

        assertEntry(bob.entry(pair, call), ada, "completed", 2, false);
        bob.start(pair);
        bob.ask("call.leave");
    }

    @Test
    void socketCut_resumeKeepsTheParticipant() throws Exception {
        talk();
        await(bob.person().connection().cut());
        ada.state(states -> "reconnecting".equals(states.get(bob.participant())));
        assertThat(ada.refused("call.signal", ada.signal(bob, "v=0")).reason()).isEqualTo("call.peer_reconnecting");

        CallUser back = bob.otherSocket();
        back.resume();

        assertThat(back.participant()).isEqualTo(bob.participant());
        ada.state(states -> "joined".equals(states.get(bob.participant())));
        ada.ask("call.signal", ada.signal(bob, "v=0"));
        back.person().receive("call.signal", any -> true);
        CallUser thief = otherDevice(bob);
        assertThat(thief.person()
                        .refused(
                                "call.resume",
                                Map.of(
                                        "call",
                                        call,
                                        "participant",
                                        bob.participant(),
                                        "resumeToken",
                                        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
                        .reason())
                .isEqualTo("call.resume_invalid");
        back.ask("call.leave");
        assertEntry(ada.entry(pair, call), ada, "completed", 2, false);
    }

    @Test
    void socketCutForGood_participantIsLost() throws Exception {
        talk();

        await(bob.person().connection().cut());

        assertThat(ada.ended(call).get("reason").asText()).isEqualTo("lost");
        assertEntry(ada.entry(pair, call), ada, "completed", 2, false);
    }

    @Test
    void groupCall_hostRemovesAndHandsOver() throws Exception {
        gather(4);
        call = ada.start(group).get("call").asText();
        assertThat(bob.person()
                        .refused("call.start", Map.of("conversation", group, "clientId", "c", "media", "video"))
                        .body()
                        .get("call")
                        .asText())
                .isEqualTo(call);
        bob.accept(bob.rings(group));
        cai.accept(cai.rings(group));
        dan.rings(group);
        dan.person().ask("call.decline", Map.of("call", call));
        assertThat(dan.person()
                        .receive("call.banner", any -> true)
                        .at("/call/id")
                        .asText())
                .isEqualTo(call);
        assertThat(ada.refused("call.ring", Map.of("users", List.of(dan.id()))).reason())
                .isEqualTo("call.ring_rate");
        assertThat(bob.refused("call.remove", Map.of("participant", cai.participant()))
                        .reason())
                .isEqualTo("call.not_host");

        ada.ask("call.remove", Map.of("participant", cai.participant()));

        JsonNode own = cai.state(states -> "left".equals(states.get(cai.participant())));
        assertThat(own.toString()).contains("removed");
        assertThat(cai.refused("call.join", Map.of()).reason()).isEqualTo("call.removed");
        bob.ask("call.media", Map.of("screen", true));
        assertThat(ada.refused("call.media", Map.of("screen", true)).reason()).isEqualTo("call.screen_taken");
        bob.ask("call.media", Map.of("screen", false, "hand", true));
        dan.join(call);
        ada.ask("call.leave");
        JsonNode state = bob.person()
                .receive("call.state", one -> one.get("host").asText().equals(bob.participant()));
        assertThat(CallUser.states(state)).containsEntry(dan.participant(), "joined");
        dan.ask("call.leave");
        // Bob is alone.
        assertThat(bob.ended(call).get("reason").asText()).isEqualTo("timed_out");
        assertEntry(bob.entry(group, call), ada, "completed", 4, false);
        assertOneEntry(ada, group, call);
    }

    @Test
    void signedOut_leavesAtOnce() throws Exception {
        openPair();
        CallUser laptop = otherDevice(bob);
        call = ada.start(pair).get("call").asText();
        laptop.rings(pair);
        laptop.accept(call);

        signOut(laptop.person().credentials());

        assertThat(ada.ended(call).get("reason").asText()).isEqualTo("signed_out");
        assertEntry(ada.entry(pair, call), ada, "completed", 2, false);
    }

    abstract void signOut(Credentials credentials) throws Exception;

    @Test
    void memberRemoved_leavesTheCall() throws Exception {
        gather(3);
        call = ada.start(group).get("call").asText();
        bob.accept(call);
        cai.accept(call);

        ada.person().ask("group.remove", Map.of("conversation", group, "users", List.of(bob.id())));

        JsonNode own = bob.state(states -> "left".equals(states.get(bob.participant())));
        assertThat(own.toString()).contains("removed");
        assertThat(bob.refused("call.join", Map.of()).reason()).isEqualTo("call.not_found");
        ada.ask("call.end");
        assertEntry(cai.entry(group, call), ada, "completed", 3, false);
    }

    /** The log of any node. */
    abstract Timeline timeline();

    abstract ChatClient client();

    @Test
    void blocked_directCallEnds() throws Exception {
        talk();
        ConversationId conversation = ConversationId.of(pair);

        UserId blocked = UserId.of(bob.id());
        await(timeline().transact(conversation, tx -> tx.lock(conversation, blocked)
                .compose(log -> tx.setStanding(conversation, blocked, Standing.BLOCKED))));

        assertThat(ada.ended(call).get("reason").asText()).isEqualTo("removed");
        assertEntry(ada.entry(pair, call), ada, "completed", 2, false);
        assertThat(bob.person()
                        .refused("call.start", Map.of("conversation", pair, "clientId", "blocked", "media", "audio"))
                        .reason())
                .isEqualTo("blocked");
    }

    @Test
    void accountDeleted_leavesAndStopsRinging() throws Exception {
        gather(4);
        call = ada.start(group).get("call").asText();
        bob.accept(bob.rings(group));
        cai.rings(group);

        for (CallUser user : List.of(bob, cai)) {
            await(client().call(
                            HttpMethod.DELETE,
                            "/api/v1/me",
                            user.person().credentials().accessToken(),
                            Map.of("password", NodeExtension.PASSWORD)));
        }

        ada.state(states -> "left".equals(states.get(bob.participant())) && !"invited".equals(states.get(cai.id())));
        ada.ask("call.leave");
        assertEntry(ada.entry(group, call), ada, "completed", 2, false);
    }

    @Test
    void groupCallThatNobodyAnswers_isMissedByAll() throws Exception {
        gather(3);
        call = ada.start(group).get("call").asText();
        users.get(1).rings(group);

        assertThat(ada.ended(call).get("reason").asText()).isEqualTo("timed_out");

        for (CallUser user : users.subList(1, 3)) {
            assertEntry(user.entry(group, call), ada, "missed", 1, true);
        }
    }

    @Test
    void invitedLater_ringsAndEnters() throws Exception {
        gather(3);
        call = ada.start(group, Map.of("invite", List.of())).get("call").asText();
        assertThat(cai.person()
                        .receive("call.banner", any -> true)
                        .at("/call/count")
                        .asInt())
                .isEqualTo(1);
        bob.join(call);

        bob.ask("call.ring", Map.of("users", List.of(cai.id())));

        cai.accept(cai.rings(group));
        assertThat(ada.inCall()).hasSize(3);
        cai.ask("call.leave");
        ada.ask("call.end");
        cai.person().receive("call.banner", banner -> !banner.has("call"));
        assertEntry(cai.entry(group, call), ada, "completed", 3, false);
    }

    @Test
    void start_repeated_returnsTheSameParticipant() throws Exception {
        openPair();
        JsonNode first = ada.start(pair, Map.of("clientId", "same"));

        JsonNode again = ada.start(pair, Map.of("clientId", "same"));

        assertThat(again.get("call")).isEqualTo(first.get("call"));
        assertThat(again.get("participant")).isEqualTo(first.get("participant"));
        CallUser other = ada.otherSocket();
        JsonNode elsewhere = other.start(pair, Map.of("clientId", "same"));
        assertThat(elsewhere.get("call")).isEqualTo(first.get("call"));
        assertThat(elsewhere.get("participant")).isNotEqualTo(first.get("participant"));
        assertThat(other.person()
                        .refused("call.start", Map.of("conversation", pair, "clientId", "same", "media", "audio"))
                        .reason())
                .isEqualTo("client_id.reused");
        call = other.call();
        other.ask("call.leave");
        assertEntry(bob.entry(pair, call), ada, "cancelled", 1, true);
    }

    @Test
    void sameDeviceCallsAgain_theRingContinuesUnderTheNewCall() throws Exception {
        openPair();
        String old = ada.start(pair).get("call").asText();
        assertThat(bob.rings(pair)).isEqualTo(old);

        CallUser reloaded = ada.otherSocket();
        call = reloaded.start(pair).get("call").asText();

        assertThat(call).isNotEqualTo(old);
        assertThat(bob.ended(old).get("reason").asText()).isEqualTo("replaced");
        assertThat(bob.rings(pair)).isEqualTo(call);
        bob.accept(call);
        reloaded.ask("call.leave");
        assertEntry(bob.entry(pair, old), ada, "cancelled", 1, true);
        assertEntry(bob.entry(pair, call), ada, "completed", 2, false);
    }

    @Test
    void manyJoin_bannerIsSentOncePerFiveSeconds_andItsEndAtOnce() throws Exception {
        gather(7);
        CallUser outsider = users.get(6);
        call = ada.start(group, Map.of("invite", List.of())).get("call").asText();
        assertThat(nextBanner(outsider)).isEqualTo(1);
        long last = System.nanoTime();

        for (CallUser user : users.subList(1, 6)) {
            user.join(call);
        }

        for (int count = 1; count < 6; ) {
            count = nextBanner(outsider);
            long now = System.nanoTime();
            // Less than five seconds, because the first of the two may have arrived late.
            assertThat(TimeUnit.NANOSECONDS.toMillis(now - last)).isGreaterThan(4_000);
            last = now;
        }
        outsider.person().settle();
        assertThat(outsider.person().received("call.banner")).isEmpty();
        ada.ask("call.end");
        assertThat(nextBanner(outsider)).isZero();
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - last)).isLessThan(4_000);
        ada.entry(group, call);
    }

    /** The number of participants in the next banner; 0 if there is no call any more. */
    private static int nextBanner(CallUser user) throws Exception {
        return user.person()
                .receive("call.banner", any -> true)
                .at("/call/count")
                .asInt();
    }
}
