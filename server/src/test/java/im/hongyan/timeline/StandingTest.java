package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.RequestRejected;
import im.hongyan.testkit.TestConnection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Members that may not speak: checked in the transaction that appends, whichever way it comes. */
class StandingTest {
    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private final List<String> events = Collections.synchronizedList(new ArrayList<>());
    private LogNode node;
    private TestConnection alice;
    private TestConnection bob;
    private String group;
    private long hello;

    @BeforeEach
    void setUp() throws Exception {
        node = new LogNode(stores);
        node.timeline().listen(new TimelineListener() {
            @Override
            public void memberLeft(ConversationId conversation, UserId user, long seq) {
                events.add("left " + user + " " + seq);
            }

            @Override
            public void standingChanged(ConversationId conversation, UserId user) {
                events.add("standing " + user);
            }
        });
        alice = node.connect();
        bob = node.connect();
        group = alice.createGroup(bob);
        hello = bob.say(group, "hello");
    }

    @ParameterizedTest
    @CsvSource({"LISTENER, conversation.listen_only", "BLOCKED, blocked", "PEER_DELETED, user.not_found"})
    void append_byMemberWhoMayNotSpeak_isRefusedOnBothPaths(Standing standing, String reason) throws Exception {
        set(standing);
        assertSilenced(reason);
        assertThat(alice.say(group, "others may")).isEqualTo(hello + 1);

        set(Standing.SPEAKER);
        assertThat(bob.say(group, "again")).isEqualTo(hello + 2);
    }

    @Test
    void append_whileMuted_isRefusedUntilTheMuteEnds() throws Exception {
        mute(Instant.now().plusSeconds(600));
        assertSilenced("conversation.muted");

        mute(Instant.now().minusSeconds(1));
        assertThat(bob.say(group, "over")).isEqualTo(hello + 1);
        mute(Instant.now().plusSeconds(600));
        mute(null);
        assertThat(bob.say(group, "ended")).isEqualTo(hello + 2);
    }

    @Test
    void retry_ofWhatWasSentBefore_isAnsweredEvenWhenMuted() throws Exception {
        Map<String, Object> message = LogNode.message(group, "again", "hello");
        JsonNode first = bob.ask("message.send", message);
        mute(Instant.now().plusSeconds(600));

        assertThat(bob.ask("message.send", message)).isEqualTo(first);
    }

    @Test
    void deletedPeer_cannotBeAddressed_butRetriesAreAnswered() throws Exception {
        String direct = alice.openWith(bob);
        Map<String, Object> message = LogNode.message(direct, "first", "hello");
        JsonNode first = alice.ask("message.send", message);
        long seq = first.get("seq").asLong();
        String other = bob.openWith(node.connect());

        node.delete(bob.user());
        await(node.service(Conversations.class).peerDeleted(bob.user()));

        assertThat(alice.ask("message.send", message)).isEqualTo(first);
        assertThat(alice.refusal("message.send", LogNode.message(direct, "second", "hello")))
                .isEqualTo("user.not_found");
        Map<String, Object> content = Map.of("type", "text", "text", "changed");
        assertThat(alice.refusal("message.edit", change(direct, seq, "content", content)))
                .isEqualTo("user.not_found");
        assertThat(alice.refusal("message.react", change(direct, seq, "emoji", "👍")))
                .isEqualTo("user.not_found");
        assertThat(alice.refusal("typing", Map.of("conversation", direct))).isEqualTo("user.not_found");
        assertThat(alice.refusal("typing", Map.of("conversation", direct))).isEqualTo("user.not_found");
        assertThat(alice.refusal("conversation.open", Map.of("user", bob.id()))).isEqualTo("user.not_found");
        assertThat(alice.say(group, "to the group")).isPositive();
        alice.ask("message.recall", Map.of("conversation", direct, "seq", seq, "clientId", "recall"));
        assertThat(bob.say(other, "the mark is on the others")).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "LISTENER, false, conversation.listen_only",
        "BLOCKED,  false, blocked",
        "SPEAKER,  true,  conversation.muted"
    })
    void typing_ofMemberWhoMayNotSpeak_isRefusedAndNotPushed(Standing standing, boolean muted, String reason)
            throws Exception {
        set(standing);
        mute(muted ? Instant.now().plusSeconds(600) : null);
        for (int i = 0; i < 2; i++) {
            assertThat(bob.refusal("typing", Map.of("conversation", group))).isEqualTo(reason);
        }
        set(Standing.SPEAKER);
        mute(null);
        assertThat(bob.refusal("typing", Map.of("conversation", group))).isNull();
        alice.receive("typing", push -> push.get("user").asText().equals(bob.id()));
        assertThat(alice.pushes("typing")).hasSize(1);
    }

    @Test
    void deletedPeer_isNoLongerVisible() throws Exception {
        String direct = alice.openWith(bob);
        alice.say(direct, "hello");
        bob.say(direct, "hello");
        TestConnection cai = node.connect();
        String withCai = cai.openWith(alice);
        cai.say(withCai, "hello");
        alice.say(withCai, "hello");
        Conversations conversations = node.service(Conversations.class);
        List<UserId> both = List.of(bob.user(), cai.user());
        assertThat(await(conversations.visibleUsers(alice.user(), both))).containsExactlyInAnyOrderElementsOf(both);
        await(conversations.peerDeleted(cai.user()));

        assertThat(await(conversations.visibleUsers(alice.user(), both))).containsExactly(bob.user());
    }

    private static Map<String, Object> change(String conversation, long seq, String field, Object value) {
        return Map.of("conversation", conversation, "seq", seq, "clientId", field, field, value);
    }

    @Test
    void blockedMember_mayRecallAndLeave() throws Exception {
        set(Standing.BLOCKED);
        bob.ask("message.recall", Map.of("conversation", group, "seq", hello, "clientId", "r"));
        bob.ask("group.leave", Map.of("conversation", group));
    }

    @ParameterizedTest
    @CsvSource({"LISTENER, conversation.listen_only", "BLOCKED, blocked", "PEER_DELETED, user.not_found"})
    void groupChange_byMemberWhoMayNotSpeak_isRefused(Standing standing, String reason) throws Exception {
        TestConnection cai = node.connect();
        set(standing);

        assertThat(bob.refusal("group.add", Map.of("conversation", group, "users", List.of(cai.id()))))
                .isEqualTo(reason);
        assertThat(cai.refusal("entries.read", Map.of("conversation", group, "after", 0)))
                .isEqualTo("conversation.not_member");
    }

    @Test
    void groupChange_byMutedAdmin_isRefusedExceptLeaving() throws Exception {
        TestConnection cai = node.connect();
        alice.ask("group.add", Map.of("conversation", group, "users", List.of(cai.id())));
        alice.ask("group.role", Map.of("conversation", group, "user", bob.id(), "role", "admin"));
        mute(Instant.now().plusSeconds(600));

        assertThat(bob.refusal("group.rename", Map.of("conversation", group, "title", "other")))
                .isEqualTo("conversation.muted");
        assertThat(bob.refusal("group.remove", Map.of("conversation", group, "users", List.of(cai.id()))))
                .isEqualTo("conversation.muted");
        assertThat(bob.refusal("group.history", Map.of("conversation", group, "open", true)))
                .isEqualTo("conversation.muted");
        bob.ask("group.leave", Map.of("conversation", group));

        JsonNode conversation =
                alice.ask("conversation.get", Map.of("conversation", group)).get("conversation");
        assertThat(conversation.get("title").asText()).isNotEqualTo("other");
        assertThat(conversation.get("openHistory").asBoolean()).isFalse();
        assertThat(conversation.get("memberCount").asInt()).isEqualTo(2);
    }

    @Test
    void leave_byMutedOwner_handsTheGroupOver() throws Exception {
        await(change(
                tx -> tx.mute(LogNode.id(group), alice.user(), Instant.now().plusSeconds(600))));
        alice.ask("group.leave", Map.of("conversation", group));

        assertThat(bob.ask("conversation.get", Map.of("conversation", group))
                        .at("/conversation/role")
                        .asText())
                .isEqualTo("owner");
    }

    @Test
    void standing_survivesLeavingAndRejoining() throws Exception {
        set(Standing.LISTENER);
        bob.ask("group.leave", Map.of("conversation", group));
        alice.ask("group.add", Map.of("conversation", group, "users", List.of(bob.id())));

        assertSilenced("conversation.listen_only");
    }

    /** Appends that wait for the lock of the transaction that sets the standing find it set. */
    @Test
    void append_thatLocksAfterStandingIsSet_isRefused() throws Exception {
        Promise<Void> release = Promise.promise();
        Promise<Void> isSet = Promise.promise();
        Future<Boolean> setting = change(tx -> tx.setStanding(LogNode.id(group), bob.user(), Standing.BLOCKED)
                .onSuccess(changed -> isSet.complete())
                .compose(changed -> release.future().map(changed)));
        await(isSet.future());
        List<Future<JsonNode>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(bob.saying(group, "text " + i));
        }
        waiting.add(bob.asking("message.react", reaction()));
        stores.vertx().timer(300, TimeUnit.MILLISECONDS).onComplete(passed -> release.complete());
        await(setting);

        for (Future<JsonNode> append : waiting) {
            assertThat(await(append.map("stored").otherwise(failure -> ((RequestRejected) failure).reason)))
                    .isEqualTo("blocked");
        }
        assertThat(alice.say(group, "next")).isEqualTo(hello + 1);
    }

    @Test
    void append_afterStandingIsSetInSameTransaction_isRefused() throws Exception {
        for (Standing standing : List.of(Standing.LISTENER, Standing.BLOCKED, Standing.PEER_DELETED)) {
            assertThat(appendAfter(tx -> tx.setStanding(LogNode.id(group), alice.user(), standing)))
                    .isFalse();
        }
        assertThat(appendAfter(tx ->
                        tx.mute(LogNode.id(group), alice.user(), Instant.now().plusSeconds(600))))
                .isFalse();
        assertThat(appendAfter(tx ->
                        tx.mute(LogNode.id(group), alice.user(), Instant.now().minusSeconds(600))))
                .isTrue();
    }

    @Test
    void setStanding_tellsListenerAfterCommit_onceForEachChange() throws Exception {
        assertThat(set(Standing.LISTENER)).isTrue();
        assertThat(set(Standing.LISTENER)).isFalse();
        mute(Instant.parse("2100-01-01T00:00:00Z"));
        await(change(tx -> tx.setStanding(LogNode.id(group), bob.user(), Standing.SPEAKER)
                        .compose(changed -> Future.<Boolean>failedFuture("rolled back")))
                .otherwise(false));

        assertThat(events).containsExactly("standing " + bob.user(), "standing " + bob.user());
    }

    @Test
    void memberLeft_tellsListener_forLeavingAndRemoval() throws Exception {
        TestConnection cai = node.connect();
        alice.ask("group.add", Map.of("conversation", group, "users", List.of(cai.id())));
        bob.ask("group.leave", Map.of("conversation", group));
        alice.ask("group.remove", Map.of("conversation", group, "users", List.of(cai.id())));
        alice.refusal("group.remove", Map.of("conversation", group, "users", List.of(cai.id())));

        assertThat(events)
                .containsExactly("left " + bob.user() + " " + (hello + 2), "left " + cai.user() + " " + (hello + 3));
    }

    private void assertSilenced(String reason) throws Exception {
        assertThat(bob.refusal("message.send", LogNode.message(group, LogNode.newClientId(), "text")))
                .isEqualTo(reason);
        assertThat(bob.refusal("message.react", reaction())).isEqualTo(reason);
        Map<String, Object> edit = Map.of(
                "conversation",
                group,
                "seq",
                hello,
                "clientId",
                LogNode.newClientId(),
                "content",
                Map.of("type", "text", "text", "other"));
        assertThat(bob.refusal("message.edit", edit)).isEqualTo(reason);
    }

    private Map<String, Object> reaction() {
        return Map.of("conversation", group, "seq", hello, "clientId", LogNode.newClientId(), "emoji", "👍");
    }

    /** Whether alice may append in the transaction that made the change. */
    private boolean appendAfter(Function<LogTransaction, Future<Boolean>> changed) throws Exception {
        NewEntry entry = new NewEntry(
                LogNode.id(group), alice.user(), LogNode.newClientId(), Groups.KIND, "{}", "changed", null);
        return await(change(tx ->
                        changed.apply(tx).compose(none -> tx.append(entry)).map(true))
                .recover(failure ->
                        failure instanceof Rejection ? Future.succeededFuture(false) : Future.failedFuture(failure)));
    }

    private boolean set(Standing standing) throws Exception {
        return await(change(tx -> tx.setStanding(LogNode.id(group), bob.user(), standing)));
    }

    private void mute(Instant until) throws Exception {
        await(change(tx -> tx.mute(LogNode.id(group), bob.user(), until)));
    }

    private Future<Boolean> change(Function<LogTransaction, Future<Boolean>> work) {
        return node.timeline()
                .transact(tx -> tx.lock(LogNode.id(group), alice.user()).compose(log -> work.apply(tx)));
    }
}
